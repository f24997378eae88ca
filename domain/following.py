"""What follows an ending (hand-overs, tasks, nurtures, notices); how sequences begin and end."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from domain import deal_events as d
from domain import touch_events as e
from domain.agenda import Aggregate, subject_of
from domain.course import touch_id
from domain.deal import Deal
from domain.enrollment import Enrollment
from domain.event import Happened
from domain.facts import Facts
from domain.ids import digest, new_id
from domain.refusal import Refused
from domain.sequence import Outcome

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
    if any(one.part == part for one in deal.active_enrollments):
        raise Refused("already_enrolled", f"{part.partition(':')[2]} already runs for this deal")
    version = facts.rules.newest.get(part)
    if version is None:
        raise Refused("unknown_part", f"the playbook has no {part.replace(':', ' ')}")
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
        anchor_at=wrote_on or facts.now,
    )
    return [event]


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
    return word in facts.rules.sequence(one.part, one.version).stops_on


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
        part = f"nurture:{outcome.nurture}"
        running = any(one.part == part for one in state.active_enrollments)
        return [] if running else enrolled(state, part, because, facts)
    if outcome.assign:
        person = facts.holder(outcome.assign, owner, state.stream)
        if person is None or person == owner or not isinstance(state, Deal):
            return []
        given = d.OwnerAssigned(at=facts.now, owner_id=person, because=because)
        return [given, notice(state, "hand-over", because, "owner", person, key, facts)]
    if outcome.notify:
        person = facts.holder(outcome.notify, owner, state.stream)
        return [notice(state, "notice", because, outcome.notify, person, key, facts)]
    return [task_for(state, outcome, key, facts)]


def task_for(state: Aggregate, outcome: Outcome, key: str, facts: Facts) -> e.TaskCreated:
    """The task that an outcome asks for, due in its time (a day when it names none)."""
    owner = subject_of(state, facts).owner_id
    person = facts.holder(outcome.for_, owner, state.stream)
    hours = facts.person_hours(person)
    due = hours.add(facts.now, outcome.due_in) if outcome.due_in else facts.now + DUE_IN_DEFAULT
    return e.TaskCreated(
        at=facts.now,
        task_id=new_id("T", state.stream, str(state.version), key),
        verb="task",
        name=outcome.task or "",
        for_id=person,
        role=outcome.for_,
        due_at=due,
        if_not_done="wait",
    )


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
