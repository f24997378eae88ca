"""What left lately, and what waits: the counts that the limits of sending are judged by."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import and_, func, literal, or_, select, text, update

from domain.limits import Gone, Rival
from store.database import Tx
from store.tables import sends
from store.types import UtcDateTime

WORST: Final = 100
"""Where no rank is kept (mails planned before there were ranks), everything else goes first."""

_TURN: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")


def take_turn(tx: Tx, keys: Iterable[str]) -> None:
    """Wait until no other transaction counts the same things; the turns last until the commit.

    Always in one order, so that two never wait for each other. A SQLite writer is alone anyway.
    """
    if tx.dialect.name == "postgresql":
        for key in sorted(set(keys)):
            tx.execute(_TURN, {"key": key})


def nth_newest(
    tx: Tx, of: Literal["mailbox", "domain"], name: str, since: datetime, number: int
) -> datetime | None:
    """When the n-th newest mail left, counted from 1; None when fewer left after `since`."""
    column = sends.c.mailbox if of == "mailbox" else sends.c.recipient_domain
    query = select(sends.c.left_at).where(column == name, sends.c.left_at > since)
    return tx.execute(query.order_by(sends.c.left_at.desc()).offset(number - 1).limit(1)).scalar()


def waiting(tx: Tx, held_by: str, now: datetime, but: str) -> int:
    """How many other mails stand in the queue of a limit, their turn still to come."""
    query = select(func.count()).where(
        sends.c.held_by == held_by, sends.c.not_before > now, sends.c.touch_id != but
    )
    return int(tx.execute(query).scalar_one())


def to_contact(tx: Tx, contact_id: str, since: datetime) -> list[Gone]:
    """The mails that left for a contact, or may have, after `since`."""
    query = select(sends.c.left_at, sends.c.purpose).where(
        sends.c.contact_id == contact_id, sends.c.left_at > since
    )
    return [Gone(at, purpose) for at, purpose in tx.execute(query)]


def rivals(tx: Tx, contact_id: str, but: str) -> list[Rival]:
    """The other mails to a contact that have not gone yet."""
    mine = and_(sends.c.contact_id == contact_id, sends.c.touch_id != but)
    query = select(
        sends.c.touch_id,
        func.coalesce(sends.c.rank, WORST),
        sends.c.window_closes,
        func.coalesce(sends.c.not_before, sends.c.planned_at),
        sends.c.reason,
    ).where(mine, sends.c.status.in_(("planned", "claimed")))
    return [Rival(*row) for row in tx.execute(query)]


def came_back(tx: Tx, touch_id: str, what: Literal["bounce", "complaint"], at: datetime) -> bool:
    """Keep that a mail bounced or was called spam; False when that was known.

    A complaint takes the place of a bounce. One that was turned away at the door counts as one
    that left at `at` (business time).
    """
    known = ("complaint",) if what == "complaint" else ("bounce", "complaint")
    fresh = or_(sends.c.came_back.is_(None), sends.c.came_back.not_in(known))
    told = update(sends).where(sends.c.touch_id == touch_id, fresh)
    left = func.coalesce(sends.c.left_at, literal(at, UtcDateTime()))
    return tx.execute(told.values(came_back=what, left_at=left)).rowcount == 1


def named(tx: Tx, touch_id: str) -> tuple[str, str | None] | None:
    """The touch and the mailbox of one mail, None where there is no such mail."""
    query = select(sends.c.touch_id, sends.c.mailbox).where(sends.c.touch_id == touch_id)
    row = tx.execute(query).first()
    return (row[0], row[1]) if row is not None else None


def last_to(tx: Tx, contact_id: str) -> tuple[str, str | None] | None:
    """The touch and the mailbox of the mail that left last for a contact."""
    query = select(sends.c.touch_id, sends.c.mailbox).where(
        sends.c.contact_id == contact_id, sends.c.left_at.is_not(None)
    )
    row = tx.execute(query.order_by(sends.c.left_at.desc()).limit(1)).first()
    return (row[0], row[1]) if row is not None else None


def last_sent(tx: Tx, mailbox: str) -> str | None:
    """The Message-ID of the newest mail of a mailbox that a relay surely took."""
    query = select(sends.c.message_id).where(
        sends.c.mailbox == mailbox, sends.c.left_at.is_not(None), sends.c.status == "sent"
    )
    return tx.execute(query.order_by(sends.c.left_at.desc()).limit(1)).scalar()


def tally(tx: Tx, mailbox: str, since: datetime | None, last: int) -> tuple[int, int, int]:
    """Of the `last` mails that left a mailbox after `since`: all, bounced, called spam."""
    newest = select(sends.c.came_back).where(
        sends.c.mailbox == mailbox, sends.c.left_at.is_not(None)
    )
    if since is not None:
        newest = newest.where(sends.c.left_at > since)
    found = Counter(tx.execute(newest.order_by(sends.c.left_at.desc()).limit(last)).scalars())
    return found.total(), found["bounce"], found["complaint"]
