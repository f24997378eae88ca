"""Ids that follow from what they name, so that a repeated command can make nothing twice."""

import hashlib
from base64 import b32encode

DIGEST_LENGTH = 26
"""Characters of a digest: 130 bits, enough that no two ever meet."""

_DEAL_LENGTH = 10
_ID_LENGTH = 12
_FLOAT_BITS = 53


def digest(*parts: str) -> str:
    """26 lower-case base32 characters of the SHA-256 of the parts, in order.

    ("ab", "c") and ("a", "bc") differ. Never give it personal data: a short name or an
    address can be guessed back from an unkeyed digest.
    """
    return b32encode(_hash(parts)).decode("ascii").lower()[:DIGEST_LENGTH]


def deal_id_for(command_id: str) -> str:
    """The id of the deal that this opening command makes: "D-" and 10 base32 characters."""
    return "D-" + digest("deal", command_id)[:_DEAL_LENGTH]


def new_id(prefix: str, *parts: str) -> str:
    """The id of a thing of one sort ("C" or "C-"), from the parts that make it unique.

    The prefix is hashed too, so a contact and an enrollment of the same command differ
    in more than their first letter. Twelve base32 characters: 60 bits.
    """
    sort = prefix.removesuffix("-")
    return f"{sort}-{digest(sort, *parts)[:_ID_LENGTH]}"


def spread(*parts: str) -> float:
    """A number in [0, 1), evenly spread over different parts and always the same for the same.

    It takes the place of chance: a simulation finds the moment that reality will find.
    """
    number = int.from_bytes(_hash(parts)[:8], "big")
    return (number >> (64 - _FLOAT_BITS)) * 2.0**-_FLOAT_BITS


def _hash(parts: tuple[str, ...]) -> bytes:
    # Each part carries its length, so that no two lists of parts make the same text.
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
