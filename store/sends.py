"""The send ledger: one row a mail, moved by compare-and-set, so that no mail goes twice.

    planned > claimed(owner) > data(owner) > sent | refused | in_doubt

A row says `data` before the first byte of the message leaves. Whoever finds a row in `data`
whose owner is gone cannot know what happened, and says so (`doubt`) instead of sending again.
Every move names the state it comes from and tells whether it was made; False means that
somebody else moved the row first, and that the caller has to stop.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Literal, get_args

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, func, or_, select, update

from domain.doubt import Policy
from store.among import IDS, among
from store.database import Tx
from store.tables import sends
from store.tables.mailing import SEND_CAME_TO_NOTHING, SEND_IS_UNSETTLED
from store.upserts import insert_if_absent

Status = Literal["planned", "claimed", "data", "sent", "refused", "in_doubt", "cancelled", "missed"]
End = Literal["sent", "refused", "in_doubt", "cancelled", "missed"]
Nothing = Literal["refused", "cancelled", "missed"]
"""The ends of a mail that surely did not arrive."""

_BEFORE: Final[dict[str, tuple[str, ...]]] = {
    "sent": ("data",),
    "in_doubt": ("data",),
    "refused": ("claimed", "data"),
    "cancelled": ("claimed",),
    "missed": ("claimed",),
}
"""The states in which its owner may end a send, by how it ends."""

_OPEN: Final = ("planned", "claimed", "data")
_PUT_OFF: Final = and_(sends.c.reason.is_not(None), sends.c.not_before.is_not(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """A mail to one contact, or to one person of ours, and how far it has come.

    `slot_at`, the window, `not_before`, `planned_at`, `sent_at` and `left_at` (when it entered
    `data`) are business time; claims, `data_at` and `finished_at` are wall time.
    `owner` is the attempt that holds the row. Frozen with the message, which is asked for with
    `payload`: the `mailbox` it goes out of, the envelope's `sender`, the `recipient_domain`.
    `held_by` names the queue of a limit that it waits in, `rank` how much it matters beside
    others to the same contact, `in_doubt` what becomes of it when nobody can know, `came_back`
    whether it did (bounce, complaint).
    """

    touch_id: str
    stream: str
    template: str
    purpose: str
    message_id: str
    planned_at: datetime
    deal_id: str | None = None
    nurture_id: str | None = None
    contact_id: str | None = None
    person_id: str | None = None
    enrollment_id: str | None = None
    step: str | None = None
    template_version: str | None = None
    playbook_version: str | None = None
    in_reply_to: str | None = None
    subject: str | None = None
    status: Status = "planned"
    reason: str | None = None
    reply: str | None = None
    owner: str | None = None
    attempts: int = 0
    not_before: datetime | None = None
    slot_at: datetime | None = None
    window_opens: datetime | None = None
    window_closes: datetime | None = None
    moved: str | None = None
    claimed_at: datetime | None = None
    data_at: datetime | None = None
    finished_at: datetime | None = None
    sent_at: datetime | None = None
    mailbox: str | None = None
    sender: str | None = None
    recipient_domain: str | None = None
    left_at: datetime | None = None
    came_back: Literal["bounce", "complaint"] | None = None
    held_by: str | None = None
    rank: int | None = None
    in_doubt: Policy | None = None

    @property
    def policy(self) -> Policy:
        """What becomes of it when nobody can know."""
        return self.in_doubt or "hold"


_COLUMNS: Final = [sends.c[field.name] for field in fields(Send)]
_OPEN_OF: Final = (
    select(*_COLUMNS)
    .where(among(sends.c.stream), sends.c.status.in_(_OPEN))
    .order_by(sends.c.planned_at, sends.c.touch_id)
)


def plan(tx: Tx, send: Send, payload: bytes | None = None) -> bool:
    """Freeze a mail that is to go; False, and nothing changed, when it is known already."""
    row = {field.name: getattr(send, field.name) for field in fields(Send)}
    return insert_if_absent(tx, sends, {**row, "payload": payload})


def freeze(
    tx: Tx,
    touch_id: str,
    *,
    subject: str,
    payload: bytes,
    template_version: str,
    in_reply_to: str | None,
    mailbox: str | None = None,
    sender: str | None = None,
    recipient_domain: str | None = None,
) -> bool:
    """Keep the message as it will go, whatever becomes of template and contact; only once.

    With it, the mailbox that it goes out of and both ends of its envelope.
    """
    blank = and_(sends.c.status.in_(("planned", "claimed")), sends.c.payload.is_(None))
    told = {"subject": subject, "payload": payload, "in_reply_to": in_reply_to}
    ends = {"mailbox": mailbox, "sender": sender, "recipient_domain": recipient_domain}
    return _move(tx, touch_id, blank, template_version=template_version, **told, **ends)


def release(tx: Tx, stream: str | None, at: datetime) -> list[str]:
    """Let planned mails of a stream, or of all, be tried again now; says whose they are."""
    planned = sends.c.status == "planned"
    which = planned if stream is None else and_(planned, sends.c.stream == stream)
    tx.execute(update(sends).where(which, sends.c.not_before > at).values(not_before=at))
    query = select(sends.c.stream).where(which).distinct().order_by(sends.c.stream)
    return list(tx.execute(query).scalars())


def claim(tx: Tx, touch_id: str, owner: str, at: datetime) -> bool:
    """Take a planned mail for one attempt. `at` is wall time."""
    taken = {"status": "claimed", "owner": owner, "claimed_at": at}
    return _move(tx, touch_id, sends.c.status == "planned", **taken, attempts=sends.c.attempts + 1)


def take_over(tx: Tx, touch_id: str, dead: str, owner: str, at: datetime) -> bool:
    """Take a claimed mail from an attempt that is gone; nothing was sent, and now it cannot."""
    held = and_(sends.c.status == "claimed", sends.c.owner == dead)
    return _move(tx, touch_id, held, owner=owner, claimed_at=at, attempts=sends.c.attempts + 1)


def enter_data(
    tx: Tx, touch_id: str, owner: str, at: datetime, left_at: datetime | None = None
) -> bool:
    """Say that the message leaves now. Committed before its first byte does.

    `at` is wall time, `left_at` the same moment in business time where the two differ.
    """
    told = {"status": "data", "data_at": at, "left_at": left_at or at, "held_by": None}
    return _move(tx, touch_id, _held(owner, "claimed"), **told)


def finish(
    tx: Tx,
    touch_id: str,
    owner: str,
    status: End,
    at: datetime,
    *,
    reason: str | None = None,
    reply: str | None = None,
    sent_at: datetime | None = None,
) -> bool:
    """End a mail that this attempt holds. `at` is wall time, `sent_at` business time."""
    told = {"reason": reason, "reply": reply, "sent_at": sent_at, "finished_at": at}
    held = _held(owner, *_BEFORE[status])
    return _move(tx, touch_id, held, status=status, held_by=None, **told)


def defer(
    tx: Tx,
    touch_id: str,
    owner: str,
    not_before: datetime,
    reason: str,
    reply: str | None = None,
    held_by: str | None = None,
) -> bool:
    """Put a mail that this attempt holds, and that certainly did not go, back to planned.

    `held_by` names the queue of the limit that it waits for, if it is one.
    """
    told = {"not_before": not_before, "reason": reason, "reply": reply, "held_by": held_by}
    told |= {"data_at": None, "left_at": None}
    held = _held(owner, "claimed", "data")
    return _move(tx, touch_id, held, status="planned", owner=None, claimed_at=None, **told)


def move(
    tx: Tx,
    touch_id: str,
    owner: str,
    reason: str,
    *,
    slot_at: datetime,
    opens: datetime,
    closes: datetime,
    moved: str | None,
) -> bool:
    """Give a mail that this attempt holds another slot (business time); planned again until then.

    Its words are let go: none of them left, and a mail is to be dated and written when it goes.
    """
    times = {"slot_at": slot_at, "window_opens": opens, "window_closes": closes}
    told = {"not_before": slot_at, "reason": reason, "moved": moved, "held_by": None}
    blank = dict.fromkeys(("owner", "claimed_at", "reply", "payload", "subject", "in_reply_to"))
    held = _held(owner, "claimed")
    return _move(tx, touch_id, held, status="planned", **times, **told, **blank)


def doubt(tx: Tx, touch_id: str, reason: str, at: datetime) -> bool:
    """Say that nobody can know whether a mail in `data` arrived."""
    return _move(
        tx, touch_id, sends.c.status == "data", status="in_doubt", reason=reason, finished_at=at
    )


def withdraw(
    tx: Tx, touch_id: str, status: Literal["cancelled", "missed"], reason: str, at: datetime
) -> bool:
    """End a mail that nobody has claimed."""
    planned = sends.c.status == "planned"
    return _move(tx, touch_id, planned, status=status, reason=reason, finished_at=at)


def resolve(
    tx: Tx,
    touch_id: str,
    status: Literal["sent", "planned", "cancelled"],
    reason: str,
    at: datetime,
    sent_at: datetime | None = None,
) -> bool:
    """Settle a doubt by evidence or by a person's word: it arrived, goes again, or never goes."""
    told: dict[str, Any] = {"status": status, "reason": reason, "finished_at": at}
    if status == "planned":
        told |= dict.fromkeys(("owner", "claimed_at", "data_at", "left_at", "finished_at"))
    return _move(tx, touch_id, sends.c.status == "in_doubt", sent_at=sent_at, **told)


def load(tx: Tx, touch_id: str) -> Send | None:
    """The mail of that touch."""
    return next(iter(_all(tx, select(*_COLUMNS).where(sends.c.touch_id == touch_id))), None)


def payload(tx: Tx, touch_id: str) -> bytes | None:
    """The message as it was frozen, None when it was erased or never made."""
    return tx.execute(select(sends.c.payload).where(sends.c.touch_id == touch_id)).scalar()


def is_written(tx: Tx, touch_id: str) -> bool:
    """Whether the message is there: frozen, and not erased since."""
    there = and_(sends.c.touch_id == touch_id, sends.c.payload.is_not(None))
    return tx.execute(select(sends.c.touch_id).where(there)).scalar() is not None


def by_message_id(tx: Tx, message_id: str) -> Send | None:
    """The mail whose Message-ID header has that value: a reply or a bounce names it."""
    return next(iter(_all(tx, select(*_COLUMNS).where(sends.c.message_id == message_id))), None)


def open_of(tx: Tx, stream: str) -> list[Send]:
    """Mails of a stream that are planned, claimed or in `data`."""
    return open_of_many(tx, [stream]).get(stream, [])


def open_of_many(tx: Tx, streams: Sequence[str]) -> dict[str, list[Send]]:
    """The same for many streams at once; those without such a mail are left out."""
    found: dict[str, list[Send]] = {}
    for row in tx.execute(_OPEN_OF, {IDS: streams}).mappings():
        found.setdefault(row["stream"], []).append(Send(**row))
    return found


def tally(tx: Tx, since: datetime) -> dict[str, int]:
    """How many were planned for a moment since then, by status."""
    query = select(sends.c.status, func.count()).where(sends.c.planned_at > since)
    return {row[0]: int(row[1]) for row in tx.execute(query.group_by(sends.c.status))}


def tally_unsettled(tx: Tx) -> dict[str, int]:
    """How many wait, are on their way or are in doubt, by status."""
    query = select(sends.c.status, func.count()).where(SEND_IS_UNSETTLED)
    return {row[0]: int(row[1]) for row in tx.execute(query.group_by(sends.c.status))}


def in_doubt(tx: Tx, limit: int = 100) -> list[Send]:
    """Mails that nobody can know about, oldest first."""
    return unsettled(tx, "in_doubt", limit)


DOUBTS: Final = select(func.count()).select_from(
    select(sends.c.touch_id)
    .where(SEND_IS_UNSETTLED, sends.c.status == "in_doubt")
    .limit(bindparam("most", type_=Integer))
    .subquery("doubts")
)
"""How many mails nobody can know about, counted up to `most`."""


def doubts_with(tx: Tx, policies: Sequence[Policy], limit: int = 100) -> list[Send]:
    """Mails in doubt whose steps say what becomes of them, oldest first."""
    ruled = and_(sends.c.status == "in_doubt", sends.c.in_doubt.in_(policies))
    query = select(*_COLUMNS).where(SEND_IS_UNSETTLED, ruled)
    return _all(tx, query.order_by(sends.c.planned_at, sends.c.touch_id).limit(limit))


def unsettled(
    tx: Tx, status: Literal["planned", "claimed", "data", "in_doubt"], limit: int = 100
) -> list[Send]:
    """Mails in a state that is not an end, oldest first."""
    query = select(*_COLUMNS).where(SEND_IS_UNSETTLED, sends.c.status == status)
    return _all(tx, query.order_by(sends.c.planned_at, sends.c.touch_id).limit(limit))


def left_by_hand(
    tx: Tx, wall: datetime, now: datetime, but: Collection[str], limit: int
) -> list[Send]:
    """Mails of no deal and no nurture that nobody touched since `wall`, oldest first.

    `now` is the same moment in business time; `but` are streams to leave out.
    """
    theirs = or_(sends.c.stream.startswith("contact/"), sends.c.stream.startswith("person/"))
    since = func.coalesce(sends.c.data_at, sends.c.claimed_at)
    still = and_(or_(since.is_(None), since <= wall), sends.c.planned_at <= now)
    query = select(*_COLUMNS).where(SEND_IS_UNSETTLED, sends.c.status.in_(_OPEN), theirs, still)
    query = query.where(sends.c.stream.not_in(but)) if but else query
    return _all(tx, query.order_by(sends.c.planned_at, sends.c.touch_id).limit(limit))


def page(
    tx: Tx,
    *,
    deal_id: str | None = None,
    contact_id: str | None = None,
    enrollment_id: str | None = None,
    status: Status | None = None,
    deferred: bool = False,
    after: tuple[datetime, str] | None = None,
    limit: int = 100,
) -> list[Send]:
    """Mails, last planned first, behind (planned_at, touch_id); `deferred`: that were put off."""
    told: dict[str, Any] = {
        "stream": f"deal/{deal_id}" if deal_id is not None else None,
        "contact_id": contact_id,
        "enrollment_id": enrollment_id,
        "status": status,
    }
    told = {name: value for name, value in told.items() if value is not None}
    query = _newest(tuple(told), _index_for(status, deferred), deferred, after is not None)
    if after is not None:
        told |= {"behind_at": after[0], "behind_id": after[1]}
    return [Send(**row) for row in tx.execute(query, {**told, "most": limit}).mappings()]


def _index_for(status: Status | None, deferred: bool) -> ColumnElement[bool] | None:
    """The condition of the partial index that serves what is asked, if one does."""
    if status in get_args(Nothing):
        return SEND_CAME_TO_NOTHING
    return SEND_IS_UNSETTLED if deferred or status not in (None, "sent") else None


@lru_cache(maxsize=64)
def _newest(
    names: tuple[str, ...], index: ColumnElement[bool] | None, deferred: bool, turned: bool
) -> Select[Any]:
    """The statement for what is asked; made once, which costs more than to run it."""
    query = select(*_COLUMNS).where(*(sends.c[name] == bindparam(name) for name in names))
    if index is not None:
        query = query.where(index)
    if deferred:
        query = query.where(sends.c.status == "planned", _PUT_OFF)
    if turned:
        at = bindparam("behind_at", type_=sends.c.planned_at.type)
        touch_id: ColumnElement[str] = bindparam("behind_id")
        same = and_(sends.c.planned_at == at, sends.c.touch_id < touch_id)
        query = query.where(or_(sends.c.planned_at < at, same))
    newest = query.order_by(sends.c.planned_at.desc(), sends.c.touch_id.desc())
    return newest.limit(bindparam("most", type_=Integer))


def unsettled_counts(tx: Tx, most: int) -> dict[tuple[Status, bool], int]:
    """How many mails are in each state that is no end, and whether they were put off.

    Counted up to `most` in all.
    """
    seen = select(sends.c.status, _PUT_OFF.label("put_off")).where(SEND_IS_UNSETTLED).limit(most)
    some = seen.subquery("found")
    query = select(some.c.status, some.c.put_off, func.count()).group_by(
        some.c.status, some.c.put_off
    )
    return {(status, bool(put_off)): count for status, put_off, count in tx.execute(query)}


def erase_of(tx: Tx, contact_id: str) -> int:
    """Forget what was written to a contact; that it was written, and when, stays."""
    gone = update(sends).where(sends.c.contact_id == contact_id)
    return tx.execute(
        gone.values(subject=None, payload=None, reply=None, recipient_domain=None)
    ).rowcount


def _held(owner: str, *states: str) -> ColumnElement[bool]:
    return and_(sends.c.owner == owner, sends.c.status.in_(states))


def _move(tx: Tx, touch_id: str, held: ColumnElement[bool], **values: Any) -> bool:
    moved = update(sends).where(sends.c.touch_id == touch_id, held).values(**values)
    return tx.execute(moved).rowcount == 1


def _all(tx: Tx, query: Select[Any]) -> list[Send]:
    return [Send(**row) for row in tx.execute(query).mappings()]
