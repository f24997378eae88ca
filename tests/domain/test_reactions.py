"""Reactions: what the house does by itself, once, and never more than is due."""

from dataclasses import replace

import pytest

from domain import commands as c
from domain.ahead import due_of
from domain.reactions import ROUNDS_MAX, react
from tests.domain.test_course import drafting
from tests.support.deals import BOATS, given, opening, told
from tests.support.moments import at


def test_nothing_due_is_nothing_done() -> None:
    story = given(opening()).after(days=1)
    assert react(story.deal, story.facts).events == []
    assert react(story.deal, story.facts).plans == []


def test_a_mail_is_planned_and_not_decided() -> None:
    story = given(opening())
    reaction = react(story.deal, story.facts)
    assert [plan.step for plan in reaction.plans] == ["first"]
    assert reaction.events == []
    assert reaction.state == story.deal


def test_a_mail_in_the_send_ledger_is_left_to_it() -> None:
    story = given(opening())
    (plan,) = react(story.deal, story.facts).plans
    sending = replace(story.facts, open_sends={plan.touch_id: at(0, hours=1)})
    assert react(story.deal, sending).plans == []
    much_later = replace(sending, now=at(30))
    assert react(story.deal, much_later).plans == []


def test_reacting_twice_changes_nothing_more() -> None:
    story = given(opening(), c.MakePromise(due_at=at(20), what="x")).after(days=8.5)
    once = react(story.deal, replace(story.facts, now=at(30)))
    again = react(once.state, replace(story.facts, now=at(30)))
    assert once.events
    assert again.events == []


def test_several_things_due_at_once_happen_in_order_of_their_moment() -> None:
    story = given(opening(enroll=False), c.MakePromise(due_at=at(3), what="x"))
    events = react(story.deal, replace(story.facts, now=at(70))).events
    assert told(events) == [
        "promise_overdue",
        "notified",
        "stagnation_flagged",
        "stagnation_flagged",
        "escalated",
        "notified",
    ]


def test_after_a_reaction_the_next_moment_lies_ahead() -> None:
    story = given(opening()).outage(days=100).woken()
    due = due_of(story.deal, story.facts).at
    assert due is not None
    assert due > story.now


def test_the_ids_of_what_is_made_follow_from_the_deal() -> None:
    one = given(opening()).after(days=40)
    other = given(opening()).after(days=40)
    assert one.events == other.events


def test_a_draft_whose_slot_is_gone_is_missed_here_and_now() -> None:
    story = drafting()
    calendar = story.facts.rules.calendar.model_copy(
        update={"no_slot_in_window": "skip", "working_days": _sundays()}
    )
    story.facts = replace(story.facts, rules=replace(story.facts.rules, calendar=calendar))
    story.when(c.DropTask(task_id=story.state.tasks[0].task_id))
    story.then("task_dropped", "touch_missed")
    assert story.found("touch_missed")[0].slot_at == story.now


def _sundays() -> object:
    """A week of Sundays."""
    text = BOATS.replace("working_days: Mon-Fri", "working_days: [Sun]")
    return given(text=text).facts.rules.calendar.working_days


def test_a_calendar_that_skips_leaves_out_what_has_no_slot() -> None:
    text = BOATS.replace('"09:00-17:00"}', '"09:00-17:00", no_slot_in_window: skip}')
    text = text.replace("3-5 days, mail: second", "1-2 days, mail: second")
    story = given(opening(), text=text, now=at(4)).after(days=2)
    (skipped,) = story.found("step_skipped")
    assert skipped.step == "second"
    assert "no slot" in skipped.reason


def test_rules_that_never_come_to_rest_are_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    story = given(opening(), c.PauseDeal(until=at(1))).outage(days=2)
    monkeypatch.setitem(react.__globals__["_HANDLERS"], "resume", lambda done, item, facts: None)
    with pytest.raises(RuntimeError, match="is due and changes nothing"):
        react(story.deal, story.facts)
    assert ROUNDS_MAX > 50
