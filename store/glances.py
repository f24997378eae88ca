"""What a card shows of a deal beyond its row, picked out of its state, which is not read whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from domain.ahead import Ahead
from domain.commands import Party
from domain.deal import Flag, first_of
from domain.enrollment import Task
from store.among import IDS, among
from store.database import Tx
from store.deals import due_in
from store.tables import deals


@dataclass(frozen=True, slots=True)
class Glance:
    """What comes next, whom mails go to, the open task that is due first, the standing flags."""

    ahead: Ahead | None
    writes_to: str | None
    task: Task | None
    flags: tuple[Flag, ...]


_PICKED: Final = ("contacts", "tasks", "flags")


def of_ids(tx: Tx, deal_ids: Sequence[str]) -> dict[str, Glance]:
    """Those of the deals that exist, a page of them."""
    if not deal_ids:
        return {}
    return {row.deal_id: _glance(row) for row in tx.execute(_OF_IDS, {IDS: deal_ids})}


_D: Final = deals.c
_OF_IDS: Final = select(
    _D.deal_id, _D.next_due, _D.ahead, *(_D.state[name].label(name) for name in _PICKED)
).where(among(_D.deal_id))


def _glance(row: Any) -> Glance:
    tasks = [Task.model_validate(one) for one in row.tasks]
    return Glance(
        ahead=due_in(row.next_due, row.ahead).ahead,
        writes_to=first_of([Party.model_validate(one) for one in row.contacts]),
        task=min(tasks, key=lambda one: one.due_at, default=None),
        flags=tuple(Flag.model_validate(one) for one in row.flags),
    )
