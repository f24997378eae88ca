"""Explaining: why each touch was made or was not, and what would have to be true."""

from datetime import timedelta

import pytest

from domain import commands as c
from domain.explaining.entry import Explained, Heard, Known
from domain.explaining.explain import explain
from domain.explaining.needs import need_of
from domain.limits import Wait
from tests.domain.test_beginning import importing
from tests.domain.test_course import CONDITION, NEXT_SLOT, drafting
from tests.domain.test_moves import MEETING
from tests.support.deals import Story, given, opening
from tests.support.moments import at


def explained(story: Story) -> dict[tuple[str, str], Explained]:
    """What is told, by step and status."""
    told = explain(heard(story), story.deal, story.facts)
    return {(one.step, one.status): one for one in told}


def heard(story: Story) -> list[Heard]:
    """The story as the ledger would keep it."""
    return [Heard(event, number, "sluice") for number, event in enumerate(story.events, 1)]


def test_a_sent_touch_has_its_cause_its_window_its_slot_and_its_rule() -> None:
    one = explained(given(opening()).after(days=6))["second", "sent"]
    assert one.why == [
        "row began on Mon 2 Mar 09:00 because the deal entered hello",
        "window Thu 5 Mar 09:00 to Sat 7 Mar 09:00: 3-5 days after first, Mon 2 Mar 09:00",
        "slot Thu 5 Mar 15:13, spread over the open hours of the window",
        "rule boats/cadence:row@1",
    ]
    assert one.would_need is None
    assert one.part == "cadence:row"


def test_a_touch_that_waited_says_for_what_until_it_went() -> None:
    story = given(opening()).after(days=6)
    one = explained(story)["second", "sent"]
    sent = one.at
    assert sent is not None
    assert one.touch_id is not None
    since = sent - timedelta(hours=4)
    some = (
        Wait(since, since + timedelta(hours=2), "mailbox_day"),
        Wait(since + timedelta(hours=1), sent - timedelta(seconds=30), "relay: try later"),
        Wait(sent - timedelta(seconds=30), sent + timedelta(hours=1), "breaker"),
    )
    told = explain(heard(story), story.deal, story.facts, known=Known(waits={one.touch_id: some}))
    [why] = [each.why for each in told if each.touch_id == one.touch_id]
    assert [each for each in why if each.startswith("waited")] == [
        "waited from Thu 5 Mar 11:13 to Thu 5 Mar 12:13: its mailbox has sent what it may in a day",
        "waited from Thu 5 Mar 12:13 to Thu 5 Mar 15:12: the relay said to try later",
    ]


def test_the_first_touch_goes_at_the_first_open_minute() -> None:
    one = explained(given(opening()).after(days=1))["first", "sent"]
    assert "slot Mon 2 Mar 09:00, the first open minute" in one.why


def test_a_touch_missed_in_a_pause_names_the_pause() -> None:
    story = given(opening()).after(days=1).when(c.PauseDeal(until=at(9))).after(days=9)
    one = explained(story)["second", "missed"]
    assert "the deal was paused from Tue 3 Mar 09:00 to Wed 11 Mar 09:00" in one.why
    assert one.would_need == "no pause in its window"


def test_a_touch_missed_in_an_outage_wanted_a_running_house() -> None:
    one = explained(given(opening()).after(days=1).outage(days=9).woken())["second", "missed"]
    assert one.would_need == "the house running and mail allowed before Sat 7 Mar 09:00"


def test_a_draft_nobody_approved_wanted_the_owner() -> None:
    one = explained(drafting().after(days=9))["question", "missed"]
    assert one.would_need == "the owner approving the draft before Sat 7 Mar 09:00"


def test_the_steps_behind_a_stop_are_told_with_what_stopped_them() -> None:
    story = given(opening()).after(days=1).when(c.RecordReply())
    found = explained(story)
    assert [step for step, status in found if status == "not_made"] == [
        "second",
        "ring",
        "third",
        "last",
    ]
    one = found["third", "not_made"]
    assert one.why[0] == "row stopped on Tue 3 Mar 09:00: they replied"
    assert one.would_need == "no reply while the sequence runs"


def test_a_cancelled_touch_says_what_barred_it() -> None:
    story = given(opening()).after(days=1).contact(suppressed="hard_bounce").after(days=5)
    one = explained(story)["second", "cancelled"]
    assert "the address does not exist" in one.why
    assert one.would_need == "an address that exists"


def test_a_touch_that_an_outage_swallowed_says_so_where_it_goes_later() -> None:
    story = given(opening(), text=NEXT_SLOT).after(days=1).outage(days=9).woken().after(days=5)
    one = explained(story)["second", "sent"]
    assert "an outage or a pause, over on Thu 12 Mar 09:00, had swallowed its window" in one.why
    assert one.why[-2].endswith("waited: an outage or a pause")


def test_a_first_touch_that_was_spread_is_not_called_the_first_open_minute() -> None:
    imported = given(importing(enroll=True)).after(days=4)
    assert not any("first open minute" in why for why in explained(imported)["first", "sent"].why)
    late = given(opening(), text=NEXT_SLOT, now=at(-2)).outage(days=12).woken().after(days=5)
    assert not any("first open minute" in why for why in explained(late)["first", "sent"].why)


def test_a_parked_touch_says_what_it_waited_for() -> None:
    story = given(opening()).after(days=1).when(c.NoteAbsence(back_at=at(14))).after(days=16)
    one = explained(story)["second", "sent"]
    assert "waited until Mon 16 Mar 09:00: out of office" in one.why
    assert any(why.startswith("moved to") for why in one.why)


def test_a_call_done_or_not_is_told() -> None:
    story = given(opening()).after(days=8.5)
    assert explained(story)["ring", "open"].would_need is not None
    assert "not done in time" in explained(story.after(days=2))["ring", "not_done"].why


def test_a_skipped_step_and_an_awaited_event_are_told() -> None:
    story = given(opening(playbook="odd"), text=CONDITION).after(days=30)
    found = explained(story)
    assert found["owner", "skipped"].would_need == "its condition being true"
    assert found["trial_finished", "did_not_come"].would_need == "trial finished reported in time"


# What is to come


def test_what_comes_next_says_when_and_why() -> None:
    one = explained(given(opening()).after(days=1))["second", "planned"]
    assert one.at is not None
    assert one.why[0] == "row: 3-5 days after the previous touch"
    assert one.why[-1] == "rule boats/cadence:row@1"


def test_what_is_held_says_what_would_let_it_go() -> None:
    nobody = explained(given(opening(contacts=[])))["first", "held"]
    assert nobody.would_need == "a contact linked to the deal"
    paused = explained(given(opening(), c.PauseDeal()))["first", "held"]
    assert paused.would_need == "the deal being resumed"
    fault = explained(given(opening(), c.RaiseAttention(reason="x")))["first", "held"]
    assert fault.would_need == "a person looking into it and clearing the attention"


def test_an_awaited_event_is_what_is_needed() -> None:
    text = CONDITION.replace(", at_most: 14 days", "")
    story = given(opening(playbook="odd"), text=text).after(days=8)
    assert explained(story)["trial_finished", "held"].would_need == "trial finished reported"


def test_what_may_not_go_as_things_stand_is_barred() -> None:
    story = given(opening(), c.LoseDeal(reason="price")).contact(consents=frozenset())
    one = explained(story)["check-in-3", "barred"]
    assert one.why[0] == "as things stand it will not go: no consent"
    assert one.would_need == "a consent of the contact to marketing mail"


def test_stagnation_to_come_says_since_when_it_is_measured() -> None:
    one = explained(given(opening(enroll=False), MEETING))["silence", "planned"]
    assert one.why == [
        "14 days without a word from the other side",
        "rule boats/limits@1",
        "last heard of them: Mon 2 Mar 09:00",
    ]


def test_events_of_a_version_that_is_gone_are_still_told() -> None:
    story = given(opening()).after(days=6).when(c.RecordReply())
    bare = type(story.facts.rules)(playbook="boats", pins={}, calendar=story.facts.rules.calendar)
    told = explain(heard(story), story.deal, type(story.facts)(now=story.now, rules=bare))
    assert [(one.step, one.status) for one in told if one.status == "sent"] == [
        ("first", "sent"),
        ("second", "sent"),
    ]


@pytest.mark.parametrize(
    ("status", "reason", "need"),
    [
        ("sent", "", None),
        ("refused", "template: owner.nme", "a mail that can be written: mend the template"),
        ("refused", "smtp: 550", "a receiving server that takes the mail"),
        ("in_doubt", "no reply", "evidence that it arrived, or a person's word"),
        ("stopped", "demo_requested", "no demo requested while the sequence runs"),
        ("skipped", "the calendar leaves no slot in its window", "an open hour in its window"),
    ],
)
def test_each_reason_has_its_need(status: str, reason: str, need: str | None) -> None:
    assert need_of(status, reason) == need
