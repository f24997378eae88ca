"""What an enrollment does next, and when: the one place where cadences and nurtures tick."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.calendar import Hours, Slot, Window, first_slot, slot, window
from domain.enrollment import Enrollment
from domain.facts import Facts, Rules
from domain.ids import digest
from domain.sequence import Cadence, Sequence, Step

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
    yield, end, task_due; or, for the deal itself, flag, rung, promise_soon, promise_overdue,
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
    its_id, why = touch_id(subject.stream, one.enrollment_id, step.name), _why(one, step)
    bare = Item(None, step.verb, step.name, why, one.enrollment_id, its_id, contact_id)
    if step.verb == "mail" and contact_id is None:
        return replace(bare, why="nobody to write to")
    inward = step.verb in ("notify", "task")
    hours = facts.person_hours(subject.owner_id) if inward else facts.contact_hours(contact_id)
    found = _slot(one, step, subject, facts, hours, its_id)
    if found is None:
        told = "the calendar leaves no slot in its window"
        item = replace(bare, at=one.anchor_at, what="skip", why=told)
    else:
        item = _in_slot(bare, found, one, step, subject, facts, hours)
    if subject.halted in NO_DATE:
        return replace(item, at=None, why=f"{why}; held: {subject.halted}")
    return item


def _in_slot(
    bare: Item,
    found: Slot,
    one: Enrollment,
    step: Step,
    subject: Subject,
    facts: Facts,
    hours: Hours,
) -> Item:
    """The item of a step that has a slot: at it or, when it has passed, what comes of that."""
    closes = _until(found, step)
    slotted = replace(
        bare,
        at=max(found.at, one.anchor_at),
        what="draft" if step.review and not one.approved else step.verb,
        opens=found.window.opens,
        closes=closes,
        slot_at=found.at,
        moved=found.moved,
    )
    sending = facts.open_sends.get(bare.touch_id or "")
    if sending is not None:
        return replace(slotted, at=sending)
    if step.verb == "mail" and subject.halted is not None and subject.halted not in NO_DATE:
        return replace(slotted, what="yield", why=f"{bare.why}; waits: {subject.halted}")
    if facts.now > closes + facts.grace:
        return _late(slotted, hours, facts)
    return replace(slotted, at=_moment(slotted, one, subject, facts, hours))


def _moment(
    item: Item, one: Enrollment, subject: Subject, facts: Facts, hours: Hours
) -> datetime | None:
    """When a step with a slot is taken: for a mail in it, for what people do in their hours."""
    ours = facts.person_hours(subject.owner_id)
    if item.at is None or item.opens is None or item.closes is None:
        return item.at
    if item.what == "draft":
        # The whole window is there to read it, not what the slot leaves of it.
        return max(min(ours.next_open(item.opens), item.at), one.anchor_at)
    if one.approved:
        return hours.next_open(min(max(item.opens, facts.now), item.closes))
    return ours.next_open(item.at) if item.what == "call" else item.at


def _late(item: Item, hours: Hours, facts: Facts) -> Item:
    """What becomes of a step whose window has passed: missed, or the next open slot."""
    if item.what in ("mail", "draft") and facts.rules.calendar.after_downtime == "skip":
        return replace(item, what="missed", at=item.closes)
    at = hours.next_open(facts.now)
    return replace(item, at=at, closes=at + FIRST_WINDOW, moved="moved past an outage or a pause")


def _slot(
    one: Enrollment, step: Step, subject: Subject, facts: Facts, hours: Hours, key: str
) -> Slot | None:
    mode = facts.rules.calendar.slot
    if step.after is None:
        start = max(one.anchor_at, one.parked_until or one.anchor_at)
        if not subject.spread_first:
            return first_slot(start, hours)
        return slot(Window(start, start + FIRST_WINDOW), key, hours, mode)
    anchors = {"start": one.started_at, "stage_entry": subject.stage_entered_at}
    anchor = anchors.get(step.after.anchor) or one.anchor_at
    wide, why = _apart(window(anchor, step.after, hours), one, step)
    found = slot(wide, key, hours, mode)
    return found if found is None or why is None else replace(found, moved=found.moved or why)


def _apart(wide: Window, one: Enrollment, step: Step) -> tuple[Window, str | None]:
    """The window without what lies before the enrollment, its parking or the touch before."""
    floor, why = one.started_at, "its window had passed when the sequence began"
    counted = step.after is not None and step.after.anchor != "previous_touch"
    if counted and one.step > 0 and one.anchor_at + FIRST_WINDOW > floor:
        floor, why = one.anchor_at + FIRST_WINDOW, "kept apart from the touch before"
    parked = one.parked_until
    if parked is not None and parked > max(wide.opens, floor):
        width = max(wide.closes - wide.opens, FIRST_WINDOW)
        return Window(parked, parked + width), f"waited: {one.parked_because or 'parked'}"
    if floor < wide.closes:
        return Window(max(wide.opens, floor), wide.closes), None
    return Window(floor, floor + max(wide.closes - wide.opens, FIRST_WINDOW)), why


def _until(found: Slot, step: Step) -> datetime:
    """Until when a touch may go; a first touch, which has no window, may be two days late."""
    return found.until if step.after is not None else found.at + FIRST_WINDOW


def _why(one: Enrollment, step: Step) -> str:
    name = one.part.partition(":")[2]
    if step.after is None:
        return f"first step of {name}"
    said = str(step.after)
    return f"{name}: {said}" if " since " in said else f"{name}: {said} after the previous touch"
