"""What an enrollment does next, and when: the one place where cadences and nurtures tick."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from domain.enrollment import Enrollment
from domain.facts import Facts, Rules
from domain.ids import digest
from domain.limits import WORDS
from domain.playbooks.sequence import Cadence, Sequence, Step
from domain.times.calendar import Hours, Slot, SlotMode, Window, first_slot, slot, window
from domain.times.duration import Span

PATIENCE = timedelta(days=5)
"""How long after its last touch a sequence waits for an answer before it counts as unanswered."""

FIRST_WINDOW = timedelta(hours=48)
"""How long a first touch, which has no window of its own, may be late before it is missed."""


DOWNTIME = "downtime"
"""Why an enrollment is parked whose touch was swallowed and goes in a new window."""

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

    `what` is the verb of a step (mail, draft, call, task, notify, wait_for), or missed, late,
    skip, yield, end, task_due; or, for the deal itself, flag, rung, promise_soon,
    promise_overdue, wait_over, resume. Of both, stuck: its calendar never opens.
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


@lru_cache(maxsize=8192)
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
        return _waiting(one, step, facts)
    return _timed(one, step, subject, facts)


def reaches_somebody(one: Enrollment, writes_to: str | None) -> bool:
    """Whether an enrollment has anybody to write to; one that has nobody stands still."""
    return one.contact_id is not None or writes_to is not None


def _ending(one: Enrollment, sequence: Sequence) -> Item:
    asks = isinstance(sequence, Cadence) or sequence.if_no_answer
    patient = PATIENCE if asks and one.touched else timedelta(0)
    why = f"{one.part.partition(':')[2]} has no further step"
    return Item(one.anchor_at + patient, "end", "end", why, one.enrollment_id)


def _waiting(one: Enrollment, step: Step, facts: Facts) -> Item:
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
    its_id, verb, why = touch_id(subject.stream, one.enrollment_id, step.name), step.verb, ""
    if verb == "mail" and contact_id is None:
        why = "nobody to write to"
        return Item(None, verb, step.name, why, one.enrollment_id, its_id, contact_id)
    inward = verb in ("notify", "task")
    hours = facts.person_hours(subject.owner_id) if inward else facts.contact_hours(contact_id)
    found = _slot(one, step, subject, facts, hours, its_id)
    what, at, closes, moved = _fate(found, one, step, subject, facts, hours, its_id)
    why = "the calendar leaves no slot in its window" if found is None else _why(one, step)
    if what == "yield":
        why = f"{why}; waits: {subject.halted}"
    if its_id in facts.waits_for:
        word = facts.waits_for[its_id]
        why = f"{why}; waits: {WORDS.get(word, word.replace('_', ' '))}"
    if subject.halted in NO_DATE:
        at, why = None, f"{why}; held: {subject.halted}"
    return Item(
        at=at,
        what=what,
        name=step.name,
        why=why,
        enrollment_id=one.enrollment_id,
        touch_id=its_id,
        contact_id=contact_id,
        opens=found.window.opens if found else None,
        closes=closes,
        slot_at=found.at if found else None,
        moved=moved,
    )


def _fate(
    found: Slot | None,
    one: Enrollment,
    step: Step,
    subject: Subject,
    facts: Facts,
    hours: Hours,
    its_id: str,
) -> tuple[str, datetime | None, datetime | None, str | None]:
    """What becomes of a step, when, until when, and why it was moved if it was."""
    if found is None:
        return "skip", one.anchor_at, None, None
    what: str = "draft" if step.review and not one.approved else step.verb
    closes, at = _until(found, step), max(found.at, one.anchor_at)
    if its_id in facts.open_sends:
        return what, facts.open_sends[its_id], closes, found.moved
    waits = subject.halted is not None and subject.halted not in NO_DATE
    if step.verb == "mail" and waits:
        return "yield", at, closes, found.moved
    if facts.now <= closes + facts.grace:
        at = _moment(what, at, found.window.opens, closes, one, subject, facts, hours)
        return what, at, closes, found.moved
    if what in ("mail", "draft"):
        skips = facts.rules.calendar.after_downtime == "skip"
        return "missed" if skips else "late", closes, closes, found.moved
    at = hours.next_open(facts.now)
    return what, at, at + FIRST_WINDOW, "moved past an outage or a pause"


def _moment(
    what: str,
    at: datetime,
    opens: datetime,
    closes: datetime,
    one: Enrollment,
    subject: Subject,
    facts: Facts,
    hours: Hours,
) -> datetime:
    """When a step with a slot is taken: for a mail in it, for what people do in their hours."""
    if what == "draft":
        # The whole window is there to read it, not what the slot leaves of it.
        return max(min(facts.person_hours(subject.owner_id).next_open(opens), at), one.anchor_at)
    if one.approved:
        return hours.next_open(min(max(opens, facts.now), closes))
    return facts.person_hours(subject.owner_id).next_open(at) if what == "call" else at


def _slot(
    one: Enrollment, step: Step, subject: Subject, facts: Facts, hours: Hours, key: str
) -> Slot | None:
    mode = facts.rules.calendar.slot
    late = one.parked_because == DOWNTIME
    if step.after is None:
        start = max(one.anchor_at, one.parked_until or one.anchor_at)
        many = subject.spread_first or one.because == "import" or late
        return _first(start, hours, key, mode, many)
    anchors = {"start": one.started_at, "stage_entry": subject.stage_entered_at}
    anchor = anchors.get(step.after.anchor) or one.anchor_at
    floor, why = one.started_at, "its window had passed when the sequence began"
    counted = step.after.anchor != "previous_touch"
    if counted and one.step > 0 and one.anchor_at + FIRST_WINDOW > floor:
        floor, why = one.anchor_at + FIRST_WINDOW, "kept apart from the touch before"
    waited = "an outage or a pause" if late else one.parked_because or "parked"
    parked = one.parked_until, f"waited: {waited}"
    return _windowed(step.after, anchor, floor, why, parked, hours, key, mode)


@lru_cache(maxsize=8192)
def _first(start: datetime, hours: Hours, key: str, mode: SlotMode, spread: bool) -> Slot | None:
    if not spread:
        return first_slot(start, hours)
    return slot(Window(start, start + FIRST_WINDOW), key, hours, mode)


@lru_cache(maxsize=8192)
def _windowed(
    after: Span,
    anchor: datetime,
    floor: datetime,
    floor_why: str,
    parked: tuple[datetime | None, str],
    hours: Hours,
    key: str,
    mode: SlotMode,
) -> Slot | None:
    """The slot in the window, without what lies before the floor or the end of the parking.

    The floor is the begin of the enrollment, or two days after the touch before where the
    window counts from something else. Kept, because it is asked for at every wake-up.
    """
    wide, why = window(anchor, after, hours), None
    width = max(wide.closes - wide.opens, FIRST_WINDOW)
    until, parked_why = parked
    if until is not None and until > max(wide.opens, floor):
        wide, why = Window(until, until + width), parked_why
    elif floor >= wide.closes:
        wide, why = Window(floor, floor + width), floor_why
    elif floor > wide.opens:
        wide = Window(floor, wide.closes)
    found = slot(wide, key, hours, mode)
    return found if found is None or why is None else replace(found, moved=found.moved or why)


def _until(found: Slot, step: Step) -> datetime:
    """Until when a touch may go; a first touch, which has no window, may be two days late."""
    return found.until if step.after is not None else found.at + FIRST_WINDOW


def _why(one: Enrollment, step: Step) -> str:
    name = one.part.partition(":")[2]
    if step.after is None:
        return f"first step of {name}"
    said = str(step.after)
    return f"{name}: {said}" if " since " in said else f"{name}: {said} after the previous touch"
