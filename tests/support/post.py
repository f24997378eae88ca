"""Mails as they come in, written in a line, and taken by a house that sends nothing."""

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from mail.inbound.keys import How
from operations.house import House
from operations.inbound.taking import Arrival, Taken, take
from store import inbound, sends
from store.inbound import Inbound
from store.sends import Send
from tests.support.shortcut import ANN

US = "sales@us.example"


def written(
    text: str = "Yes, let us talk on Thursday.",
    *,
    sender: str = f"Ann Other <{ANN}>",
    to: str = US,
    subject: str = "Re: A boat",
    answers: str | None = None,
    message_id: str = "<1@them.example>",
    date: datetime | None = None,
    **headers: str,
) -> bytes:
    """A mail of a person; `answers` is the Message-ID that it answers."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Message-ID"] = message_id
    if date is not None:
        mail["Date"] = format_datetime(date)
    if answers is not None:
        mail["In-Reply-To"] = mail["References"] = answers
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail.as_bytes()


def returned(
    address: str, original: str | None, status: str = "5.1.1", message_id: str = "<b1@mx.example>"
) -> bytes:
    """A delivery notice (RFC 3464) about a mail to an address."""
    action = "failed" if status.startswith("5") else "delayed"
    named = f"Message-ID: {original}\n" if original else ""
    return (
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: sales@us.example\n"
        f"Subject: Undelivered Mail\nMessage-ID: {message_id}\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nIt could not be delivered.\n\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\n{named}To: {address}\n\n--b--\n"
    ).encode()


def came(house: House, raw: bytes, **more: Any) -> Taken:
    """Take a mail as one that came into the mailbox of the house."""
    return take(house, Arrival(raw, "imap", "box", "INBOX", **more))


def kept(house: House, taken: Taken) -> Inbound:
    """What is kept of a mail."""
    with house.store.read() as tx:
        found = inbound.load(tx, taken.inbound_id)
    assert found is not None
    return found


def sent(
    house: House, contact_id: str, deal_id: str | None = None, name: str = "t1", **more: Any
) -> Send:
    """A mail of ours that went to a contact, as the send ledger has it."""
    now = house.time.now()
    told: dict[str, Any] = {
        "touch_id": name,
        "stream": f"deal/{deal_id}" if deal_id else "nurture/E-1",
        "template": "first-contact",
        "purpose": "sales",
        "message_id": f"<{name}@us.example>",
        "planned_at": now,
        "sent_at": now,
        "status": "sent",
        "deal_id": deal_id,
        "contact_id": contact_id,
        **more,
    }
    row = Send(**told)
    with house.store.write() as tx:
        sends.plan(tx, row)
    return row


__all__ = ["US", "How", "came", "kept", "returned", "sent", "written"]
