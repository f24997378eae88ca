"""Nudges: workflows to wake because a fact was written that they should look at.

A nudge is written in the transaction of its fact and relayed afterwards, at least once. A lost
or doubled one costs a useless wake-up, never a mail.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select

from store.database import Tx
from store.tables import nudges


@dataclass(frozen=True, slots=True)
class Nudge:
    """A stream whose workflow is to be woken, and why."""

    nudge_id: int
    stream: str
    reason: str
    created_at: datetime


def add(tx: Tx, streams: Iterable[str], reason: str, at: datetime) -> None:
    """Ask for the workflows of these streams to be woken."""
    rows = [{"stream": one, "reason": reason, "created_at": at} for one in streams]
    if rows:
        tx.execute(insert(nudges), rows)


def without(tx: Tx, streams: Sequence[str]) -> list[str]:
    """Those of the streams for which no nudge waits.

    For who asks again and again. A fact always adds its own: the one that waits may have been
    relayed a moment ago, before the fact could be seen.
    """
    asked = select(nudges.c.stream).where(nudges.c.stream.in_(streams))
    known = set(tx.execute(asked).scalars())
    return [one for one in dict.fromkeys(streams) if one not in known]


def waiting(tx: Tx, limit: int = 100) -> list[Nudge]:
    """The oldest nudges that nobody has relayed yet."""
    query = select(nudges).order_by(nudges.c.nudge_id).limit(limit)
    return [Nudge(**row) for row in tx.execute(query).mappings()]


def count(tx: Tx) -> int:
    """How many wait to be relayed."""
    return int(tx.execute(select(func.count()).select_from(nudges)).scalar_one())


def done(tx: Tx, nudge_ids: Sequence[int]) -> int:
    """Forget nudges that were relayed; says how many were there."""
    return tx.execute(delete(nudges).where(nudges.c.nudge_id.in_(nudge_ids))).rowcount
