"""Complaints: the feedback reports that mailbox providers send when somebody reports a mail.

RFC 5965 (ARF) gives the form, RFC 6650 says what to do: stop mailing the person. Reports about
authentication (RFC 6591) and "not spam" have the same form and are no complaint.
"""

import re
from dataclasses import dataclass

from mail.inbound.message import RETURNED, Message, address_in, addresses, headers_of, ids

_WORD = re.compile(r"[a-z-]{1,30}")
_NO_COMPLAINT = {"auth-failure", "not-spam"}


@dataclass(frozen=True)
class Complaint:
    """Somebody called a mail of ours unwanted.

    `feedback` is the report's own word (abuse, fraud, opt-out ...). `recipients` may be empty,
    as providers often take them out: then `original_id` or the return path's token tells.
    """

    feedback: str
    recipients: tuple[str, ...]
    original_id: str | None
    original: dict[str, str]


def complaint_in(message: Message) -> Complaint | None:
    """The feedback report that this mail is; None when it is none."""
    report = next((p.text for p in message.parts if p.type == "message/feedback-report"), None)
    original = _original(message)
    if report is None:
        return _by_subject(message, original)
    fields = headers_of(report)
    feedback = fields.get("feedback-type", "").lower()
    if not _WORD.fullmatch(feedback):  # it goes into logs, and anybody can write a report
        feedback = "abuse"
    if feedback in _NO_COMPLAINT:
        return None
    named = (fields.get(name, "") for name in ("original-rcpt-to", "removal-recipient"))
    found = [address for address in (address_in(value) for value in named) if address]
    return _complaint(feedback, found, original)


def _by_subject(message: Message, original: dict[str, str]) -> Complaint | None:
    """Microsoft's junk mail reports: the mail attached, no report beside it."""
    from_them = message.sender.lower() in {"staff@hotmail.com", "staff@outlook.com"}
    if from_them and message.subject.lower().startswith("complaint about message from"):
        return _complaint("abuse", [], original)
    return None


def _complaint(feedback: str, named: list[str], original: dict[str, str]) -> Complaint:
    people = named or list(addresses(original.get("to")))
    found = ids(original.get("message-id"))
    return Complaint(feedback, tuple(dict.fromkeys(people)), found[0] if found else None, original)


def _original(message: Message) -> dict[str, str]:
    for part in message.parts:
        if part.type in RETURNED:
            return headers_of(part.text.lstrip("\n").split("\n\n", 1)[0])
    return {}
