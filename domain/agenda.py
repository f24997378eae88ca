"""Everything that is due for a deal or a nurture, soonest first: the answer to "what next?"."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from domain.course import NO_DATE, Item, Subject, next_item
from domain.deal import Deal
from domain.facts import Facts
from domain.nurture import NurtureRun
from domain.stagnation import flag_items, rung_item
from domain.times.calendar import NothingOpen

Aggregate = Deal | NurtureRun

FAR = datetime.max.replace(tzinfo=UTC)
"""Where undated items stand in the order."""

REMIND_BEFORE = timedelta(days=1)
"""How long before its date a promise is brought to mind."""


def agenda(state: Aggregate, facts: Facts) -> list[Item]:
    """All that will happen by itself if nothing else does, soonest first; undated items last."""
    return sorted(items(state, facts), key=by_moment)


def items(state: Aggregate, facts: Facts) -> Iterator[Item]:
    """The same in no order, for those who look for one item."""
    subject = subject_of(state, facts)
    stuck = _stuck_at(state, facts)
    for one in state.active_enrollments:
        if one.task_id is None:
            try:
                yield next_item(one, subject, facts)
            except NothingOpen as never:
                yield Item(stuck, "stuck", one.part, str(never), one.enrollment_id)
    yield from _task_items(state, subject)
    if isinstance(state, Deal):
        for sort in (_flags, _promises):
            try:
                yield from sort(state, facts)
            except NothingOpen as never:
                yield Item(stuck, "stuck", state.stage, str(never))
        if state.paused_until is not None:
            yield Item(state.paused_until, "resume", "resume", "the pause ends")


def by_moment(item: Item) -> tuple[datetime, str, str]:
    """The order in which things happen; at one moment, by sort and name."""
    return item.at or FAR, item.what, item.name


def earliest(found: Iterable[Item], state: Aggregate, facts: Facts) -> datetime | None:
    """When something is due next, of items that were found; None when nothing is.

    Notices and mails that are still to go count as well.
    """
    moments = [item.at for item in found if item.at is not None]
    moments += [one.at for one in state.to_tell if one.touch_id not in facts.open_sends]
    return min((*moments, *facts.open_sends.values()), default=None)


def subject_of(state: Aggregate, facts: Facts) -> Subject:
    """The deal or contact as its enrollments see it."""
    if isinstance(state, NurtureRun):
        return Subject(
            stream=state.stream,
            deal_id=None,
            owner_id=None,
            writes_to=state.contact_id,
            stage_entered_at=None,
            halted=state.halted_by(facts),
            spread_first=True,
        )
    halted = "attention" if state.attention else "paused" if state.paused_at else None
    return Subject(
        stream=state.stream,
        deal_id=state.deal_id,
        owner_id=state.owner_id,
        writes_to=state.writes_to,
        stage_entered_at=state.stage_entered_at,
        halted=halted,
    )


def _stuck_at(state: Aggregate, facts: Facts) -> datetime | None:
    """When a person is told of what no calendar can date: at once, and once.

    Of a nurture nobody is told: it only shows.
    """
    tells = isinstance(state, Deal) and not state.attention
    return facts.now if tells else None


def _flags(deal: Deal, facts: Facts) -> Iterator[Item]:
    yield from flag_items(deal, facts)
    rung = rung_item(deal, facts)
    if rung is not None:
        yield rung


def _task_items(state: Aggregate, subject: Subject) -> Iterator[Item]:
    """Open tasks: those that let their sequence go on, and drafts, fall away at their date.

    Not while the deal is held: the sequence would run on behind the pause.
    """
    held = subject.halted in NO_DATE
    for task in state.tasks:
        falls = task.verb == "draft" or (task.if_not_done == "go_on" and task.enrollment_id)
        at, why = (task.due_at if falls else None), f"{task.verb} {task.name} waits to be done"
        yield Item(None if held else at, "task_due", task.task_id, why, task.enrollment_id)


def _promises(deal: Deal, facts: Facts) -> Iterator[Item]:
    """Promises of a deal that lives: brought to mind a day before, flagged when it has passed.

    One that is made for the same day needs no reminder. Both happen in the hours of whoever
    promised.
    """
    for promise in deal.promises:
        if promise.overdue or deal.status == "lost":
            continue
        hours = facts.person_hours(promise.owner_id or deal.owner_id)
        soon = hours.next_open(promise.due_at - REMIND_BEFORE)
        if not promise.reminded and promise.made_at < soon < promise.due_at > facts.now:
            why = "a promise is due in a day"
            yield Item(soon, "promise_soon", promise.promise_id, why)
        else:
            why = "a promise passes its date"
            at = hours.next_open(promise.due_at)
            yield Item(at, "promise_overdue", promise.promise_id, why)
