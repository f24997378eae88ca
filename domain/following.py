"""What follows an ending (hand-overs, tasks, nurtures, notices); how sequences begin and end."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from domain import deal_events as d
from domain import touch_events as e
from domain.activity import MEANT_BY
from domain.agenda import Aggregate, subject_of
from domain.course import touch_id
from domain.deal import Deal
from domain.enrollment import Enrollment
from domain.event import Happened
from domain.facts import Facts
from domain.ids import digest, new_id
from domain.playbooks.sequence import Outcome
from domain.playbooks.words import suggestion
from domain.refusal import Refused
from domain.times.calendar import NothingOpen
from domain.times.duration import Duration

ALWAYS_STOPS = frozenset(
    {"reply", "won", "lost", "opt_out", "hard_bounce", "complaint", "erased", "by_hand"}
)
"""What stops every cadence, whatever the playbook says."""

NURTURES_GO_ON = frozenset({"won", "lost"})
"""Closings start a deal's nurtures and therefore do not stop them."""

DUE_IN_DEFAULT = timedelta(days=1)


def enrolled(
    deal: Deal,
    part: str,
    because: str,
    facts: Facts,
    wrote_on: datetime | None = None,
) -> list[Happened]:
    """The deal begins a cadence or nurture in its newest version.

    `wrote_on` makes a mail of the rep's own touch 1. Raises Refused when it already runs.
    """
    kind, _, name = part.partition(":")
    if any(one.part == part for one in deal.active_enrollments):
        raise Refused("already_enrolled", f"{name} already runs for this deal")
    version = facts.rules.newest.get(part)
    if version is None:
        known = [one.partition(":")[2] for one in facts.rules.newest if one.startswith(kind + ":")]
        told = f'the playbook has no {kind} "{name}"{suggestion(name, known)}'
        raise Refused("unknown_part", told, kind)
    own_first = wrote_on is not None and facts.rules.sequence(part, version).steps[0].mail
    event = e.Enrolled(
        at=facts.now,
        enrollment_id=new_id("E", deal.deal_id, part, str(len(deal.enrollments))),
        playbook=facts.rules.playbook,
        part=part,
        version=version,
        contact_id=deal.writes_to,
        because=because,
        step=1 if own_first else 0,
        anchor_at=wrote_on if wrote_on is not None and own_first else facts.now,
    )
    return [event, *_waits_too(deal, event, facts)]


def enrolled_if_possible(deal: Deal, part: str, because: str, facts: Facts) -> list[Happened]:
    """The same as a rule asks it: nothing where it runs already or was taken out since.

    A deal is pinned to its pipeline while newer editions may drop what the pipeline names.
    """
    if part not in facts.rules.newest or any(x.part == part for x in deal.active_enrollments):
        return []
    return enrolled(deal, part, because, facts)


def _waits_too(deal: Deal, begun: e.Enrolled, facts: Facts) -> list[Happened]:
    """What begins during an agreed wait keeps to it."""
    until = deal.wait_until
    if until is None or until <= facts.now:
        return []
    its_id, why = begun.enrollment_id, "expected_wait"
    return [e.EnrollmentParked(at=facts.now, enrollment_id=its_id, until=until, reason=why)]


def stopped(
    state: Aggregate, word: str, facts: Facts, contact_id: str | None = None, only: str = ""
) -> list[Happened]:
    """The end of every enrollment that `word` stops, of one contact or of all, and their tasks."""
    events: list[Happened] = []
    for one in state.active_enrollments:
        aside = contact_id is not None and one.contact_id not in (None, contact_id)
        if aside or (only and one.part != only) or not _stops(one, word, facts):
            continue
        events += ended(state, one, word, facts.now)
    return events


def ended(
    state: Aggregate, one: Enrollment, reason: str, now: datetime, finished: bool = False
) -> list[Happened]:
    """The end of one enrollment, and its open task falls away."""
    events: list[Happened] = [
        e.EnrollmentEnded(at=now, enrollment_id=one.enrollment_id, reason=reason, finished=finished)
    ]
    events += [
        e.TaskDropped(at=now, task_id=task.task_id, reason=reason)
        for task in state.tasks
        if task.enrollment_id == one.enrollment_id
    ]
    return events


def _stops(one: Enrollment, word: str, facts: Facts) -> bool:
    if one.part.startswith("nurture:") and word in NURTURES_GO_ON:
        return False
    if word in ALWAYS_STOPS:
        return True
    meant = {word, *MEANT_BY.get(word, ())}
    return not meant.isdisjoint(facts.rules.sequence(one.part, one.version).stops_on)


def outcomes(
    state: Aggregate, wanted: Iterable[Outcome], because: str, facts: Facts
) -> list[Happened]:
    """What the playbook lets follow, in its order."""
    events: list[Happened] = []
    for number, outcome in enumerate(wanted):
        key = f"{because}:{number}"
        events += _outcome(state, outcome, key, because, facts)
        if isinstance(state, Deal) and outcome.assign:
            # A later outcome "for: owner" means the owner of now.
            given = next((x for x in events if isinstance(x, d.OwnerAssigned)), None)
            state = state.model_copy(update={"owner_id": given.owner_id}) if given else state
    return events


def _outcome(
    state: Aggregate, outcome: Outcome, key: str, because: str, facts: Facts
) -> list[Happened]:
    owner = subject_of(state, facts).owner_id
    if outcome.nurture:
        if not isinstance(state, Deal):
            return []
        return enrolled_if_possible(state, f"nurture:{outcome.nurture}", because, facts)
    if outcome.assign:
        person = facts.holder(outcome.assign, owner, state.stream)
        if person == owner or not isinstance(state, Deal):
            return []
        role = "owner" if person else outcome.assign
        told = notice(state, "hand-over", because, role, person, key, facts)
        if person is None:
            return [told]
        return [d.OwnerAssigned(at=facts.now, owner_id=person, because=because), told]
    if outcome.notify:
        person = facts.holder(outcome.notify, owner, state.stream)
        return [notice(state, "notice", because, outcome.notify, person, key, facts)]
    if is_on_the_list(state, outcome.task or ""):
        return []
    return [task_for(state, outcome, key, facts)]


def is_on_the_list(state: Aggregate, name: str) -> bool:
    """Whether a task of this name is open already: asked for twice it is still one task."""
    return any(task.name == name and task.enrollment_id is None for task in state.tasks)


def task_for(state: Aggregate, outcome: Outcome, key: str, facts: Facts) -> e.TaskCreated:
    """The task that an outcome asks for, due in its time (a day when it names none)."""
    owner = subject_of(state, facts).owner_id
    person = facts.holder(outcome.for_, owner, state.stream)
    return e.TaskCreated(
        at=facts.now,
        task_id=new_id("T", state.stream, str(state.version), key),
        verb="task",
        name=outcome.task or "",
        for_id=person,
        role=outcome.for_,
        due_at=task_due_at(person, outcome.due_in, facts),
        if_not_done="wait",
    )


def task_due_at(person_id: str | None, due_in: Duration | None, facts: Facts) -> datetime:
    """When a task is due that is given now: in its time, or in a day.

    In a day as well where the calendar never opens: a task without a date would be forgotten.
    """
    if due_in is not None:
        with suppress(NothingOpen):
            return facts.person_hours(person_id).add(facts.now, due_in)
    return facts.now + DUE_IN_DEFAULT


def notice(
    state: Aggregate,
    template: str,
    about: str,
    role: str,
    person_id: str | None,
    key: str,
    facts: Facts,
    enrollment_id: str | None = None,
    step: str | None = None,
) -> e.Notified:
    """It is decided to tell a person something; with nobody in the role it is only recorded."""
    its_id = (
        touch_id(state.stream, enrollment_id, step)
        if enrollment_id and step
        else digest(state.stream, "notice", str(state.version), key)
    )
    return e.Notified(
        at=facts.now,
        touch_id=its_id,
        template=template,
        about=about,
        role=role,
        person_id=person_id,
        enrollment_id=enrollment_id,
        step=step,
    )
