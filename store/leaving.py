"""What waits for one person of ours, counted and by name: for when they leave."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, union

from store.database import Tx
from store.tables import deals, promises, tasks
from store.tables.selling import TASK_IS_OPEN


@dataclass(frozen=True, slots=True)
class Counted:
    """How many deals a person owns, and open tasks and promises they have in whosever deal.

    `loose` are those of the tasks that belong to no deal.
    """

    open_deals: int
    ended_deals: int
    tasks: int
    loose: int
    promises: int


def counted(tx: Tx, person_id: str) -> Counted:
    """Count it, by indexes: what others own is not looked at."""
    owned = (
        select(deals.c.status, func.count())
        .where(deals.c.owner_id == person_id)
        .group_by(deals.c.status)
    )
    by_status: dict[str, int] = dict(tx.execute(owned).all())
    todo = select(func.count(), func.count(tasks.c.deal_id)).where(_todo(person_id))
    every, of_deals = tx.execute(todo).one()
    promised = select(func.count()).where(promises.c.person_id == person_id)
    return Counted(
        open_deals=by_status.pop("open", 0),
        ended_deals=sum(by_status.values()),
        tasks=every,
        loose=every - of_deals,
        promises=tx.execute(promised).scalar_one(),
    )


def deals_of(tx: Tx, person_id: str) -> list[str]:
    """The deals, open or ended, that they own, or have an open task or a promise in."""
    owned = select(deals.c.deal_id).where(deals.c.owner_id == person_id)
    todo = select(tasks.c.deal_id).where(_todo(person_id), tasks.c.deal_id.is_not(None))
    promised = select(promises.c.deal_id).where(promises.c.person_id == person_id)
    found = union(owned, todo, promised)
    return sorted(tx.execute(found).scalars())


def nurtures_of(tx: Tx, person_id: str) -> list[str]:
    """The streams of nurtures apart from a deal in which an open task is theirs."""
    query = select(tasks.c.stream).distinct().where(_todo(person_id), tasks.c.deal_id.is_(None))
    return sorted(tx.execute(query).scalars())


def _todo(person_id: str) -> ColumnElement[bool]:
    return TASK_IS_OPEN & (tasks.c.person_id == person_id)
