"""Inbox: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import Literal, NotRequired, TypedDict


class Candidate(TypedDict):
    """A deal that a mail may belong to: an open one of its sender."""

    deal_id: str
    title: "str | None"


class Cursor(TypedDict):
    """The last UID taken under a UIDVALIDITY. `problem` is why the last look failed, if it did."""

    mailbox: str
    folder: str
    uid_validity: NotRequired[int]
    last_uid: NotRequired[int]
    polled_at: NotRequired["str | None"]
    problem: NotRequired["str | None"]
    failing_since: NotRequired["str | None"]
    taken: NotRequired[int]


class FolderList(TypedDict):
    """How far each folder of each mailbox is read, and which cannot be: all of them."""

    folders: "list[Cursor]"


class FolderRead(TypedDict):
    """What reading a folder came to: mails looked at, those that were new, and what failed."""

    mailbox: str
    folder: str
    looked: NotRequired[int]
    fresh: NotRequired[int]
    more: NotRequired[bool]
    problem: NotRequired["str | None"]


class InboxLine(TypedDict):
    """A mail that came in."""

    inbound_id: str
    arrived_at: str
    kind: str
    why: str
    status: Literal["matched", "unmatched", "attached", "ignored"]
    source: str
    mailbox: "str | None"
    how: "str | None"
    contact_id: "str | None"
    deal_id: "str | None"
    touch_id: "str | None"
    sender: "str | None"
    sender_name: "str | None"
    subject: "str | None"
    settled_by: "str | None"


class InboxList(TypedDict):
    """One page of what came in, the newest first; `next` is a cursor."""

    mails: "list[InboxLine]"
    next: "str | None"


class InboxMail(TypedDict):
    """A mail with what its writer wrote, and the deals that it may belong to."""

    mail: "InboxLine"
    text: "str | None"
    candidates: NotRequired["list[Candidate]"]


class InboxSettled(TypedDict):
    """What became of a mail."""

    inbound_id: str
    status: Literal["matched", "unmatched", "attached", "ignored"]
    deal_id: NotRequired["str | None"]
    meaning: NotRequired[Literal["reply", "note"] | None]


class Reading(TypedDict):
    """What was found in each folder just now."""

    folders: "list[FolderRead]"
