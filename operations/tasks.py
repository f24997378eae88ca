"""Tasks: what people of ours have to do, done or dropped; a draft done is a draft approved."""

import asyncio
from datetime import datetime

from activities import streams
from activities.planning import origin
from domain import commands as c
from domain.ahead import due_of
from domain.evolution import moved_on
from domain.refusal import NotFound, Refused
from domain.touch_events import TaskDone, TaskDropped
from operations import deals, people, places
from operations.deal_view import View
from operations.desk import reaching
from operations.house import House
from operations.once import Asked, once
from operations.post import drafts
from store import nudges, situation, tasks, texts
from store import people as staff
from store.tasks import TaskRow


class TaskLine(View):
    """A task as lists show it; `overdue` as of now."""

    task_id: str
    verb: str
    name: str
    status: str
    due_at: datetime
    overdue: bool
    created_at: datetime
    role: str
    person_id: str | None
    person: str | None
    deal_id: str | None
    title: str | None
    reason: str | None = None


class TaskPage(View):
    """A task, and for a draft that waits the mail as it would go."""

    task: TaskLine
    draft: drafts.Draft | None = None


class Settled(View):
    """What became of a task."""

    task_id: str
    status: str
    deal_id: str | None = None
    version: int = 0


class TasksPage(View):
    """One page of open tasks, the most urgent first; `cursor` begins the next one."""

    tasks: tuple[TaskLine, ...]
    cursor: str | None = None


def list_open(house: House, *, person: str | None = None, limit: int = 200) -> list[TaskLine]:
    """Open tasks, of one person (id or address) or of all, the most urgent first."""
    return [*list_page(house, person=person, limit=limit).tasks]


def list_page(
    house: House, *, person: str | None = None, cursor: str | None = None, limit: int = 100
) -> TasksPage:
    """One page of the open tasks, of one person (id or address) or of all. NotFound."""
    with reaching("the database"), house.store.read() as tx:
        whose = people.find(tx, person).person_id if person else None
        found = tasks.open_for(tx, whose, limit + 1, places.read(cursor))
        rows = found[:limit]
        titles = texts.titles(tx, sorted({row.deal_id for row in rows if row.deal_id}))
        names = staff.load_many(tx, sorted({row.person_id for row in rows if row.person_id}))
        now = house.time.now()
    lines = [
        _line(
            row,
            now,
            titles.get(row.deal_id or ""),
            names[row.person_id].name if row.person_id in names else None,
        )
        for row in rows
    ]
    place = (rows[-1].due_at, rows[-1].task_id) if len(found) > limit else None
    return TasksPage(tasks=tuple(lines), cursor=places.written(place))


def show(house: House, task_id: str) -> TaskPage:
    """A task whatever became of it, and the mail that it asks to approve. Raises NotFound."""
    with reaching("the database"), house.store.read() as tx:
        row = tasks.load(tx, task_id)
        if row is None:
            raise NotFound(f"there is no task {task_id[:80]}", "task_id")
        title = texts.titles(tx, [row.deal_id]).get(row.deal_id) if row.deal_id else None
        person = staff.load(tx, row.person_id) if row.person_id else None
    line = _line(row, house.time.now(), title, person.name if person else None)
    return TaskPage(task=line, draft=drafts.of_task(house, task_id))


async def done(
    house: House,
    task_id: str,
    *,
    actor: str,
    command_id: str | None = None,
    words: str | None = None,
) -> Settled:
    """A task is done; for a draft: it may go. Raises NotFound, Refused when it is settled.

    `words` names the words that were read (`drafts.Draft.words`): Refused when a draft would
    not go in them any more.
    """
    await asyncio.to_thread(drafts.approve, house, task_id, words)
    return await _settle(house, task_id, True, actor, command_id)


async def drop(house: House, task_id: str, *, actor: str, command_id: str | None = None) -> Settled:
    """A task falls away; for a draft: it is not sent."""
    return await _settle(house, task_id, False, actor, command_id)


def preview(house: House, task_id: str, *, finish: bool) -> deals.Preview | None:
    """What settling an open task would do to its deal; None for a task of a nurture.

    Raises NotFound, Refused when it is settled.
    """
    row = _open(house, task_id)
    if row.deal_id is None:
        return None
    made = c.FinishTask(task_id=task_id) if finish else c.DropTask(task_id=task_id)
    return deals.preview(house, row.deal_id, made)


async def _settle(
    house: House, task_id: str, finish: bool, actor: str, command_id: str | None
) -> Settled:
    # A repeated command must get its receipt, so a settled task is left to the desk to refuse.
    row = await asyncio.to_thread(_open, house, task_id, command_id is not None)
    status = "done" if finish else "dropped"
    if row.deal_id is None:
        return await asyncio.to_thread(_in_nurture, house, row, finish, actor, command_id)
    made = c.FinishTask(task_id=task_id) if finish else c.DropTask(task_id=task_id)
    told = await deals.tell(house, row.deal_id, made, actor=actor, command_id=command_id)
    return Settled(task_id=task_id, status=status, deal_id=row.deal_id, version=told.version)


def _open(house: House, task_id: str, any_status: bool = False) -> TaskRow:
    with reaching("the database"), house.store.read() as tx:
        row = tasks.load(tx, task_id)
    if row is None:
        raise NotFound(f"there is no task {task_id[:80]}", "task_id")
    if row.status != "open" and not any_status:
        why = f": {row.reason}" if row.reason else ""
        raise Refused("task_settled", f"the task is {row.status}{why}", "task_id")
    return row


def _in_nurture(
    house: House, row: TaskRow, finish: bool, actor: str, command_id: str | None
) -> Settled:
    """The same for a task of a nurture, which has no commands of its own."""
    status = "done" if finish else "dropped"
    with reaching("the database"), house.store.write() as tx:
        asked = Asked(row.stream, f"task_{status}", actor, {"task": row.task_id}, command_id)

        def work() -> Settled:
            run = streams.load(tx, row.stream, lock=True)
            if all(task.task_id != row.task_id for task in run.tasks):
                raise Refused("task_settled", "the task is settled already", "task_id")
            facts = situation.facts_for(tx, run, house.time.now(), house.time.grace())
            event = (
                TaskDone(at=facts.now, task_id=row.task_id)
                if finish
                else TaskDropped(at=facts.now, task_id=row.task_id, reason="discarded")
            )
            after = moved_on(run, [event])
            due = due_of(after, facts)
            streams.record(tx, run, after, [event], origin(run, facts, house.time), due)
            nudges.add(tx, [row.stream], f"task_{status}", house.time.wall())
            return Settled(task_id=row.task_id, status=status, version=after.version)

        return once(house, tx, asked, Settled, work)


def _line(row: TaskRow, now: datetime, title: str | None, person: str | None) -> TaskLine:
    same = [name for name in TaskLine.model_fields if name in TaskRow.__slots__]
    return TaskLine(
        **{name: getattr(row, name) for name in same},
        overdue=row.status == "open" and row.due_at < now,
        person=person,
        title=title,
    )
