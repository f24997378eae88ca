"""What a mail that came in can be matched by, the surest key first.

    bounces+<token>@domain      the return path (VERP) of one mail that we sent
    deal+<token>@domain         a rep's blind copy: the mail belongs to this deal
    unsubscribe+<token>@domain  the mailto of `List-Unsubscribe`

A token is 24 characters of lower-case base32: case does not matter on its way through mail
systems, it needs no quoting in an address or a URL, and says nothing about what it stands for.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from enum import StrEnum

from mail.inbound.bounces import Bounce
from mail.inbound.complaints import Complaint
from mail.inbound.freemail import FREEMAIL
from mail.inbound.message import Message, addresses

TOKEN = re.compile(r"[a-z2-7]{24}")


class Role(StrEnum):
    """What an address of ours with a token is for: the word before the plus."""

    BOUNCES = "bounces"
    DEAL = "deal"
    UNSUBSCRIBE = "unsubscribe"


class How(StrEnum):
    """By which key; the order of the members is the order of trust."""

    THREAD = "thread"  # In-Reply-To, then References, the newest first
    BOUNCE_TOKEN = "bounce_token"
    DEAL_TOKEN = "deal_token"
    UNSUBSCRIBE_TOKEN = "unsubscribe_token"
    ORIGINAL = "original"  # the Message-ID of the mail that came back
    ADDRESS = "address"
    DOMAIN = "domain"


@dataclass(frozen=True)
class Key:
    """One value to look up. Ids keep their brackets; addresses and domains are in lower case."""

    how: How
    value: str


def token_for(secret: bytes, *parts: str) -> str:
    """The token that stands for `parts` under `secret`, the same every time.

    Raises `ValueError` for a secret of fewer than 16 bytes.
    """
    if len(secret) < 16:
        raise ValueError("the key of address tokens needs at least 16 bytes")
    digest = hmac.new(secret, "\x1f".join(parts).encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:15]).decode().lower()


def address_with(role: Role, token: str, domain: str) -> str:
    """The address that carries a token. Raises `ValueError` for what is no token."""
    if not TOKEN.fullmatch(token):
        raise ValueError("that is no token of an address")
    return f"{role.value}+{token}@{domain}"


def token_in(address: str, role: Role) -> str | None:
    """The token in an address of that role; None where there is none.

    Forwarders write their own mark before an address (BATV `prvs=...=`, SRS `SRS0=...=`): the
    role may stand behind it.
    """
    found = re.search(rf"(?:^|[=+]){role.value}[+=]([a-z2-7]{{24}})(?=@|=|$)", address.lower())
    return found.group(1) if found else None


def keys_of(
    message: Message, bounce: Bounce | None = None, complaint: Complaint | None = None
) -> tuple[Key, ...]:
    """Everything this mail can be matched by, the surest first, nothing twice."""
    report = bounce or complaint
    found = [Key(How.THREAD, one) for one in message.in_reply_to]
    found += [Key(How.THREAD, one) for one in reversed(message.references)]
    received = [*message.to, *message.cc, *message.delivered_to, *_others(message)]
    if report:
        received += addresses(report.original.get("return-path"))
    for how, role in _TOKENS:
        tokens = (token_in(address, role) for address in received)
        # The unsubscribe address in a mail that came back is no wish of anybody's.
        if not (report and role is Role.UNSUBSCRIBE):
            found += [Key(how, token) for token in tokens if token]
    if report and report.original_id:
        found.append(Key(How.ORIGINAL, report.original_id))
    people = _people(message, bounce, complaint)
    found += [Key(How.ADDRESS, address) for address in people]
    if not report:
        domains = (company_domain(address) for address in people)
        found += [Key(How.DOMAIN, domain) for domain in domains if domain]
    return tuple(dict.fromkeys(found))


def company_domain(address: str) -> str | None:
    """The domain of an address when it is a company's; None for a mailbox provider's."""
    domain = address.rpartition("@")[2].lower()
    if "." not in domain or domain in FREEMAIL:
        return None
    return domain


_TOKENS = (
    (How.BOUNCE_TOKEN, Role.BOUNCES),
    (How.DEAL_TOKEN, Role.DEAL),
    (How.UNSUBSCRIBE_TOKEN, Role.UNSUBSCRIBE),
)


def _others(message: Message) -> tuple[str, ...]:
    """A sender's own copy names the blind recipients (RFC 5322 section 3.6.3)."""
    return addresses(message.header("bcc"))


def _people(
    message: Message, bounce: Bounce | None, complaint: Complaint | None
) -> tuple[str, ...]:
    if bounce:
        told = [failure.address for failure in bounce.failures] + list(bounce.delivered)
    elif complaint:
        told = list(complaint.recipients)
    else:
        told = [message.sender, *message.reply_to]
    return tuple(dict.fromkeys(address.lower() for address in told if address))
