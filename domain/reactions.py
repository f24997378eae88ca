"""What the house does by itself when something is due: events, and touches that want a mail."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import cast

from domain import deal_events as d
from domain import touch_events as e
from domain.agenda import Aggregate, by_moment, items, subject_of
from domain.course import DOWNTIME, Item, Plan, current_step, next_item
from domain.deal import LIMIT_CHANGED, Deal
from domain.enrollment import Enrollment
from domain.event import Happened
from domain.evolution import moved_on
from domain.facts import Facts
from domain.following import ended, is_on_the_list, notice, outcomes, task_due_at
from domain.ids import new_id
from domain.nurture import NurtureRun
from domain.playbooks.condition import SCORES, holds
from domain.playbooks.sequence import Cadence, Nurture, Sequence, Step
from domain.stagnation import Reason, since_and_limit

YIELDS_FOR = timedelta(days=3)
"""How long a nurture that yields to a cadence waits before it looks again."""

ROUNDS_MAX = 200
"""More than this many things due at once is a fault of the rules, not work."""


@dataclass
class Reaction:
    """What became due: the events, the state after them, and the touches that want a mail."""

    state: Aggregate
    events: list[Happened] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)

    def add(self, *events: Happened) -> None:
        """Record further events."""
        self.events += events
        self.state = moved_on(self.state, events)


def react(state: Aggregate, facts: Facts) -> Reaction:
    """Everything due at or before `facts.now`, in order of its moment.

    A mail touch is planned, not decided: its outcome comes back later. Touches that are
    already in the send ledger are left to it.
    """
    done = Reaction(state)
    planned = set(facts.open_sends)
    for _ in range(ROUNDS_MAX):
        item = _first_due(done.state, facts, planned)
        if item is None:
            return done
        before = done.state.version
        if not _barred_by_condition(done, item, facts):
            _HANDLERS[item.what](done, item, facts)
        if done.plans and done.plans[-1].touch_id == item.touch_id:
            planned.add(done.plans[-1].touch_id)
        elif done.state.version == before:
            raise RuntimeError(f"{item.what} {item.name} is due and changes nothing")
    raise RuntimeError(f"more than {ROUNDS_MAX} things due at once")


def _first_due(state: Aggregate, facts: Facts, planned: set[str]) -> Item | None:
    due = (
        item
        for item in items(state, facts)
        if item.at is not None and item.at <= facts.now and not _is_sending(item, planned)
    )
    return min(due, key=by_moment, default=None)


def _is_sending(item: Item, planned: set[str]) -> bool:
    return item.what == "mail" and item.touch_id in planned


def _enrollment(done: Reaction, item: Item) -> Enrollment:
    return next(x for x in done.state.enrollments if x.enrollment_id == item.enrollment_id)


def _step(done: Reaction, item: Item, facts: Facts) -> tuple[Enrollment, Sequence, Step]:
    one = _enrollment(done, item)
    step = current_step(one, facts.rules)
    if step is None:
        raise RuntimeError(f"{item.name}: no step")
    return one, facts.rules.sequence(one.part, one.version), step


def purpose_of(sequence: Sequence) -> str:
    """What a sequence's mails are for, which decides the consent they need."""
    if isinstance(sequence, Nurture):
        return sequence.purpose
    return Cadence.purpose


def plan_of(item: Item, one: Enrollment, sequence: Sequence, step: Step, facts: Facts) -> Plan:
    """The touch that the item stands for."""
    if item.touch_id is None or item.opens is None or item.closes is None or item.slot_at is None:
        raise RuntimeError(f"{item.name} has no slot")
    return Plan(
        touch_id=item.touch_id,
        enrollment_id=one.enrollment_id,
        step=step.name,
        template=step.mail or "",
        contact_id=item.contact_id,
        purpose=purpose_of(sequence),
        slot_at=item.slot_at,
        opens=item.opens,
        closes=item.closes,
        moved=item.moved,
        rule=facts.rules.label(one.part, one.version),
    )


def touch_told(plan: Plan) -> dict[str, object]:
    """The part of a touch's outcome that its plan already says."""
    names = ("touch_id", "enrollment_id", "step", "template", "contact_id", "slot_at", "opens")
    return {name: getattr(plan, name) for name in (*names, "closes", "moved", "rule")}


_STEPS = frozenset({"mail", "draft", "call", "task", "notify", "wait_for"})


def _barred_by_condition(done: Reaction, item: Item, facts: Facts) -> bool:
    """Skip a step whose `only_if` does not hold now; says whether it was skipped."""
    if item.what not in _STEPS:
        return False
    one, _, step = _step(done, item, facts)
    contact = facts.contacts.get(item.contact_id or one.contact_id or "")
    known = contact.about if contact else {}
    about = {name if name in SCORES else f"contact.{name}": v for name, v in known.items()}
    if holds(step.only_if, about):
        return False
    _skip(done, item, facts, "its condition does not hold")
    return True


def _mail(done: Reaction, item: Item, facts: Facts) -> None:
    one, sequence, step = _step(done, item, facts)
    done.plans.append(plan_of(item, one, sequence, step, facts))


def _yield(done: Reaction, item: Item, facts: Facts) -> None:
    """Sales is talking to the contact: look again later, in a window of its own."""
    until = facts.now + YIELDS_FOR
    parked = e.EnrollmentParked(
        at=facts.now,
        enrollment_id=item.enrollment_id or "",
        until=until,
        reason="yields_to_cadence",
    )
    done.add(parked)


def _late(done: Reaction, item: Item, facts: Facts) -> None:
    """The touch gets a window that begins now and its slot in it, so that no burst follows."""
    its_id = item.enrollment_id or ""
    done.add(
        e.EnrollmentParked(at=facts.now, enrollment_id=its_id, until=facts.now, reason=DOWNTIME)
    )


def _draft(done: Reaction, item: Item, facts: Facts) -> None:
    one, _, step = _step(done, item, facts)
    owner = subject_of(done.state, facts).owner_id
    done.add(
        e.TaskCreated(
            at=facts.now,
            task_id=new_id("T", done.state.stream, one.enrollment_id, step.name),
            verb="draft",
            name=step.mail or "",
            for_id=owner,
            due_at=item.closes or facts.now,
            enrollment_id=one.enrollment_id,
            step=step.name,
        )
    )
    key = f"draft:{one.enrollment_id}:{step.name}"
    done.add(notice(done.state, "draft-waiting", step.name, "owner", owner, key, facts))


def _task(done: Reaction, item: Item, facts: Facts) -> None:
    one, _, step = _step(done, item, facts)
    owner = subject_of(done.state, facts).owner_id
    person = facts.holder(step.for_, owner, done.state.stream)
    done.add(
        e.TaskCreated(
            at=facts.now,
            task_id=new_id("T", done.state.stream, one.enrollment_id, step.name),
            verb="call" if step.verb == "call" else "task",
            name=step.name,
            for_id=person,
            role=step.for_,
            due_at=task_due_at(person, step.due_in, facts),
            enrollment_id=one.enrollment_id,
            step=step.name,
            if_not_done=step.if_not_done,
        )
    )


def _notify(done: Reaction, item: Item, facts: Facts) -> None:
    one, _, step = _step(done, item, facts)
    role = step.notify or "owner"
    person = facts.holder(role, subject_of(done.state, facts).owner_id, done.state.stream)
    about = f"{one.part.partition(':')[2]}:{step.name}"
    told = notice(
        done.state, "notice", about, role, person, "", facts, one.enrollment_id, step.name
    )
    done.add(told)


def _skip(done: Reaction, item: Item, facts: Facts, reason: str = "") -> None:
    one, _, step = _step(done, item, facts)
    its_id = one.enrollment_id
    done.add(
        e.StepSkipped(at=facts.now, enrollment_id=its_id, step=step.name, reason=reason or item.why)
    )


def _waited(done: Reaction, item: Item, facts: Facts) -> None:
    one, _, step = _step(done, item, facts)
    came = step.wait_for in one.events_seen
    its_id = one.enrollment_id
    done.add(e.WaitedFor(at=facts.now, enrollment_id=its_id, step=step.name, came=came))


def _missed(done: Reaction, item: Item, facts: Facts) -> None:
    one, sequence, step = _step(done, item, facts)
    plan = plan_of(item, one, sequence, step, facts)
    reason = "its window passed while nothing could go out"
    done.add(_told_missed(plan, reason, facts))


def _end(done: Reaction, item: Item, facts: Facts) -> None:
    one = _enrollment(done, item)
    sequence = facts.rules.sequence(one.part, one.version)
    asked = isinstance(sequence, Cadence) or sequence.if_no_answer
    why = "no_answer" if asked else "finished"
    done.add(*ended(done.state, one, why, facts.now, finished=True))
    done.add(*outcomes(done.state, sequence.if_no_answer, f"{one.part}:no_answer", facts))


def _task_due(done: Reaction, item: Item, facts: Facts) -> None:
    task = next(t for t in done.state.tasks if t.task_id == item.name)
    done.add(e.TaskDropped(at=facts.now, task_id=task.task_id, reason="not done in time"))
    if task.verb != "draft" or task.enrollment_id is None:
        return
    one = next(x for x in done.state.enrollments if x.enrollment_id == task.enrollment_id)
    done.add(draft_missed(done.state, one, "the draft was not approved in time", facts))


def draft_missed(state: Aggregate, one: Enrollment, reason: str, facts: Facts) -> e.TouchMissed:
    """A draft that will not be sent: its touch is missed."""
    step = current_step(one, facts.rules)
    if step is None:
        raise RuntimeError("a draft without a step")
    item = next_item(one, subject_of(state, facts), facts)
    if item.slot_at is None:
        # The calendar leaves it no slot any more: it is missed here and now.
        item = replace(item, slot_at=facts.now, opens=facts.now, closes=facts.now)
    sequence = facts.rules.sequence(one.part, one.version)
    return _told_missed(plan_of(item, one, sequence, step, facts), reason, facts)


def _told_missed(plan: Plan, reason: str, facts: Facts) -> e.TouchMissed:
    return e.TouchMissed.model_validate(touch_told(plan) | {"at": facts.now, "reason": reason})


def _flag(done: Reaction, item: Item, facts: Facts) -> None:
    deal = cast(Deal, done.state)
    since, limit = since_and_limit(deal, item.name, facts)
    rules = facts.rules
    done.add(
        d.StagnationFlagged(
            at=facts.now,
            reason=cast(Reason, item.name),
            since=since,
            limit=limit,
            rule=rules.label("limits", rules.limits_version),
        )
    )


def _unflag(done: Reaction, item: Item, facts: Facts) -> None:
    done.add(d.StagnationCleared(at=facts.now, by=LIMIT_CHANGED, reasons=[item.name]))


def _rung(done: Reaction, item: Item, facts: Facts) -> None:
    deal = cast(Deal, done.state)
    limits = facts.rules.limits
    step = limits.then[deal.rung] if limits else None
    if step is None:
        raise RuntimeError("a rung without a ladder")
    key = f"rung:{deal.rung}"
    done.add(d.Escalated(at=facts.now, rung=deal.rung, what=f"{step.verb}:{step.name}"))
    if step.notify:
        person = facts.holder(step.notify, deal.owner_id, deal.stream)
        about = "stagnant"
        done.add(notice(deal, "stagnation-notice", about, step.notify, person, key, facts))
    elif not is_on_the_list(deal, step.name):
        done.add(_rung_task(deal, step, key, facts))


def _rung_task(deal: Deal, step: Step, key: str, facts: Facts) -> e.TaskCreated:
    person = facts.holder(step.for_, deal.owner_id, deal.stream)
    return e.TaskCreated(
        at=facts.now,
        task_id=new_id("T", deal.stream, str(deal.version), key),
        verb="call" if step.verb == "call" else "task",
        name=step.name,
        for_id=person,
        role=step.for_,
        due_at=task_due_at(person, step.due_in, facts),
        if_not_done="wait",
    )


def _wait_over(done: Reaction, item: Item, facts: Facts) -> None:
    _flag(done, item, facts)
    done.add(d.WaitOver(at=facts.now, overdue=True))


def _resume(done: Reaction, item: Item, facts: Facts) -> None:
    done.add(d.DealResumed(at=facts.now))


def _promise_soon(done: Reaction, item: Item, facts: Facts) -> None:
    event = d.PromiseReminded(at=facts.now, promise_id=item.name)
    done.add(event, _of_promise(done, item, facts, "promise"))


def _promise_overdue(done: Reaction, item: Item, facts: Facts) -> None:
    event = d.PromiseOverdue(at=facts.now, promise_id=item.name)
    done.add(event, _of_promise(done, item, facts, "overdue"))


def _of_promise(done: Reaction, item: Item, facts: Facts, sort: str) -> e.Notified:
    """The notice to whoever promised; one of each sort for a promise."""
    deal = cast(Deal, done.state)
    promise = next(p for p in deal.promises if p.promise_id == item.name)
    whose, key = promise.owner_id or deal.owner_id, f"{sort}:{promise.promise_id}"
    return notice(deal, "promise-reminder", promise.promise_id, "owner", whose, key, facts)


def _stuck(done: Reaction, item: Item, facts: Facts) -> None:
    """Its calendar never opens: only a person can help, by other rules or by hand."""
    done.add(d.AttentionRaised(at=facts.now, reason=item.why))


_HANDLERS: dict[str, Callable[[Reaction, Item, Facts], None]] = {
    "mail": _mail,
    "draft": _draft,
    "call": _task,
    "task": _task,
    "notify": _notify,
    "wait_for": _waited,
    "skip": _skip,
    "yield": _yield,
    "missed": _missed,
    "late": _late,
    "end": _end,
    "task_due": _task_due,
    "flag": _flag,
    "unflag": _unflag,
    "rung": _rung,
    "wait_over": _wait_over,
    "resume": _resume,
    "promise_soon": _promise_soon,
    "promise_overdue": _promise_overdue,
    "stuck": _stuck,
}

__all__ = ["NurtureRun", "Reaction", "draft_missed", "plan_of", "purpose_of", "react", "touch_told"]
