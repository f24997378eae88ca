"""What people of ours promised: one row for each open promise, kept in step with its deal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select

from domain.deal import Deal
from store.database import Tx
from store.tables import promises


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """A promise as lists show it. `person_id` is who promised: not always the deal's owner."""

    deal_id: str
    promise_id: str
    person_id: str
    due_at: datetime
    note_id: str | None


def save(tx: Tx, deal: Deal, before: Deal | None = None) -> None:
    """Keep the deal's open promises as they stand now; `before` is the deal as it is kept."""
    rows = rows_of(deal)
    if before is not None and rows_of(before) == rows:
        return
    tx.execute(delete(promises).where(promises.c.deal_id == deal.deal_id))
    add(tx, [deal])


def add(tx: Tx, fresh: Iterable[Deal]) -> None:
    """Keep the promises of deals of which none is kept yet."""
    rows = [row for deal in fresh for row in rows_of(deal)]
    if rows:
        tx.execute(insert(promises), rows)


def rows_of(deal: Deal) -> list[dict[str, Any]]:
    """The rows that stand for the promises of a deal."""
    return [
        {
            "deal_id": deal.deal_id,
            "promise_id": one.promise_id,
            "person_id": person_id,
            "due_at": one.due_at,
            "note_id": one.note_id,
            "lost": deal.status == "lost",
        }
        for one in deal.promises
        if (person_id := one.owner_id or deal.owner_id) is not None
    ]


def open_for(tx: Tx, person_id: str, limit: int = 200) -> list[PromiseRow]:
    """What a person owes, in whosever deal, the most urgent first; in a lost one it is nothing."""
    mine = (promises.c.person_id == person_id) & ~promises.c.lost
    query = select(*(promises.c[name] for name in PromiseRow.__slots__)).where(mine)
    ordered = query.order_by(promises.c.due_at, promises.c.promise_id).limit(limit)
    return [PromiseRow(**row) for row in tx.execute(ordered).mappings()]
