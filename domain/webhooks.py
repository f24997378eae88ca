"""Outgoing webhooks by the words of Standard Webhooks: addresses, signatures, waits, messages.

Nothing here reaches the network. Which addresses a name stands for is found out elsewhere, and
each of them is asked about here.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from domain.refusal import Malformed

RETRY_AFTER: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""How long after each attempt that failed the next one follows: ten attempts in three days."""

FAILING_MAX: Final = timedelta(days=5)
"""An endpoint that took nothing for so long is disabled."""

BOTH_SIGN: Final = timedelta(hours=24)
"""For how long after a rotation the secret before it signs too."""

TOLD_FOR: Final = timedelta(days=7)
"""For how long admins are reminded of events that an endpoint did not take."""

GONE: Final = 410
"""The answer with which an endpoint says that it wants nothing any more."""

TEST: Final = "webhook.test"
"""The type of the message that a person sends to try an endpoint."""

URL_MAX: Final = 1_000

Address = IPv4Address | IPv6Address

_V4_SPECIAL: Final = tuple(
    IPv4Network(one)
    for one in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "168.63.129.16/32",  # the platform's own address in one of the large clouds
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "240.0.0.0/4",
    )
)
"""What Python calls global in one version and not in another, and what is no place to call."""

_V6_UNICAST: Final = IPv6Network("2000::/3")
_V6_SPECIAL: Final = tuple(
    IPv6Network(one)
    for one in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48")
)
"""Of the unicast space: protocols, documentation, and tunnels that end at a v4 address."""


def checked_url(url: str, *, loopback: bool = False) -> str:
    """The address as it is kept. Raises Malformed for one that nothing is ever sent to.

    `loopback` allows plain http, which is then sent to this machine alone.
    """
    where = "url"
    if len(url) > URL_MAX or not url.isascii() or not url.isprintable() or " " in url:
        told = f"an address has at most {URL_MAX} plain characters; write a name in its ASCII form"
        raise Malformed(told, where)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Malformed("this is no address", where) from None
    schemes = ("https", "http") if loopback else ("https",)
    if parts.scheme not in schemes:
        raise Malformed("an endpoint is called by https: https://example.com/hooks", where)
    if not parts.hostname or parts.hostname.startswith(".") or port == 0:
        raise Malformed("the address names no host", where)
    if parts.username is not None or parts.password is not None:
        raise Malformed("no name and password in the address; messages are signed", where)
    if parts.fragment:
        raise Malformed("an address to call has nothing behind #", where)
    literal = _literal(parts.hostname)
    if literal is not None and not may_call(literal, loopback=loopback):
        raise Malformed("this address is not a public one", where)
    return url


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def may_call(address: Address, *, loopback: bool = False) -> bool:
    """Whether something may be sent there: to public addresses, and to this machine if allowed."""
    if loopback and address.is_loopback:
        return True
    return is_public(address)


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet and leads to no other by a detour.

    Mapped, translated (NAT64) and tunnelled ones are refused whatever they lead to: a name with
    a public v4 address says that address itself.
    """
    if isinstance(address, IPv4Address):
        special = any(address in one for one in _V4_SPECIAL)
        return address.is_global and not address.is_multicast and not special
    if getattr(address, "scope_id", None) is not None or address not in _V6_UNICAST:
        return False
    return address.is_global and not any(address in one for one in _V6_SPECIAL)


def derived_secret(house: bytes, webhook_id: str, generation: int) -> bytes:
    """The secret of an endpoint, made from the secret of the house: it is kept nowhere."""
    told = f"webhook/{webhook_id}/{generation}".encode()
    return hmac.new(house, told, hashlib.sha256).digest()


def shown_secret(secret: bytes) -> str:
    """A secret as its receiver writes it down: `whsec_` and base64."""
    return "whsec_" + base64.b64encode(secret).decode()


def signature(secrets: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """What stands in `webhook-signature`: one signature for each secret, parted by blanks."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    made = (hmac.new(secret, signed, hashlib.sha256).digest() for secret in secrets)
    return " ".join("v1," + base64.b64encode(one).decode() for one in made)


def next_attempt(attempts: int, at: datetime) -> datetime | None:
    """When to try again after so many attempts failed, the last one at `at`; None: never."""
    if attempts > len(RETRY_AFTER):
        return None
    return at + RETRY_AFTER[attempts - 1]


def message(kind: str, at: datetime, data: dict[str, Any]) -> bytes:
    """The body of a message: `type`, `timestamp` and `data`, the same bytes for the same event."""
    told = {"type": kind, "timestamp": at.isoformat(), "data": data}
    return json.dumps(told, separators=(",", ":"), ensure_ascii=True).encode()
