"""Follow-ups: what comes next in a sequence, when, and what becomes of what could not go."""

import itertools
from datetime import datetime, timedelta

import pytest

from domain import commands as c
from domain.course import Plan
from tests.domain.test_beginning import importing
from tests.domain.test_moves import FIELDS, MEETING
from tests.support.deals import BOATS, Story, given, opening, told
from tests.support.moments import at

DAY = timedelta(days=1)
NEXT_SLOT = BOATS.replace('"09:00-17:00"}', '"09:00-17:00", after_downtime: next_slot}')


def gaps(story: Story) -> list[timedelta]:
    """The time between one mail and the next."""
    moments = [event.at for event in story.found("touch_sent")]
    return [later - sooner for sooner, later in itertools.pairwise(moments)]


# In time


def test_the_first_mail_goes_at_the_first_open_minute() -> None:
    story = given(opening(), now=at(hours=-3)).until(at(1))
    assert story.found("touch_sent")[0].at == at()


def test_a_follow_up_goes_three_to_five_days_after_the_touch_before() -> None:
    story = given(opening()).after(days=6)
    assert story.sent() == ["first", "second"]
    (gap,) = gaps(story)
    assert timedelta(hours=72) <= gap <= timedelta(hours=120)


def test_a_touch_tells_its_slot_its_window_and_its_rule() -> None:
    sent = given(opening()).after(days=6).found("touch_sent")[1]
    assert (sent.opens, sent.closes) == (at(3), at(5))
    assert sent.slot_at == sent.at
    assert sent.rule == "boats/cadence:row@1"
    assert sent.contact_id == "C-1"


def test_a_sequence_runs_to_its_end_and_asks_for_what_follows() -> None:
    story = given(opening()).after(days=40)
    assert story.sent() == ["first", "second", "third", "last"]
    ended = story.found("enrollment_ended")[0]
    assert (ended.reason, ended.finished) == ("no_answer", True)
    assert ended.at == story.found("touch_sent")[-1].at + 5 * DAY
    assert story.state.tasks[0].name == "revive-or-close"


def test_an_answer_within_five_days_of_the_last_mail_is_an_answer() -> None:
    story = given(opening()).after(days=40)
    last = story.found("touch_sent")[-1].at
    again = given(opening()).until(last + 4 * DAY).when(c.RecordReply())
    assert again.found("enrollment_ended")[0].reason == "reply"
    assert [task.name for task in again.state.tasks] == ["answer-them"]


def test_a_window_that_the_calendar_empties_is_moved_and_says_so() -> None:
    friday = given(opening(), now=at(4, hours=7.9)).after(days=1)
    second = friday.next("second")
    assert second.moved is None
    text = BOATS.replace("3-5 days, mail: second", "1-2 days, mail: second")
    story = given(opening(), text=text, now=at(4)).after(days=4)
    moved = story.found("touch_sent")[1]
    assert moved.at >= at(7)
    assert "weekend" in (moved.moved or "")


def test_a_call_becomes_a_task_with_a_time() -> None:
    story = given(opening()).after(days=8.5)
    (task,) = story.state.tasks
    assert (task.verb, task.name, task.for_id) == ("call", "ring", "P-1")
    assert task.due_at == task.created_at + DAY
    assert next(item.what for item in story.agenda if item.at is not None) == "task_due"


def test_a_call_not_made_falls_away_and_the_sequence_goes_on() -> None:
    story = given(opening()).after(days=16)
    (dropped,) = story.found("task_dropped")
    assert dropped.reason == "not done in time"
    assert story.sent()[-1] == "third"


def test_a_call_made_is_the_touch_that_the_next_one_counts_from() -> None:
    story = given(opening()).after(days=8.5)
    story.when(c.FinishTask(task_id=story.state.tasks[0].task_id))
    made = story.now
    story.after(days=7)
    third = story.found("touch_sent")[-1]
    assert third.step == "third"
    assert made + 3 * DAY <= third.at
    assert third.at <= made + 5 * DAY or third.moved


def test_a_call_that_must_be_made_holds_its_sequence() -> None:
    story = given(opening(enroll=False), c.EnrollDeal(cadence="extra")).after(days=60)
    assert story.sent() == ["extra-1"]
    (task,) = [task for task in story.state.tasks if task.name == "extra-call"]
    story.when(c.FinishTask(task_id=task.task_id)).after(days=7)
    assert story.sent() == ["extra-1", "extra-2"]


# Nobody to write to


def test_a_deal_without_a_contact_has_nobody_to_write_to_and_does_not_spin() -> None:
    story = given(opening(contacts=[])).after(days=10)
    assert story.last == []
    item = story.next("first")
    assert (item.at, item.why) == (None, "nobody to write to")


def test_the_cadence_begins_when_somebody_joins() -> None:
    story = given(opening(contacts=[])).after(days=10).when(c.LinkContact(contact_id="C-1"))
    story.after(days=4)
    assert story.sent() == ["first"]
    assert story.found("touch_missed") == []
    assert story.enrollment("row").contact_id == "C-1"


# Drafts


def drafting() -> Story:
    """A deal in the offer whose draft is on the owner's list."""
    text = BOATS.replace("- {after: 3-5 days since stage_entry, notify: owner}\n", "")
    ready = c.ChangeDetails(fields=FIELDS)
    story = given(opening(enroll=False), ready, MEETING, c.AdvanceDeal(stage="offer"), text=text)
    return story.until(at(3, hours=1))


def test_a_draft_is_on_the_list_from_the_opening_of_its_window_until_its_close() -> None:
    (draft,) = drafting().state.tasks
    assert (draft.verb, draft.name, draft.for_id) == ("draft", "question", "P-1")
    assert draft.created_at == at(3)
    assert draft.due_at == at(5)


def test_the_owner_is_told_of_a_draft() -> None:
    (notice,) = drafting().found("notified")
    assert (notice.template, notice.about, notice.person_id) == ("draft-waiting", "question", "P-1")


def test_an_approved_draft_goes_at_once() -> None:
    story = drafting()
    story.when(c.FinishTask(task_id=story.state.tasks[0].task_id)).after(hours=1)
    (sent,) = story.found("touch_sent")
    assert (sent.step, sent.at) == ("question", at(3, hours=1))


def test_a_draft_approved_at_night_goes_in_the_morning() -> None:
    story = drafting().until(at(3, hours=12))
    story.when(c.FinishTask(task_id=story.state.tasks[0].task_id)).after(days=2)
    assert story.found("touch_sent")[0].at == at(4)


def test_a_discarded_draft_is_missed_with_that_reason() -> None:
    story = drafting()
    story.when(c.DropTask(task_id=story.state.tasks[0].task_id))
    story.then("task_dropped", "touch_missed")
    assert story.found("touch_missed")[0].reason == "the draft was discarded"
    assert story.after(days=9).sent() == []


def test_a_draft_not_approved_in_time_is_missed() -> None:
    story = drafting().after(days=9)
    assert told(story.last)[:2] == ["task_dropped", "touch_missed"]
    assert story.found("touch_missed")[0].reason == "the draft was not approved in time"
    assert story.found("touch_missed")[0].at == at(5)


def test_a_draft_approved_too_late_is_missed() -> None:
    story = drafting().outage(days=3)
    story.when(c.FinishTask(task_id=story.state.tasks[0].task_id)).woken()
    assert "touch_missed" in told(story.last)


# Missed


def test_an_outage_costs_one_touch_and_the_next_counts_from_its_end() -> None:
    story = given(opening()).after(days=1).outage(days=40).woken()
    assert told(story.last)[0] == "touch_missed"
    assert len(story.found("touch_missed")) == 1
    end = story.now
    story.after(days=6)
    assert end + 3 * DAY <= story.found("task_created")[-1].at <= end + 5 * DAY


def test_after_an_outage_nothing_goes_closer_than_its_window() -> None:
    story = given(opening(enroll=False), c.EnrollDeal(cadence="row")).outage(days=100)
    story.woken().after(days=40)
    assert [missed.step for missed in story.found("touch_missed")] == ["first"]
    assert story.sent() == ["second", "third", "last"]
    assert all(gap >= 3 * DAY for gap in gaps(story))


def test_the_next_slot_may_take_what_an_outage_swallowed() -> None:
    story = given(opening(), text=NEXT_SLOT).after(days=1).outage(days=9, hours=9).woken()
    assert story.found("touch_missed") == []
    story.after(days=4)
    late = story.found("touch_sent")[1]
    assert late.step == "second"
    assert late.moved == "waited: an outage or a pause"
    assert at(11) <= late.at <= at(11, hours=8)
    assert all(gap >= 3 * DAY for gap in gaps(story.after(days=40)))


def minutes(stories: list[Story], step: str) -> set[datetime]:
    """At which different moments the step went, over many deals."""
    sent = [event for story in stories for event in story.found("touch_sent")]
    moments = [event.at for event in sent if event.step == step]
    assert len(moments) == len(stories)
    return set(moments)


@pytest.mark.parametrize(("step", "before"), [("first", 0), ("second", 3)])
def test_what_an_outage_swallowed_goes_in_no_burst(step: str, before: int) -> None:
    saturday = at(-2)
    stories = [
        given(opening(), text=NEXT_SLOT, now=saturday, deal_id=f"D-{number}").after(days=before)
        for number in range(30)
    ]
    late = [story.outage(days=12).woken().after(days=7) for story in stories]
    assert len(minutes(late, step)) > 20


def test_a_playbook_may_want_the_earliest_slot_after_an_outage() -> None:
    text = NEXT_SLOT.replace("after_downtime", "slot: earliest, after_downtime")
    story = given(opening(), text=text).after(days=1).outage(days=9, hours=9).woken().after(days=4)
    assert story.found("touch_sent")[1].at == at(11)


def test_the_first_mails_of_an_import_are_no_burst() -> None:
    told = importing(contacts=[c.Party(contact_id="C-1")], enroll=True)
    stories = [given(told, deal_id=f"D-{number}").after(days=4) for number in range(30)]
    assert len(minutes(stories, "first")) > 20


def test_two_anchored_touches_are_kept_apart_after_a_long_outage() -> None:
    story = given(opening(), c.LoseDeal(reason="price"), text=NEXT_SLOT)
    story.outage(days=400).woken().after(days=9)
    assert story.sent() == ["check-in-3", "check-in-6"]
    assert gaps(story)[0] >= 2 * DAY


def test_a_missed_mail_says_which_window_it_missed() -> None:
    missed = given(opening()).after(days=1).outage(days=40).woken().found("touch_missed")[0]
    assert (missed.opens, missed.closes) == (at(3), at(5))
    assert missed.reason == "its window passed while nothing could go out"


# Paused


def test_a_pause_holds_everything_and_gives_no_date() -> None:
    story = given(opening()).after(days=1).when(c.PauseDeal())
    item = story.next("second")
    assert item.at is None
    assert "held: paused" in item.why
    story.after(days=50)
    assert story.sent() == ["first"]
    assert story.found("touch_missed") == []


def test_a_long_pause_costs_one_touch_and_the_next_counts_from_its_end() -> None:
    story = given(opening()).after(days=1).when(c.PauseDeal(until=at(50))).after(days=80)
    assert [missed.step for missed in story.found("touch_missed")] == ["second"]
    assert story.found("touch_missed")[0].at == at(50)
    assert story.sent() == ["first", "third", "last"]
    assert all(gap >= 3 * DAY for gap in gaps(story))


def test_a_pause_within_the_window_costs_nothing() -> None:
    story = given(opening()).after(days=1).when(c.PauseDeal(until=at(3))).after(days=7)
    assert story.sent() == ["first", "second"]


def test_a_call_is_held_by_a_pause_too() -> None:
    story = given(opening()).after(days=8.5).when(c.PauseDeal(until=at(30))).after(days=10)
    assert [task.name for task in story.state.tasks] == ["ring"]
    story.after(days=20)
    assert story.found("task_dropped")[0].at == at(30)


# Conditions and events


CONDITION = """
playbook: odd
calendar: {zone: UTC, send_window: "09:00-17:00"}
pipeline:
  stages: [{stage: hello, chance: 5%, cadence: row}]
cadences:
  row:
    steps:
    - {mail: first}
    - {after: 1 day, only_if: {contact.persona: [ops]}, notify: owner}
    - {after: 1 day, only_if: {contact.persona: [ops]}, call: ring}
    - {wait_for: trial_finished, at_most: 14 days}
    - {after: 1 day, mail: last}
"""


def test_a_step_of_any_verb_whose_condition_does_not_hold_is_skipped() -> None:
    story = given(opening(playbook="odd"), text=CONDITION).after(days=8)
    assert [skipped.step for skipped in story.found("step_skipped")] == ["owner", "ring"]
    assert story.found("step_skipped")[0].reason == "its condition does not hold"
    assert story.found("notified") == []


def test_a_step_whose_condition_holds_is_taken() -> None:
    story = given(opening(playbook="odd"), text=CONDITION).contact(about={"persona": "ops"})
    story.after(days=8)
    assert story.found("step_skipped") == []
    assert [told.role for told in story.found("notified")] == ["owner"]


def test_an_awaited_event_lets_the_sequence_go_on_at_once() -> None:
    story = given(opening(playbook="odd"), text=CONDITION).after(days=8)
    story.when(c.SeeEvent(name="trial_finished", contact_id="C-1")).after(days=4)
    assert [waited.came for waited in story.found("waited_for")] == [True]
    assert story.sent() == ["first", "last"]


def test_an_event_of_somebody_else_is_not_the_awaited_one() -> None:
    story = given(opening(playbook="odd"), text=CONDITION).after(days=8)
    story.when(c.SeeEvent(name="trial_finished", contact_id="C-2")).after(days=4)
    assert story.found("waited_for") == []


def test_a_wait_for_an_event_has_an_end() -> None:
    story = given(opening(playbook="odd"), text=CONDITION).after(days=30)
    assert [waited.came for waited in story.found("waited_for")] == [False]
    assert story.sent() == ["first", "last"]


# What comes back


def test_a_refused_mail_is_told_and_the_sequence_goes_on() -> None:
    def no_second(plan: Plan) -> str:
        return "refused" if plan.step == "second" else "sent"

    story = given(opening()).after(days=40, answer=no_second)  # type: ignore[arg-type]
    assert story.sent() == ["first", "third", "last"]
    assert story.found("touch_refused")[0].reason == "smtp: 550"


def test_a_mail_in_doubt_counts_as_a_touch_and_is_not_sent_again() -> None:
    story = given(opening()).after(days=6, answer=lambda plan: "in_doubt")
    assert [doubt.step for doubt in story.found("touch_in_doubt")] == ["first", "second"]


@pytest.mark.parametrize("reason", ["opt_out", "hard_bounce", "complaint"])
def test_a_contact_that_may_not_be_written_to_ends_the_sequence_with_the_reason(
    reason: str,
) -> None:
    story = given(opening()).after(days=1)
    known = {"opted_out": frozenset({"*"})} if reason == "opt_out" else {"suppressed": reason}
    story.contact(**known).after(days=5)
    assert told(story.last) == ["touch_cancelled", "enrollment_ended"]
    assert story.found("enrollment_ended")[0].reason == reason


def test_no_touch_is_sent_outside_the_hours_of_its_reader() -> None:
    story = given(opening()).contact(zone="America/Los_Angeles").after(days=40)
    hours = story.facts.contact_hours("C-1")
    sent = story.found("touch_sent")
    assert len(sent) == 4
    assert all(hours.is_open(event.at) for event in sent)
    assert sent[0].at == at(hours=8)
