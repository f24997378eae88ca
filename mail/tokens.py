"""Opaque tokens for the links in a mail: unguessable, short, the same for a retry."""

import base64
import hashlib
import hmac


def token_for(secret: bytes, *parts: str) -> str:
    """32 characters (192 bits) of URL-safe text, derived from `parts` under `secret`.

    Derived and not random, so that a mail that is rendered again has the same bytes; short, so
    that a `List-Unsubscribe` line never needs folding. It tells nothing about its parts.
    """
    if len(secret) < 16:
        raise ValueError("the key of link tokens needs at least 16 bytes")
    text = "\x1f".join(parts).encode()
    digest = hmac.new(secret, text, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode()
