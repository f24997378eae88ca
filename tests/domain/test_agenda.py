"""The agenda: everything that will happen by itself, in order, and when to wake for it."""

from dataclasses import replace

from domain import commands as c
from domain.agenda import agenda
from domain.ahead import due_of
from tests.support.deals import given, opening
from tests.support.moments import at


def test_the_soonest_comes_first_and_what_has_no_date_last() -> None:
    story = given(opening(), c.MakePromise(due_at=at(10), what="x")).after(days=8.5)
    moments = [item.at for item in story.agenda]
    dated = [moment for moment in moments if moment is not None]
    assert dated == sorted(dated)
    assert None not in moments[: len(dated)]


def test_asking_twice_gives_the_same() -> None:
    story = given(opening()).after(days=2)
    assert story.agenda == agenda(story.deal, story.facts)


def test_the_slot_of_a_touch_does_not_wander_as_time_passes() -> None:
    story = given(opening()).after(days=1)
    slot = story.next("second").at
    for day in (1.2, 2, 3):
        later = replace(story.facts, now=at(day))
        found = next(item for item in agenda(story.deal, later) if item.name == "second")
        assert found.at == slot


def test_a_deal_with_nothing_due_may_sleep_for_ever() -> None:
    story = given(opening(contacts=[]), c.LoseDeal(reason="not_a_fit"))
    assert due_of(story.deal, story.facts).at is None


def test_a_mail_in_the_send_ledger_wakes_the_deal_at_its_next_try() -> None:
    story = given(opening(), c.LoseDeal(reason="not_a_fit"))
    sending = replace(story.facts, open_sends={"touch": at(1)})
    assert due_of(story.deal, sending).at == at(1)


def test_a_step_that_is_being_sent_is_due_at_its_next_try() -> None:
    story = given(opening())
    item = story.next("first")
    assert item.touch_id is not None
    sending = replace(story.facts, open_sends={item.touch_id: at(0, hours=3)})
    assert due_of(story.deal, sending).at == at(0, hours=3)


# Promises


def test_a_promise_is_brought_to_mind_a_day_before_and_flagged_after() -> None:
    promise = c.MakePromise(due_at=at(7, hours=2), what="x")
    story = given(opening(enroll=False), promise).after(days=8)
    (reminded,), (overdue,) = story.found("promise_reminded"), story.found("promise_overdue")
    assert reminded.at == at(7)
    assert overdue.at == at(7, hours=2)
    assert [told.template for told in story.found("notified")] == ["promise-reminder"] * 2
    assert story.state.promises[0].overdue


def test_a_promise_of_the_same_day_needs_no_reminder() -> None:
    story = given(opening(enroll=False), c.MakePromise(due_at=at(hours=5), what="x"))
    story.after(days=1)
    assert story.found("promise_reminded") == []
    assert len(story.found("promise_overdue")) == 1


def test_whoever_promised_is_reminded() -> None:
    promise = c.MakePromise(due_at=at(7), owner_id="P-2", what="x")
    story = given(opening(enroll=False), promise).after(days=8)
    assert {told.person_id for told in story.found("notified")} == {"P-2"}


def test_a_kept_promise_is_quiet() -> None:
    story = given(opening(enroll=False), c.MakePromise(due_at=at(3), what="x"))
    story.when(c.KeepPromise(promise_id=story.state.promises[0].promise_id)).after(days=9)
    assert story.found("notified") == []


def test_an_outage_over_a_promise_flags_it_once_and_does_not_remind() -> None:
    story = given(opening(enroll=False), c.MakePromise(due_at=at(3), what="x"))
    story.outage(days=9).woken()
    assert story.found("promise_reminded") == []
    assert len(story.found("promise_overdue")) == 1


def test_the_promises_of_a_lost_deal_are_quiet() -> None:
    story = given(opening(), c.MakePromise(due_at=at(3), what="x"), c.LoseDeal(reason="not_a_fit"))
    assert story.after(days=9).found("promise_overdue") == []


# Pauses


def test_a_pause_with_an_end_ends_by_itself() -> None:
    story = given(opening(), c.PauseDeal(until=at(2))).after(days=3)
    assert [resumed.at for resumed in story.found("deal_resumed")] == [at(2)]


def test_a_paused_deal_is_still_reminded_of_its_promises() -> None:
    story = given(opening(), c.PauseDeal(), c.MakePromise(due_at=at(3), what="x")).after(days=4)
    assert len(story.found("promise_reminded")) == 1
