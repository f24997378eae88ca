"""Whether a touch may go right now: asked in the very transaction that enters `data`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from domain.course import DOWNTIME, NO_DATE, Plan, Subject, current_step
from domain.enrollment import Enrollment
from domain.facts import ContactFacts, Facts
from domain.limits import CAPS, Held

HOLD = timedelta(hours=6)
"""How long a held touch waits before it is looked at again, if nothing released it earlier."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`go`, or what becomes of the touch instead, and why; `move` is into a window of its own.

    `until` is when a deferred one is tried again (business time), `key` the queue of the limit
    that it waits in, if it is one.
    """

    word: Literal["go", "cancel", "defer", "miss", "move"]
    reason: str = ""
    until: datetime | None = None
    key: str | None = None


GO = Verdict("go")

TOO_LATE = "the window closed before the mail could go"
"""Why a touch is missed that waited for something until its window was over."""


def blocked(contact: ContactFacts | None, purpose: str) -> str | None:
    """Why this contact may not be written to for this purpose; None when it may.

    A suppressed address bars everything; marketing wants a consent that holds now; sales and
    service mail goes until the contact opts out (`docs/decisions`: bases of a send).
    """
    if contact is None:
        return "no_contact"
    if not contact.has_address:
        return "no_address"
    if contact.suppressed is not None:
        return contact.suppressed
    if contact.opted_out & {"*", purpose}:
        return "opt_out"
    if purpose == "marketing" and "marketing" not in contact.consents:
        return "no_consent"
    return None


def permit(
    plan: Plan,
    subject: Subject,
    one: Enrollment | None,
    facts: Facts,
    mail_stopped: bool,
    held: Held | None = None,
) -> Verdict:
    """The verdict on a planned touch, as of `facts.now`; `held` is what it last waited for.

    The order matters: what stops for good comes before what only waits.
    """
    gone = _overtaken(plan, one, facts)
    if gone:
        return Verdict("cancel", gone)
    barred = blocked(facts.contacts.get(plan.contact_id or ""), plan.purpose)
    if barred:
        return Verdict("cancel", barred)
    if subject.halted in NO_DATE:
        return Verdict("defer", subject.halted or "", facts.now + HOLD)
    halted = "mail_stopped" if mail_stopped else subject.halted
    if facts.now > plan.closes + facts.grace and not _again(plan, one):
        return _late(plan, facts, halted, held)
    if halted:
        until = max(min(plan.closes + facts.grace, facts.now + HOLD), facts.now)
        return Verdict("defer", halted, until + timedelta(seconds=1))
    return _timely(plan, one, facts)


def _late(plan: Plan, facts: Facts, halted: str | None, held: Held | None) -> Verdict:
    """A touch whose window is over: missed, or moved if an outage or a pause swallowed it.

    One that is still held is judged when it is let go: moving it meanwhile would move it again.
    """
    capped = held is not None and held.word in CAPS and held.until > plan.closes
    if capped or facts.rules.calendar.after_downtime == "skip":
        return Verdict("miss", TOO_LATE)
    if halted:
        return Verdict("defer", halted, facts.now + HOLD)
    return Verdict("move", DOWNTIME)


def _overtaken(plan: Plan, one: Enrollment | None, facts: Facts) -> str | None:
    if one is None:
        return "no_enrollment"
    if not one.active:
        return one.ended_because or "ended"
    if _again(plan, one):
        return None
    step = current_step(one, facts.rules)
    return None if step is not None and step.name == plan.step else "step_passed"


def _again(plan: Plan, one: Enrollment | None) -> bool:
    """Whether a person had a touch in doubt sent again: its step was passed meanwhile."""
    return one is not None and plan.touch_id in one.doubts


def _timely(plan: Plan, one: Enrollment | None, facts: Facts) -> Verdict:
    hours = facts.contact_hours(plan.contact_id)
    in_slot = plan.slot_at <= facts.now <= plan.slot_at + facts.grace
    if not in_slot and not hours.is_open(facts.now):
        return Verdict("defer", "outside_send_window", hours.next_open(facts.now))
    if one is not None and one.parked_until and facts.now < one.parked_until:
        until = hours.next_open(one.parked_until)
        return Verdict("defer", one.parked_because or "parked", until)
    contact = facts.contacts.get(plan.contact_id or "")
    gap = facts.rules.sequence(one.part, one.version).minimum_gap if one is not None else None
    if gap is not None and contact is not None and contact.mailed_at is not None:
        free = hours.add(contact.mailed_at, gap)
        if free > facts.now:
            return Verdict("defer", "minimum_gap", hours.next_open(free))
    return GO
