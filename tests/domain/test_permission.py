"""Permission: whether a planned touch may go in the moment before it leaves."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain import commands as c
from domain.agenda import subject_of
from domain.course import Plan
from domain.events import kind_of
from domain.facts import ContactFacts
from domain.limits import Held
from domain.permission import HOLD, Verdict, blocked, permit
from domain.reactions import react
from domain.settling import postponed, settle
from tests.support.deals import CONTACTS, Story, given, opening
from tests.support.moments import at

FINE = CONTACTS["C-1"]


def planned() -> tuple[Story, Plan]:
    """A deal whose second mail is due now, and the touch."""
    story = given(opening()).after(days=1)
    due = story.next("second").at
    assert due is not None
    story.facts = replace(story.facts, now=due)
    (plan,) = react(story.deal, story.facts).plans
    return story, plan


def verdict(story: Story, plan: Plan, stopped: bool = False) -> Verdict:
    """What is said about the touch now."""
    one = story.enrollment("row")
    return permit(plan, subject_of(story.deal, story.facts), one, story.facts, stopped)


def later(story: Story, moment: datetime) -> Story:
    """The same deal, at another moment."""
    story.facts = replace(story.facts, now=moment)
    return story


@pytest.mark.parametrize(
    ("told", "purpose", "reason"),
    [
        ({}, "sales", None),
        ({"has_address": False}, "sales", "no_address"),
        ({"suppressed": "complaint"}, "service", "complaint"),
        ({"opted_out": frozenset({"*"})}, "service", "opt_out"),
        ({"opted_out": frozenset({"marketing"})}, "marketing", "opt_out"),
        ({"opted_out": frozenset({"marketing"})}, "sales", None),
        ({"consents": frozenset()}, "marketing", "no_consent"),
        ({"consents": frozenset()}, "service", None),
    ],
)
def test_who_may_be_written_to_depends_on_the_purpose(
    told: dict[str, Any], purpose: str, reason: str | None
) -> None:
    assert blocked(replace(FINE, **told), purpose) == reason


def test_a_contact_that_is_not_there_cannot_be_written_to() -> None:
    assert blocked(None, "sales") == "no_contact"


def test_a_touch_in_its_slot_goes() -> None:
    assert verdict(*planned()).word == "go"


def test_a_stop_fact_cancels_for_good() -> None:
    story, plan = planned()
    assert verdict(story.when(c.RecordReply()), plan) == Verdict("cancel", "reply")
    story, plan = planned()
    assert verdict(story.contact(opted_out=frozenset({"*"})), plan).reason == "opt_out"


def test_a_touch_without_its_enrollment_is_cancelled() -> None:
    story, plan = planned()
    subject = subject_of(story.deal, story.facts)
    assert permit(plan, subject, None, story.facts, False).word == "cancel"


def test_a_touch_whose_step_was_passed_is_cancelled() -> None:
    story, plan = planned()
    gone = settle(story.deal, plan, "missed", story.facts, "x")
    story._keep(gone)
    assert verdict(story, plan) == Verdict("cancel", "step_passed")


def test_a_touch_after_its_window_is_missed_but_for_the_grace() -> None:
    story, plan = planned()
    assert verdict(later(story, plan.closes + timedelta(hours=1)), plan).word == "miss"
    third = story.facts.grace
    assert verdict(later(story, plan.closes + third), plan).word != "miss"


def test_the_kill_switch_holds_until_the_window_closes() -> None:
    story, plan = planned()
    held = verdict(story, plan, stopped=True)
    assert (held.word, held.reason) == ("defer", "mail_stopped")
    assert held.until is not None
    assert story.now < held.until <= story.now + HOLD + timedelta(seconds=1)
    assert verdict(later(story, plan.closes + timedelta(days=1)), plan, stopped=True).word == "miss"


def catching_up(story: Story) -> Story:
    """The same deal under a calendar that makes good what an outage swallowed."""
    rules = story.facts.rules
    calendar = rules.calendar.model_copy(update={"after_downtime": "next_slot"})
    story.facts = replace(story.facts, rules=replace(rules, calendar=calendar))
    return story


def test_a_planned_touch_that_an_outage_swallowed_moves_where_the_playbook_says() -> None:
    story, plan = planned()
    late = catching_up(later(story, plan.closes + timedelta(days=3)))
    assert verdict(late, plan) == Verdict("move", "downtime")
    made = postponed(late.deal, plan, late.facts)
    assert made is not None
    event, moved = made
    assert (kind_of(event), event.at) == ("enrollment_parked", late.now)
    assert late.now <= moved.slot_at <= moved.closes
    assert moved.moved == "waited: an outage or a pause"
    late._keep([event])
    there = verdict(later(late, moved.slot_at), moved)
    assert there.word == "go"


def test_what_many_deals_planned_before_an_outage_moves_in_no_burst() -> None:
    slots = set()
    for number in range(30):
        story = given(opening(), deal_id=f"D-{number}").after(days=1)
        due = story.next("second").at
        assert due is not None
        (plan,) = react(story.deal, later(story, due).facts).plans
        made = postponed(story.deal, plan, later(story, at(13, hours=1)).facts)
        assert made is not None
        slots.add(made[1].slot_at)
    assert len(slots) > 20


def test_a_stop_fact_cancels_what_would_have_moved() -> None:
    story, plan = planned()
    late = catching_up(later(story, plan.closes + timedelta(days=3)))
    assert verdict(late.when(c.RecordReply()), plan) == Verdict("cancel", "reply")


def test_what_is_still_held_moves_when_it_is_let_go() -> None:
    story, plan = planned()
    late = catching_up(later(story, plan.closes + timedelta(days=3)))
    assert verdict(late, plan, stopped=True) == Verdict("defer", "mail_stopped", late.now + HOLD)
    assert verdict(late, plan).word == "move"


@pytest.mark.parametrize(
    ("word", "until", "said"),
    [
        ("mailbox_day", timedelta(seconds=1), "miss"),
        ("minimum_gap", timedelta(hours=9), "miss"),
        ("mailbox_day", timedelta(hours=-9), "move"),
        ("breaker", timedelta(hours=9), "move"),
        ("relay: try later", timedelta(hours=9), "move"),
    ],
)
def test_what_a_limit_held_past_its_window_was_swallowed_by_no_outage(
    word: str, until: timedelta, said: str
) -> None:
    story, plan = planned()
    late = catching_up(later(story, plan.closes + timedelta(days=3)))
    held = Held(word, plan.closes + until)
    one, subject = late.enrollment("row"), subject_of(late.deal, late.facts)
    assert permit(plan, subject, one, late.facts, False, held).word == said


@pytest.mark.parametrize("asked", [c.PauseDeal(), c.RaiseAttention(reason="x")])
def test_a_held_deal_waits_beyond_its_window_and_is_judged_when_it_is_let_go(
    asked: c.AnyCommand,
) -> None:
    story, plan = planned()
    story.when(asked)
    assert verdict(later(story, plan.closes + timedelta(days=9)), plan).word == "defer"
    story.when(c.ResumeDeal() if isinstance(asked, c.PauseDeal) else c.ClearAttention())
    assert verdict(story, plan).word == "miss"


def test_nothing_goes_at_night() -> None:
    story, plan = planned()
    night = verdict(later(story, at(3, hours=14)), plan)
    assert (night.word, night.reason, night.until) == ("defer", "outside_send_window", at(4))


def test_a_parked_touch_waits_for_the_open_hour_after_its_parking() -> None:
    story, plan = planned()
    back = story.now + timedelta(hours=2)
    story.when(c.NoteAbsence(back_at=back))
    parked = verdict(story, plan)
    assert (parked.word, parked.reason) == ("defer", "out_of_office")
    assert parked.until is not None
    assert parked.until >= back


def test_two_mails_to_one_person_keep_their_distance() -> None:
    story, plan = planned()
    story.contact(mailed_at=story.now - timedelta(hours=47))
    near = verdict(story, plan)
    assert (near.word, near.reason) == ("defer", "minimum_gap")
    story.contact(mailed_at=story.now - timedelta(hours=48))
    assert verdict(story, plan).word == "go"


def test_a_touch_in_doubt_may_be_sent_again_by_a_persons_word() -> None:
    story, plan = planned()
    story._keep(settle(story.deal, plan, "in_doubt", story.facts, "no reply"))
    later(story, story.now + timedelta(days=5))
    assert verdict(story, plan).word == "go"
    step = story.enrollment("row").step
    story._keep(settle(story.deal, plan, "sent", story.facts))
    assert story.enrollment("row").step == step
    assert story.enrollment("row").anchor_at == story.now


def test_an_unknown_zone_falls_back_to_the_calendar() -> None:
    story, plan = planned()
    story.facts = replace(story.facts, contacts={"C-1": ContactFacts("C-1")})
    assert verdict(story, plan).word == "go"
