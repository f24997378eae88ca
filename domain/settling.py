"""What becomes of a touch or a notice once the mail room knows its outcome."""

from dataclasses import replace
from datetime import datetime
from typing import Literal

from domain import deal_events as d
from domain import touch_events as e
from domain.agenda import Aggregate, subject_of
from domain.course import DOWNTIME, Plan, next_item
from domain.deal import Deal
from domain.event import Happened
from domain.evolution import moved_on
from domain.facts import Facts
from domain.following import ended
from domain.reactions import touch_told
from domain.times.calendar import NothingOpen

Outcome = Literal["sent", "refused", "in_doubt", "missed", "cancelled"]

PASSING = frozenset({"step_passed"})
"""Cancellations of one touch alone: the enrollment went past it and goes on."""

FAULTS = frozenset({"template", "too_large", "mailbox"})
"""Refusals that are faults of ours: the deal asks for attention."""


def settle(
    state: Aggregate,
    plan: Plan,
    outcome: Outcome,
    facts: Facts,
    reason: str = "",
    suppress: bool = False,
) -> list[Happened]:
    """The events that an outcome of a touch means for its deal or nurture.

    `reason` starts with a stable word ("template: …"). A refusal that suppresses is a hard
    bounce and ends the enrollment, as does every cancellation that lasts.
    """
    told = touch_told(plan) | {"at": facts.now}
    one = next((x for x in state.enrollments if x.enrollment_id == plan.enrollment_id), None)
    alive = one is not None and one.active
    if outcome == "sent":
        return [e.TouchSent.model_validate(told)]
    told["reason"] = reason
    if outcome == "missed":
        return [e.TouchMissed.model_validate(told)]
    if outcome == "in_doubt":
        return [e.TouchInDoubt.model_validate(told)]
    if outcome == "cancelled":
        over = one is not None and alive and reason not in PASSING
        last = ended(state, one, reason, facts.now) if one is not None and over else []
        return [e.TouchCancelled.model_validate(told), *last]
    events: list[Happened] = [e.TouchRefused.model_validate(told | {"suppress": suppress})]
    if suppress and one is not None and alive:
        events += ended(state, one, "hard_bounce", facts.now)
    if reason.partition(":")[0] in FAULTS and isinstance(state, Deal):
        events.append(d.AttentionRaised(at=facts.now, reason=f"{plan.template}: {reason}"))
    return events


def postponed(state: Aggregate, plan: Plan, facts: Facts) -> tuple[Happened, Plan] | None:
    """A planned touch in a window that begins now, with its slot in it, and the event of that.

    None where the calendar leaves it no slot, or its enrollment is elsewhere by now.
    """
    its_id = plan.enrollment_id
    parked = e.EnrollmentParked(
        at=facts.now, enrollment_id=its_id, until=facts.now, reason=DOWNTIME
    )
    after = moved_on(state, [parked])
    one = next((x for x in after.active_enrollments if x.enrollment_id == its_id), None)
    if one is None:
        return None
    rest = {key: at for key, at in facts.open_sends.items() if key != plan.touch_id}
    try:
        item = next_item(one, subject_of(after, facts), replace(facts, open_sends=rest))
    except NothingOpen:
        return None
    if item.touch_id != plan.touch_id or not (item.slot_at and item.opens and item.closes):
        return None
    slot, opens, closes = item.slot_at, item.opens, item.closes
    return parked, replace(plan, slot_at=slot, opens=opens, closes=closes, moved=item.moved)


def settle_notice(touch_id: str, outcome: Outcome, now: datetime, reason: str = "") -> Happened:
    """The event that the outcome of a notice to one of ours means."""
    return e.NoticeSettled(at=now, touch_id=touch_id, outcome=outcome, reason=reason or None)
