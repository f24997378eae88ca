"""What providers tell in JSON, as the mail that it stands for.

Postmark tells bounces and complaints as records; each becomes the report that a mail server
would have sent (RFC 3464, RFC 5965), so that nothing is judged in two ways.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from domain.plain import cleaned
from domain.refusal import Malformed

_NAME: Final = re.compile(r"[!-9;-~]{1,100}")
_BREAKS: Final = re.compile(r"[\r\n\x00\x85\u2028\u2029]+")
_ID: Final = re.compile(r"[\w.-]{1,100}")

HARD: Final = frozenset({"HardBounce", "BadEmailAddress", "ManuallyDeactivated"})
"""Bounces of Postmark for good."""

SOFT: Final = frozenset({"SoftBounce", "Transient", "DnsError", "Blocked", "SpamNotification"})
"""Bounces for now; of other types Postmark itself says that they are none."""

Json = Mapping[str, Any]


def made(headers: Iterable[tuple[str, str]], text: str, html: str = "") -> bytes:
    """A mail of these headers; the first of a name counts, empty ones are left out."""
    written: dict[str, str] = {}
    for name, value in headers:
        clean = _BREAKS.sub(" ", value).strip()
        own = name.lower().startswith(("content-", "mime-"))
        if clean and _NAME.fullmatch(name) and not own and name.lower() not in written:
            written[name.lower()] = f"{name}: {clean}\n"
    kind = "plain" if text.strip() or not html else "html"
    head = "".join(written.values()) + "MIME-Version: 1.0\n"
    head += f'Content-Type: text/{kind}; charset="utf-8"\nContent-Transfer-Encoding: 8bit\n'
    body = text if kind == "plain" else html
    return f"{head}\n{body}".encode("utf-8", "replace")


def of_postmark(body: bytes) -> bytes | None:
    """The mail that a record of Postmark stands for; None for one that says nothing to us.

    Raises Malformed for what is no such record.
    """
    try:
        record = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("the body is no JSON", "body") from None
    if not isinstance(record, dict):
        raise Malformed("the body is no record", "body")
    kind = record.get("RecordType")
    if (kind is None and "FromFull" in record) or kind == "Inbound":
        return _inbound(record)
    teller = _TELLERS.get(str(kind))
    return teller(record) if teller is not None else None


def _inbound(record: Json) -> bytes:
    raw = record.get("RawEmail")
    if isinstance(raw, str) and raw:
        return _undone(raw)
    listed = record.get("Headers")
    headers = [
        (str(one.get("Name", "")), str(one.get("Value", "")))
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict)
    ]
    named = [(name, _text(record, name)) for name in ("From", "To", "Cc", "Bcc", "Subject", "Date")]
    headers += [("Delivered-To", _text(record, "OriginalRecipient")), *named]
    headers.append(("Message-ID", f"<{_its_id(record, 'MessageID')}@inbound.postmark.invalid>"))
    return made(headers, _text(record, "TextBody"), _text(record, "HtmlBody"))


def _undone(raw: str) -> bytes:
    """Postmark gives the source as text; other tools give it in base64."""
    if ":" in raw.partition("\n")[0]:
        return cleaned(raw).encode()
    try:
        return base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError):
        return raw.encode("utf-8", "replace")


def _bounce(record: Json) -> bytes | None:
    kind = _text(record, "Type")
    if kind not in HARD | SOFT:
        return None
    hard = kind in HARD
    block = (
        f"Final-Recipient: rfc822; {_address(record)}\n"
        f"Action: {'failed' if hard else 'delayed'}\n"
        f"Status: {'5.1.1' if hard else '4.0.0'}\n"
        f"Diagnostic-Code: smtp; {_line(record, 'Details')}\n"
    )
    reporter = "Reporting-MTA: dns; postmark.invalid"
    return _report(record, "delivery-status", f"{reporter}\n\n{block}", _line(record, "Subject"))


def _complaint(record: Json) -> bytes | None:
    about = (
        "Feedback-Type: abuse\nVersion: 1\nUser-Agent: Postmark\n"
        f"Original-Rcpt-To: {_address(record)}\n"
    )
    return _report(record, "feedback-report", about, _line(record, "Subject"))


def _change(record: Json) -> bytes | None:
    """Somebody pressed Postmark's own way out, or came back by it, which is not ours to do."""
    if record.get("SuppressSending") is not True or record.get("Origin") != "Recipient":
        return None
    address = _address(record, "Recipient")
    at = _line(record, "ChangedAt")
    headers = [
        ("From", address),
        ("To", "unsubscribe@postmark.invalid"),
        ("Subject", "unsubscribe"),
        ("Message-ID", f"<{_its_id(record, 'MessageID')}.{_word(at)}@postmark.invalid>"),
    ]
    return made(headers, "unsubscribe")


_TELLERS: Final[Mapping[str, Callable[[Json], bytes | None]]] = {
    "Bounce": _bounce,
    "SpamComplaint": _complaint,
    "SubscriptionChange": _change,
}


def _report(record: Json, kind: str, about: str, subject: str) -> bytes:
    its_id = _its_id(record, "ID")
    return (
        "Return-Path: <>\nFrom: MAILER-DAEMON@postmark.invalid\n"
        f"Subject: {kind}\nMessage-ID: <{its_id}.{kind}@postmark.invalid>\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="=_b"\n\n'
        f"--=_b\nContent-Type: text/plain; charset=utf-8\n\n{subject}\n\n"
        f"--=_b\nContent-Type: message/{kind}\n\n{about}\n--=_b--\n"
    ).encode("utf-8", "replace")


def _text(record: Json, name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else ""


def _line(record: Json, name: str) -> str:
    return _BREAKS.sub(" ", _text(record, name))[:500].replace("--=_b", "")


def _address(record: Json, name: str = "Email") -> str:
    address = _line(record, name).strip()
    if "@" not in address:
        raise Malformed("the record names no address", name)
    return address


def _its_id(record: Json, name: str) -> str:
    value = str(record.get(name, ""))
    if not _ID.fullmatch(value):
        raise Malformed("the record has no id", name)
    return value


def _word(text: str) -> str:
    return re.sub(r"[^\w-]", "", text)[:40] or "x"
