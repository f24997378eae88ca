"""What an enrollment does next, and when: the one place where cadences and nurtures tick."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.calendar import Hours, Slot, Window, first_slot, slot, window
from domain.enrollment import Enrollment
from domain.facts import Facts, Rules
from domain.ids import digest
from domain.sequence import Sequence, Step

PATIENCE = timedelta(days=5)
"""How long after its last touch a sequence waits for an answer before it counts as unanswered."""

FIRST_WINDOW = timedelta(hours=48)
"""How long a first touch, which has no window of its own, may be late before it is missed."""


NO_DATE = frozenset({"paused", "attention"})
"""What halts until a person acts; other reasons are looked at again by themselves."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The deal or contact that an enrollment belongs to, as far as its steps can see it.

    `halted` says why nothing may go out now (paused, attention); `spread_first` spreads even
    first touches (a launch for a thousand contacts is no burst).
    """

    stream: str
    deal_id: str | None
    owner_id: str | None
    writes_to: str | None
    stage_entered_at: datetime | None
    halted: str | None = None
    spread_first: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is due: at `at` (None: not until something changes), what, and why.

    `what` is the verb of a step (mail, draft, call, task, notify, wait_for), or missed, skip,
    end, task_due; or, for the deal itself, flag, rung, promise_soon, promise_overdue,
    wait_over, resume.
    """

    at: datetime | None
    what: str
    name: str
    why: str
    enrollment_id: str | None = None
    touch_id: str | None = None
    contact_id: str | None = None
    opens: datetime | None = None
    closes: datetime | None = None
    slot_at: datetime | None = None
    moved: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A touch that is due now and wants a mail: what the send ledger is given."""

    touch_id: str
    enrollment_id: str
    step: str
    template: str
    contact_id: str | None
    purpose: str
    slot_at: datetime
    opens: datetime
    closes: datetime
    moved: str | None
    rule: str


def touch_id(stream: str, enrollment_id: str, step: str, occurrence: int = 1) -> str:
    """The id of one touch, the same however often it is planned; its Message-ID starts with it."""
    return digest(stream, enrollment_id, step, str(occurrence))


def current_step(one: Enrollment, rules: Rules) -> Step | None:
    """The step that comes next, None after the last."""
    steps = rules.sequence(one.part, one.version).steps
    return steps[one.step] if one.step < len(steps) else None


def next_item(one: Enrollment, subject: Subject, facts: Facts) -> Item:
    """What comes next for an active enrollment that has no open task."""
    sequence = facts.rules.sequence(one.part, one.version)
    step = current_step(one, facts.rules)
    if step is None:
        return _ending(one, sequence)
    if step.verb == "wait_for":
        return _waiting(one, step, subject, facts)
    return _timed(one, step, subject, facts)


def _ending(one: Enrollment, sequence: Sequence) -> Item:
    patient = PATIENCE if sequence.if_no_answer and one.touched else timedelta(0)
    why = f"{one.part.partition(':')[2]} has no further step"
    return Item(one.anchor_at + patient, "end", "end", why, one.enrollment_id)


def _waiting(one: Enrollment, step: Step, subject: Subject, facts: Facts) -> Item:
    name = step.wait_for or ""
    why = f"waits for {name.replace('_', ' ')}"
    if name in one.events_seen:
        return Item(facts.now, "wait_for", step.name, why, one.enrollment_id)
    if step.at_most is None:
        return Item(None, "wait_for", step.name, why, one.enrollment_id)
    at = facts.contact_hours(one.contact_id).add(one.anchor_at, step.at_most)
    return Item(at, "wait_for", step.name, f"{why} at most {step.at_most}", one.enrollment_id)


def _timed(one: Enrollment, step: Step, subject: Subject, facts: Facts) -> Item:
    contact_id = one.contact_id or subject.writes_to
    inward = step.verb in ("notify", "task")
    hours = facts.person_hours(subject.owner_id) if inward else facts.contact_hours(contact_id)
    its_id = touch_id(subject.stream, one.enrollment_id, step.name)
    found = _slot(one, step, subject, facts, hours, its_id)
    what: str = "draft" if step.review and not one.approved else step.verb
    why = _why(one, step)
    if found is None:
        opens = one.anchor_at
        reason = "the calendar leaves no slot in its window"
        return Item(opens, "skip", step.name, reason, one.enrollment_id, its_id)
    at: datetime | None = max(found.at, one.anchor_at)
    closes = _until(found, step)
    moved = found.moved
    if one.approved:
        # An approved draft goes at once, inside the hours of its window.
        at = hours.next_open(max(found.at, min(facts.now, closes)))
    if facts.now > closes + facts.grace and its_id not in facts.open_sends:
        what, at, closes, moved = _late(what, closes, hours, facts, found.moved)
    if its_id in facts.open_sends:
        at = facts.open_sends[its_id]
    at, why = _barred(step, contact_id, subject, at, why, what)
    return Item(
        at,
        what,
        step.name,
        why,
        one.enrollment_id,
        its_id,
        contact_id,
        found.window.opens,
        closes,
        found.at,
        moved,
    )


def _barred(
    step: Step, contact_id: str | None, subject: Subject, at: datetime | None, why: str, what: str
) -> tuple[datetime | None, str]:
    if step.verb == "mail" and contact_id is None:
        return None, "nobody to write to"
    if subject.halted in NO_DATE and what != "missed":
        return None, f"{why}; held: {subject.halted}"
    return at, why


def _late(
    what: str, closes: datetime, hours: Hours, facts: Facts, moved: str | None
) -> tuple[str, datetime, datetime, str | None]:
    """What becomes of a step whose window has passed: missed, or the next open slot."""
    if what not in ("mail", "draft"):
        return what, facts.now, closes, moved
    if facts.rules.calendar.after_downtime == "skip":
        return "missed", closes, closes, moved
    at = hours.next_open(facts.now)
    return what, at, at + FIRST_WINDOW, "moved past an outage or a pause"


def _slot(
    one: Enrollment, step: Step, subject: Subject, facts: Facts, hours: Hours, key: str
) -> Slot | None:
    if step.after is None:
        return _first(one, subject, facts, hours, key)
    anchors = {"start": one.started_at, "stage_entry": subject.stage_entered_at}
    anchor = anchors.get(step.after.anchor) or one.anchor_at
    wide = window(anchor, step.after, hours)
    if one.parked_until and one.parked_until > wide.opens:
        length = wide.closes - wide.opens
        wide = Window(one.parked_until, one.parked_until + max(length, FIRST_WINDOW))
    return slot(wide, key, hours, facts.rules.calendar.slot)


def _first(one: Enrollment, subject: Subject, facts: Facts, hours: Hours, key: str) -> Slot | None:
    start = max(one.anchor_at, one.parked_until or one.anchor_at)
    if not subject.spread_first:
        return first_slot(start, hours)
    wide = Window(start, start + FIRST_WINDOW)
    return slot(wide, key, hours, facts.rules.calendar.slot)


def _until(found: Slot, step: Step) -> datetime:
    """Until when a touch may go; a first touch, which has no window, may be two days late."""
    return found.until if step.after is not None else found.at + FIRST_WINDOW


def _why(one: Enrollment, step: Step) -> str:
    name = one.part.partition(":")[2]
    if step.after is None:
        return f"first step of {name}"
    said = str(step.after)
    return f"{name}: {said}" if " since " in said else f"{name}: {said} after the previous touch"
