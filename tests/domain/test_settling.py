"""Settling: what the outcome of a mail means for its deal."""

import pytest

from domain import commands as c
from domain.course import Plan
from domain.event import Happened
from domain.settling import Outcome, settle, settle_notice
from tests.domain.test_permission import planned
from tests.support.deals import Story, told
from tests.support.moments import at


def settled(
    outcome: Outcome, reason: str = "", suppress: bool = False
) -> tuple[Story, list[Happened]]:
    """A deal after its second mail met this fate, and what happened."""
    story, plan = planned()
    made = settle(story.deal, plan, outcome, story.facts, reason, suppress)
    story._keep(made)
    return story, made


def test_a_sent_mail_is_a_touch() -> None:
    story, made = settled("sent")
    assert told(made) == ["touch_sent"]
    one = story.enrollment("row")
    assert (one.step, one.touched, one.anchor_at) == (2, 2, story.now)
    assert one.last_touch != one.first_touch


def test_a_refusal_passes_the_step() -> None:
    story, made = settled("refused", "smtp: 554")
    assert told(made) == ["touch_refused"]
    assert story.enrollment("row").step == 2


def test_a_refusal_that_suppresses_is_a_hard_bounce() -> None:
    story, made = settled("refused", "smtp: 550", suppress=True)
    assert told(made) == ["touch_refused", "enrollment_ended"]
    assert story.enrollment("row").ended_because == "hard_bounce"


@pytest.mark.parametrize("fault", ["template: owner.nme", "too_large"])
def test_a_fault_of_ours_asks_for_attention(fault: str) -> None:
    story, made = settled("refused", fault)
    assert told(made) == ["touch_refused", "attention_raised"]
    assert story.state.attention == f"second: {fault}"


def test_a_doubt_is_kept_and_the_sequence_goes_on() -> None:
    story, made = settled("in_doubt", "no reply after the message")
    assert told(made) == ["touch_in_doubt"]
    assert story.enrollment("row").step == 2


def test_a_cancelled_touch_ends_its_enrollment() -> None:
    story, made = settled("cancelled", "opt_out")
    assert told(made) == ["touch_cancelled", "enrollment_ended"]
    assert story.enrollment("row").ended_because == "opt_out"


def test_a_touch_that_came_too_late_for_its_step_ends_nothing() -> None:
    story, made = settled("cancelled", "step_passed")
    assert told(made) == ["touch_cancelled"]
    assert story.enrollment("row").active


def test_a_mail_that_went_while_they_answered_is_told_and_revives_nothing() -> None:
    story, plan = planned()
    story.when(c.RecordReply())
    story._keep(settle(story.deal, plan, "sent", story.facts))
    assert not story.enrollment("row").active
    assert story.after(days=60).found("touch_sent")[-1].step == "second"


def test_a_doubt_settled_later_changes_the_count_and_not_the_step() -> None:
    story, plan = planned()
    story._keep(settle(story.deal, plan, "in_doubt", story.facts, "no reply"))
    story._keep(settle(story.deal, plan, "in_doubt", story.facts, "no reply again"))
    story._keep(settle(story.deal, plan, "sent", story.facts))
    assert story.enrollment("row").step == 2
    assert story.enrollment("row").touched == 2


def test_a_touch_of_an_enrollment_nobody_knows_is_told_all_the_same() -> None:
    story, plan = planned()
    other = Plan(**{**{name: getattr(plan, name) for name in Plan.__slots__}, "enrollment_id": "E"})
    assert told(settle(story.deal, other, "cancelled", story.facts, "no_enrollment")) == [
        "touch_cancelled"
    ]


def test_the_outcome_of_a_notice_is_told() -> None:
    story, _ = planned()
    event = settle_notice("t-1", "refused", story.now, "smtp: 550")
    assert event.model_dump(include={"touch_id", "outcome", "reason"}) == {
        "touch_id": "t-1",
        "outcome": "refused",
        "reason": "smtp: 550",
    }
    assert event.at > at()
