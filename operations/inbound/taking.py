"""One mail that came in, taken in one transaction: known, matched, and told to all it concerns.

Duplicates and disorder do no harm. A mail is known by what does not change on its way, so it
is taken once; what it says counts from the moment at which it came, so that an answer heard of
late does not begin a turn of ours that is over.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from activities.crashpoints import crashpoint
from activities.faults import trace
from domain.ids import digest, new_id
from domain.refusal import Malformed, Refused
from mail.address import address_key
from mail.inbound.classify import Kind, Verdict, classify
from mail.inbound.message import Message, Unreadable, read
from operations.house import House
from operations.inbound import ownmail, telling
from operations.inbound.matching import match
from operations.inbound.telling import Told
from store import cursors, inbound
from store.cursors import Cursor
from store.database import Tx
from store.errors import Unreachable
from store.inbound import Inbound

Source = Literal["imap", "webhook", "postmark", "file"]

RAW_MAX: Final = 1_000_000
"""Bytes kept of a mail as it came."""

SHORT: Final = 500
"""Characters kept of a subject or a name."""

log = logging.getLogger("sluice.inbox")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail as it came. `came_at` is wall time; None: just now.

    `sent` says that it lay in a folder of sent mail, `private` that the mailbox is one person's
    own: what nothing is matched to there is not shown to others, and not kept.
    """

    raw: bytes
    source: Source
    mailbox: str | None = None
    folder: str | None = None
    came_at: datetime | None = None
    sent: bool = False
    private: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a mail. `fresh` is false for one that was taken before."""

    inbound_id: str
    fresh: bool
    kind: str = ""
    status: str = ""
    deal_id: str | None = None
    contact_id: str | None = None


def take(house: House, arrival: Arrival, cursor: Cursor | None = None) -> Taken:
    """Take a mail, and move the cursor of its folder past it, together or not at all.

    A mail on which a rule of ours fails is kept for a person instead: it may not stop those
    behind it. Raises Unreachable, and then nothing was kept.
    """
    crashpoint("take.begun")
    message = read(arrival.raw)
    its_id = id_of(house, arrival.raw, message)
    verdict = Verdict(Kind.UNREADABLE, "")
    try:
        verdict = classify(message)
        with house.store.write() as tx:
            taken = _taken(tx, house, arrival, its_id, message, verdict)
            if cursor is not None:
                cursors.save(tx, cursor)
            crashpoint("take.uncommitted")
    except Unreachable:
        raise
    except Exception as fault:
        # Whatever it was, the mail is shown to a person, and those behind it are taken.
        log.error("mail %s could not be taken: %s", its_id, trace(fault))
        row = _row(house, arrival, its_id, message, replace(verdict, why=_why(fault)))
        return _for_a_person(house, arrival, row, cursor)
    crashpoint("take.committed")
    return taken


def id_of(house: House, raw: bytes, message: Message | Unreadable) -> str:
    """The id of a mail: of what no server on its way changes, keyed, for it is personal."""
    if isinstance(message, Unreadable) or message.message_id is None:
        said = raw.replace(b"\r\n", b"\n").strip()  # line ends change on the way
    else:
        at = message.date.isoformat() if message.date else ""
        said = "\n".join((message.message_id, message.sender.lower(), at)).encode()
    return new_id("IN", _keyed(house, said))


def _for_a_person(house: House, arrival: Arrival, row: Inbound, cursor: Cursor | None) -> Taken:
    """Keep a mail on which a rule of ours failed, and go on behind it."""
    if arrival.private:  # that it came is shown, what it says is nobody's business
        row = _without_words(row)
    with house.store.write() as tx:
        inbound.add(tx, row, None if arrival.private else arrival.raw[:RAW_MAX])
        if cursor is not None:
            cursors.save(tx, cursor)
        crashpoint("take.fault_uncommitted")
    crashpoint("take.fault_committed")
    return Taken(row.inbound_id, True, row.kind, row.status)


def _taken(
    tx: Tx,
    house: House,
    arrival: Arrival,
    its_id: str,
    message: Message | Unreadable,
    verdict: Verdict,
) -> Taken:
    row = _row(house, arrival, its_id, message, verdict)
    if not inbound.add(tx, row, arrival.raw[:RAW_MAX]):
        known = inbound.load(tx, its_id)
        assert known is not None
        return Taken(its_id, False, known.kind, known.status, known.deal_id, known.contact_id)
    crashpoint("take.kept")
    if isinstance(message, Unreadable):
        told = Told("unmatched")
    else:
        ours = ownmail.taken(tx, house, row, message, verdict, sent=arrival.sent)
        told = ours or _from_outside(tx, house, row, message, verdict)
    if arrival.private and told.status == "unmatched" and told.contact_id is None:
        told = Told("ignored", why="nothing of ours, in a private mailbox")
    _keep(tx, row, told)
    return Taken(its_id, True, told.kind or row.kind, told.status, told.deal_id, told.contact_id)


def _from_outside(tx: Tx, house: House, row: Inbound, message: Message, verdict: Verdict) -> Told:
    found = match(tx, house, message, verdict, row.arrived_at)
    return telling.tell(tx, house, row, message, verdict, found)


def _keep(tx: Tx, row: Inbound, told: Told) -> None:
    """Write down what the mail turned out to be; of what concerns nobody nothing is kept."""
    found: dict[str, object] = {
        "status": told.status,
        "how": told.how,
        "contact_id": told.contact_id,
        "deal_id": told.deal_id,
        "touch_id": told.touch_id,
        "kind": told.kind or row.kind,
        "why": told.why or row.why,
    }
    if told.status == "ignored":
        found |= dict.fromkeys(inbound.PERSONAL)
    inbound.change(tx, row.inbound_id, **found)


def _row(
    house: House, arrival: Arrival, its_id: str, message: Message | Unreadable, verdict: Verdict
) -> Inbound:
    wall = house.time.wall()
    came = min(arrival.came_at or wall, wall)
    bare = Inbound(
        inbound_id=its_id,
        source=arrival.source,
        mailbox=arrival.mailbox,
        folder=arrival.folder,
        arrived_at=house.time.clock().now(came),
        taken_at=wall,
        kind=verdict.kind.value,
        why=verdict.why,
        status="unmatched",
    )
    if isinstance(message, Unreadable):
        return bare
    return replace(
        bare,
        message_id=message.message_id,
        sender=message.sender[:SHORT] or None,
        sender_name=message.sender_name[:SHORT] or None,
        sender_key=sender_key(house, message.sender),
        subject=message.subject[:SHORT] or None,
        text=telling.words_of(message, verdict) or None,
    )


def _without_words(row: Inbound) -> Inbound:
    bare = replace(row, message_id=None, sender_key=None, sender=None)
    return replace(bare, sender_name=None, subject=None, text=None)


def sender_key(house: House, address: str) -> str | None:
    """The keyed hash of who wrote; None for what is no address."""
    try:
        return address_key(house.config.secret, address) if address else None
    except Malformed:
        return None


def _keyed(house: House, said: bytes) -> str:
    return digest(house.config.secret.hex(), said.hex())


def _why(fault: Exception) -> str:
    kind = fault.code if isinstance(fault, Refused) else type(fault).__name__
    return f"could not be taken: {kind}"
