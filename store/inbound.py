"""Mail that came in: what it was, what it was matched to, and what a person still has to settle.

A mail is known by an id made of what does not change on its way, so the same mail from two
folders, or told twice by a provider, is one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Integer, Select, and_, bindparam, delete, func, or_, select, update

from store.database import Tx
from store.tables import inbound
from store.tables.arriving import INBOUND_IGNORED, INBOUND_WAITS
from store.upserts import insert_if_absent

Status = Literal["matched", "unmatched", "attached", "ignored"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """A mail that came in. `raw` is asked for with `raw`; personal columns may be erased.

    `arrived_at` is business time, `taken_at` and `settled_at` wall time. `how` names the key
    that it was matched by. `text` is what its writer wrote, without quotations.
    """

    inbound_id: str
    source: str
    arrived_at: datetime
    taken_at: datetime
    kind: str
    why: str
    status: Status
    mailbox: str | None = None
    folder: str | None = None
    how: str | None = None
    contact_id: str | None = None
    deal_id: str | None = None
    touch_id: str | None = None
    message_id: str | None = None
    sender_key: str | None = None
    sender: str | None = None
    sender_name: str | None = None
    subject: str | None = None
    text: str | None = None
    settled_by: str | None = None
    settled_at: datetime | None = None


_COLUMNS: Final = [inbound.c[field.name] for field in fields(Inbound)]
PERSONAL: Final = ("message_id", "sender_key", "sender", "sender_name", "subject", "text", "raw")
"""The columns that tell who wrote what."""


def add(tx: Tx, mail: Inbound, raw: bytes | None = None) -> bool:
    """Keep a mail; False, and nothing changed, when it was taken before.

    On PostgreSQL a second transaction with the same mail waits here for the first.
    """
    row = {field.name: getattr(mail, field.name) for field in fields(Inbound)}
    return insert_if_absent(tx, inbound, {**row, "raw": raw})


def load(tx: Tx, inbound_id: str, *, lock: bool = False) -> Inbound | None:
    """The mail of that id; `lock` holds it until the commit."""
    query = select(*_COLUMNS).where(inbound.c.inbound_id == inbound_id)
    return next(iter(_all(tx, query.with_for_update() if lock else query)), None)


def change(tx: Tx, inbound_id: str, **values: Any) -> None:
    """Write down what a mail turned out to be, or what became of it."""
    tx.execute(update(inbound).where(inbound.c.inbound_id == inbound_id).values(**values))


def raw(tx: Tx, inbound_id: str) -> bytes | None:
    """The mail as it came, None when it was erased or not worth keeping."""
    return tx.execute(select(inbound.c.raw).where(inbound.c.inbound_id == inbound_id)).scalar()


def by_message_id(tx: Tx, message_id: str) -> Inbound | None:
    """The newest mail with that Message-ID that belongs to a deal: an answer may name it."""
    query = select(*_COLUMNS).where(
        inbound.c.message_id == message_id, inbound.c.deal_id.is_not(None)
    )
    return next(iter(_all(tx, query.order_by(inbound.c.arrived_at.desc()).limit(1))), None)


def page(
    tx: Tx,
    *,
    waiting: bool = False,
    deal_id: str | None = None,
    contact_id: str | None = None,
    after: tuple[datetime, str] | None = None,
    limit: int = 100,
) -> list[Inbound]:
    """Mails, the newest first, behind (arrived_at, inbound_id); `waiting`: for a person."""
    query = select(*_COLUMNS)
    if waiting:
        query = query.where(INBOUND_WAITS)
    for column, value in ((inbound.c.deal_id, deal_id), (inbound.c.contact_id, contact_id)):
        if value is not None:
            query = query.where(column == value)
    if after is not None:
        at, its_id = after
        same = and_(inbound.c.arrived_at == at, inbound.c.inbound_id < its_id)
        query = query.where(or_(inbound.c.arrived_at < at, same))
    newest = query.order_by(inbound.c.arrived_at.desc(), inbound.c.inbound_id.desc())
    return _all(tx, newest.limit(limit))


def waiting(tx: Tx, most: int = 1_000) -> int:
    """How many mails wait for a person, counted up to `most`."""
    return int(tx.execute(WAITING, {"most": most}).scalar_one())


WAITING: Final = select(func.count()).select_from(
    select(inbound.c.inbound_id)
    .where(INBOUND_WAITS)
    .limit(bindparam("most", type_=Integer))
    .subquery("waiting")
)


def seen_of(tx: Tx, touch_id: str, contact_id: str, kinds: Sequence[str]) -> bool:
    """Whether a mail of one of these kinds was taken about that touch to that contact."""
    query = select(inbound.c.inbound_id).where(
        inbound.c.contact_id == contact_id,
        inbound.c.touch_id == touch_id,
        inbound.c.kind.in_(kinds),
    )
    return tx.execute(query.limit(1)).first() is not None


def prune(tx: Tx, before: datetime, most: int) -> int:
    """Forget mails that concerned nobody, taken or set aside before that wall time; how many.

    The oldest `most` of them; one that came again later would be taken anew.
    """
    old = (
        select(inbound.c.inbound_id)
        .where(INBOUND_IGNORED, inbound.c.taken_at < before)
        .where(or_(inbound.c.settled_at.is_(None), inbound.c.settled_at < before))
        .order_by(inbound.c.taken_at)
        .limit(most)
    )
    return tx.execute(delete(inbound).where(inbound.c.inbound_id.in_(old))).rowcount


def erase_of(tx: Tx, contact_id: str, sender_keys: Sequence[str] = ()) -> int:
    """Forget who wrote and what, in the mails of a contact or from these addresses.

    That a mail came, when, and what it meant stays. Says how many mails there were.
    """
    hers = or_(inbound.c.contact_id == contact_id, inbound.c.sender_key.in_(list(sender_keys)))
    gone = update(inbound).where(hers).values(**dict.fromkeys(PERSONAL))
    return tx.execute(gone).rowcount


def _all(tx: Tx, query: Select[Any]) -> list[Inbound]:
    return [Inbound(**row) for row in tx.execute(query).mappings()]
