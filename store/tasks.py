"""What people of ours have to do: one row a task, kept in step with the events of its stream."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, and_, insert, or_, select, update

from domain import deal_events as d
from domain import touch_events as e
from store.database import Tx
from store.ledger import Recorded
from store.tables import tasks
from store.tables.selling import TASK_IS_OPEN

_DEAL: Final = "deal/"


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as lists show it. `verb` is call, task or draft; status open, done or dropped."""

    task_id: str
    stream: str
    deal_id: str | None
    enrollment_id: str | None
    step: str | None
    verb: str
    name: str
    person_id: str | None
    role: str
    status: str
    reason: str | None
    created_at: datetime
    due_at: datetime
    settled_at: datetime | None


def follow(tx: Tx, recorded: Sequence[Recorded]) -> None:
    """Bring the tasks in step with events just appended."""
    made = [_row(one, one.event) for one in recorded if isinstance(one.event, e.TaskCreated)]
    if made:
        tx.execute(insert(tasks), made)
    for one in recorded:
        if isinstance(one.event, e.TaskDone | e.TaskDropped):
            settled = update(tasks).where(tasks.c.task_id == one.event.task_id)
            tx.execute(settled.values(**_end(one.event)))
        elif isinstance(one.event, d.WorkTransferred):
            theirs = (tasks.c.stream == one.stream) & (tasks.c.person_id == one.event.from_id)
            moved = update(tasks).where(TASK_IS_OPEN, theirs)
            tx.execute(moved.values(person_id=one.event.to_id))


def rows_after(recorded: Sequence[Recorded]) -> list[dict[str, Any]]:
    """The rows that the events of one stream, told from the beginning, add up to."""
    rows: dict[str, dict[str, Any]] = {}
    for one in recorded:
        match one.event:
            case e.TaskCreated():
                rows[one.event.task_id] = _row(one, one.event)
            case e.TaskDone() | e.TaskDropped() if one.event.task_id in rows:
                rows[one.event.task_id] |= _end(one.event)
            case d.WorkTransferred():
                for row in rows.values():
                    if row["status"] == "open" and row["person_id"] == one.event.from_id:
                        row["person_id"] = one.event.to_id
            case _:
                pass
    return list(rows.values())


def load(tx: Tx, task_id: str) -> TaskRow | None:
    """The task of that id, whatever became of it."""
    found = _rows(tx, select(tasks).where(tasks.c.task_id == task_id))
    return found[0] if found else None


def open_for(
    tx: Tx,
    person_id: str | None = None,
    limit: int = 200,
    after: tuple[datetime, str] | None = None,
) -> list[TaskRow]:
    """Open tasks, of one person or of all, the most urgent first; behind (due_at, task_id)."""
    query = select(tasks).where(TASK_IS_OPEN)
    if person_id is not None:
        query = query.where(tasks.c.person_id == person_id)
    if after is not None:
        at, its_id = after
        later = and_(tasks.c.due_at == at, tasks.c.task_id > its_id)
        query = query.where(or_(tasks.c.due_at > at, later))
    return _rows(tx, query.order_by(tasks.c.due_at, tasks.c.task_id).limit(limit))


def of_deal(tx: Tx, deal_id: str) -> list[TaskRow]:
    """All tasks of a deal, oldest first."""
    query = select(tasks).where(tasks.c.deal_id == deal_id)
    return _rows(tx, query.order_by(tasks.c.created_at, tasks.c.task_id))


def _row(one: Recorded, made: e.TaskCreated) -> dict[str, Any]:
    stream = one.stream
    return {
        "task_id": made.task_id,
        "stream": stream,
        "deal_id": stream.removeprefix(_DEAL) if stream.startswith(_DEAL) else None,
        "enrollment_id": made.enrollment_id,
        "step": made.step,
        "verb": made.verb,
        "name": made.name,
        "person_id": made.for_id,
        "role": made.role,
        "status": "open",
        "reason": None,
        "created_at": made.at,
        "due_at": made.due_at,
        "settled_at": None,
    }


def _end(event: e.TaskDone | e.TaskDropped) -> dict[str, Any]:
    if isinstance(event, e.TaskDone):
        return {"status": "done", "reason": None, "settled_at": event.at}
    return {"status": "dropped", "reason": event.reason, "settled_at": event.at}


def _rows(tx: Tx, query: Select[Any]) -> list[TaskRow]:
    return [TaskRow(**row) for row in tx.execute(query).mappings()]
