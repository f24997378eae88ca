"""Mail that other programs bring: signed as Standard Webhooks say, or by Postmark.

Both doors are shut while no secret is set. What comes in becomes a mail as it would have come
by IMAP, so that one reader, one classifier and one matcher see all of it, and the same mail that
came both ways is one.
"""

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.refusal import Malformed
from operations.desk import reaching
from operations.house import House
from operations.inbound import letters
from operations.inbound.taking import Arrival, Source, Taken, take

TOLERANCE: Final = timedelta(minutes=5)
"""How old a signed message may be, or how far ahead its sender's clock."""

BODY_MAX: Final = 10_000_000
"""Bytes of one message. Attachments are not read; ask the provider to leave them out."""

MAIL: Final = "mail.inbound"


class NotAllowed(Exception):
    """The caller may not bring mail; `why` says what is missing and holds no secret."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Brought(BaseModel):
    """What became of a message: the mail's id and state, None for what brings no mail."""

    model_config = ConfigDict(frozen=True)

    inbound_id: str | None = None
    status: str = "ignored"
    already: bool = False


class StandardMail(BaseModel):
    """The `data` of a `mail.inbound` message: `raw` (base64), or the mail in pieces."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    raw: str | None = None
    sender: str = Field("", alias="from")
    to: str | list[str] = ""
    cc: str | list[str] = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    date: str = ""
    message_id: str = ""
    headers: dict[str, str] = {}


class StandardMessage(BaseModel):
    """A message as Standard Webhooks shape it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: str
    data: dict[str, Any] = {}


def standard(house: House, its_id: str, timestamp: str, signatures: str, body: bytes) -> Brought:
    """Take what a program brings that signs as Standard Webhooks say.

    Raises NotAllowed, Malformed for a body that cannot be read, EngineUnreachable, and then
    nothing was taken: the sender tries again.
    """
    check_signature(house, its_id, timestamp, signatures, body)
    try:
        message = StandardMessage.model_validate_json(body)
        if message.type != MAIL:
            return Brought()
        mail = StandardMail.model_validate(message.data)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Malformed(first["msg"], where or "body") from None
    return _taken(house, _raw(mail), "webhook")


def check_signature(
    house: House, its_id: str, timestamp: str, signatures: str, body: bytes
) -> None:
    """Raises NotAllowed unless one of our secrets signed the id, the moment and the body."""
    secrets = house.config.arriving.webhook_secrets
    if not secrets:
        raise NotAllowed("no secret is set: SLUICE_WEBHOOK_SECRET")
    if not (its_id and timestamp and signatures):
        raise NotAllowed("webhook-id, webhook-timestamp and webhook-signature are wanted")
    try:
        at = datetime.fromtimestamp(int(timestamp), UTC)
    except (ValueError, OverflowError, OSError):
        raise NotAllowed("webhook-timestamp is no number of seconds") from None
    if abs(house.time.wall() - at) > TOLERANCE:
        raise NotAllowed("webhook-timestamp is too far from now")
    signed = f"{its_id}.{timestamp}.".encode() + body
    given = [one[3:] for one in signatures.split()[:10] if one.startswith("v1,")]
    # Every pair is compared, so that the time taken tells nothing.
    right = [
        hmac.compare_digest(signature(secret, signed), one.encode())
        for secret in secrets
        for one in given
    ]
    if not any(right):
        raise NotAllowed("no signature is right")


def signature(secret: str, signed: bytes) -> bytes:
    """The signature of a secret as `whsec_…` says it. Raises Malformed for another form."""
    return base64.b64encode(hmac.new(secret_key(secret), signed, hashlib.sha256).digest())


def secret_key(secret: str) -> bytes:
    """The key behind a secret: base64 after `whsec_`. Raises Malformed."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < 16:
        told = "a secret is whsec_ and base64 of 24 bytes or more"
        raise Malformed(told, "SLUICE_WEBHOOK_SECRET")
    return key


def check_postmark(house: House, authorization: str) -> None:
    """Raises NotAllowed unless the caller knows the user and the password we gave Postmark."""
    wanted = house.config.arriving.postmark
    if not wanted:
        raise NotAllowed("no secret is set: SLUICE_POSTMARK_WEBHOOK")
    scheme, _, told = authorization.partition(" ")
    try:
        given = base64.b64decode(told, validate=True) if scheme.lower() == "basic" else b""
    except (binascii.Error, ValueError):
        given = b""
    if not hmac.compare_digest(given, wanted.encode()):
        raise NotAllowed("the user or the password is wrong")


def postmark(house: House, body: bytes) -> Brought:
    """Take what Postmark brings: a mail, a bounce, a complaint, or an opt-out.

    The caller has shown who it is before. Raises Malformed, EngineUnreachable.
    """
    raw = letters.of_postmark(body)
    return _taken(house, raw, "postmark") if raw is not None else Brought()


def _taken(house: House, raw: bytes, source: Source) -> Brought:
    with reaching("the database"):
        taken: Taken = take(house, Arrival(raw, source))
    return Brought(inbound_id=taken.inbound_id, status=taken.status, already=not taken.fresh)


def _raw(mail: StandardMail) -> bytes:
    if mail.raw is not None:
        try:
            return base64.b64decode(mail.raw, validate=True)
        except (binascii.Error, ValueError):
            raise Malformed("raw is no base64", "data.raw") from None
    headers = list(mail.headers.items())
    headers += [
        ("From", mail.sender),
        ("To", _joined(mail.to)),
        ("Cc", _joined(mail.cc)),
        ("Subject", mail.subject),
        ("Date", mail.date),
        ("Message-ID", mail.message_id),
    ]
    return letters.made(headers, mail.text, mail.html)


def _joined(told: str | list[str]) -> str:
    return told if isinstance(told, str) else ", ".join(told)
