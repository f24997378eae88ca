"""Stagnation: what counts as quiet, who is told, and what ends it."""

from domain import commands as c
from tests.domain.test_beginning import importing
from tests.domain.test_moves import SIGNED, in_offer
from tests.support.deals import BOATS, Story, given, opening, told
from tests.support.moments import at


def quiet(**more: object) -> Story:
    """A deal of which nobody is reminded by a cadence."""
    return given(opening(enroll=False, **more))


def flags(story: Story) -> list[tuple[str, object]]:
    """What was flagged, and when."""
    return [(flag.reason, flag.at) for flag in story.found("stagnation_flagged")]


# The measures


def test_silence_is_flagged_when_its_limit_has_passed() -> None:
    story = quiet().after(days=15)
    assert flags(story) == [("silence", at(14))]
    flag = story.found("stagnation_flagged")[0]
    assert (flag.since, flag.limit, flag.rule) == (at(), "14 days", "boats/limits@1")


def test_silence_is_judged_when_a_running_cadence_has_ended() -> None:
    story = given(opening()).after(days=40)
    ended = story.found("enrollment_ended")[0].at
    assert flags(story) == [("silence", ended)]


def test_a_cadence_with_nobody_to_write_to_does_not_hide_the_silence() -> None:
    story = given(opening(contacts=[])).after(days=15)
    assert flags(story) == [("silence", at(14))]


def test_a_cadence_that_ends_with_a_mail_leaves_time_for_an_answer() -> None:
    text = BOATS.replace("    if_no_answer: {task: revive-or-close, due_in: 2 business days}\n", "")
    story = given(opening(), text=text).after(days=40)
    last = story.found("touch_sent")[-1].at
    assert (story.found("stagnation_flagged")[0].at - last).days == 5


def test_our_own_automatic_mail_is_no_activity() -> None:
    story = given(opening()).after(days=40)
    assert len(story.sent()) == 4
    assert story.state.active_at == at()
    assert story.state.heard_at is None


def test_time_in_a_stage_is_flagged_once_a_visit() -> None:
    story = in_offer().when(c.AgreeWait(until=at(1)))
    story.when(c.MakePromise(due_at=at(90), what="x"), c.AdvanceDeal(stage="deck"))
    story.after(days=100)
    reasons = [reason for reason, _ in flags(story)]
    assert reasons.count("in_stage") == 1
    assert ("in_stage", at(20)) in flags(story)
    story.when(c.MoveBackDeal(stage="offer"), c.AdvanceDeal(stage="deck", override="again"))
    story.after(days=100)
    reasons = [reason for reason, _ in flags(story)]
    assert reasons.count("in_stage") == 2


def test_a_stage_may_want_a_decision() -> None:
    story = in_offer().when(c.AdvanceDeal(stage="deck", override="x")).after(days=11)
    assert ("decide_within", at(10)) in flags(story)


def test_they_wrote_and_nobody_answered() -> None:
    story = quiet().when(c.RecordReply()).after(days=2)
    assert flags(story) == [("our_turn", at(1))]


def test_a_business_day_is_one_of_the_owners() -> None:
    story = given(opening(enroll=False), now=at(4)).when(c.RecordReply()).after(days=5)
    assert flags(story) == [("our_turn", at(7))]


# Who is told


def test_the_ladder_is_climbed_rung_by_rung() -> None:
    story = quiet().after(days=40)
    assert [(rung.rung, rung.what) for rung in story.found("escalated")] == [
        (0, "notify:owner"),
        (1, "notify:manager"),
        (2, "task:revive-or-close"),
    ]
    assert [told.person_id for told in story.found("notified")] == ["P-1", "P-2"]
    assert [rung.at for rung in story.found("escalated")] == [at(14), at(17), at(24)]
    assert [task.name for task in story.state.tasks] == ["revive-or-close"]


def test_nobody_is_told_at_midnight() -> None:
    story = given(opening(enroll=False), now=at(hours=13)).after(days=40)
    assert flags(story)[0] == ("silence", at(14, hours=13))
    hours = story.facts.person_hours("P-1")
    assert all(hours.is_open(told.at) for told in story.found("notified"))
    assert story.found("notified")[0].at == at(15)


def test_a_task_that_is_open_already_is_not_asked_for_again() -> None:
    story = given(opening()).after(days=60)
    names = [task.name for task in story.found("task_created")]
    assert names.count("revive-or-close") == 1
    assert len(story.found("escalated")) == 3


def test_a_second_reason_starts_no_second_ladder() -> None:
    story = quiet().after(days=100)
    assert [reason for reason, _ in flags(story)] == ["silence", "in_stage"]
    assert len(story.found("escalated")) == 3


def test_a_manager_who_is_nobody_is_recorded_as_nobody() -> None:
    story = given(opening(enroll=False, owner_id="P-2")).after(days=40)
    assert [told.person_id for told in story.found("notified")] == ["P-2", None]


# What ends it


def test_activity_that_the_playbook_names_clears_everything() -> None:
    story = quiet().after(days=15).when(c.LogActivity(activity="meeting"))
    story.then("activity_logged", "stagnation_cleared")
    assert story.state.flags == ()
    assert story.state.stagnant_since is None


def test_a_note_clears_nothing() -> None:
    assert quiet().after(days=15).when(c.LogActivity(activity="note")).state.flags


def test_activity_from_before_the_quiet_clears_nothing() -> None:
    story = quiet().when(c.RecordReply()).after(days=2)
    story.when(c.LogActivity(activity="call", at=at()))
    assert story.found("stagnation_cleared") != []
    story = quiet().after(hours=1).when(c.RecordReply()).after(days=2)
    story.when(c.LogActivity(activity="call", at=at()))
    assert [flag.reason for flag in story.state.flags] == ["our_turn"]


def test_an_answer_of_ours_ends_our_turn_alone() -> None:
    story = quiet().after(days=15).when(c.RecordReply()).after(days=2)
    story.when(c.LogActivity(activity="email"))
    assert story.state.flags == ()
    later = quiet().when(c.RecordReply()).after(days=15)
    assert [flag.reason for flag in later.state.flags] == ["our_turn", "silence"]
    later.when(c.LogActivity(activity="email"))
    assert [flag.reason for flag in later.state.flags] == ["silence"]


def test_a_kept_promise_is_an_answer() -> None:
    story = quiet().when(c.MakePromise(due_at=at(9), what="x"), c.RecordReply()).after(days=2)
    story.when(c.KeepPromise(promise_id=story.state.promises[0].promise_id))
    story.then("promise_kept", "stagnation_cleared")


def test_a_change_of_stage_ends_what_was_measured_in_the_old_one() -> None:
    text = BOATS.replace("[reply, call, meeting, stage_change]", "[reply]")
    story = given(opening(enroll=False), c.LogActivity(activity="call"), text=text)
    story.after(days=61)
    assert {flag.reason for flag in story.state.flags} == {"silence", "in_stage"}
    story.when(c.AdvanceDeal(stage="visit"))
    assert [flag.reason for flag in story.state.flags] == ["silence"]


def test_a_close_ends_stagnation_and_none_begins_after_it() -> None:
    story = quiet().after(days=15).when(SIGNED, c.WinDeal()).after(days=300)
    assert story.state.flags == ()
    assert len(flags(story)) == 1
    lost = quiet().after(days=15).when(c.LoseDeal(reason="price")).after(days=300)
    assert len(flags(lost)) == 1


def test_it_is_flagged_again_only_when_quiet_begins_anew() -> None:
    story = quiet().after(days=15).when(c.LogActivity(activity="call")).after(days=13)
    assert len(flags(story)) == 1
    story.after(days=2)
    assert flags(story) == [("silence", at(14)), ("silence", at(29))]
    assert len(story.found("notified")) == 2


# Agreed waits


def test_an_agreed_wait_is_no_stagnation_until_it_is_overdue() -> None:
    story = quiet().when(c.AgreeWait(until=at(30))).after(days=29)
    assert flags(story) == []
    story.after(days=2)
    assert flags(story) == [("wait_overdue", at(30))]
    assert story.state.wait_until is None
    assert story.found("notified")[0].person_id == "P-1"


def test_an_agreed_wait_clears_what_was_flagged() -> None:
    story = quiet().after(days=15).when(c.AgreeWait(until=at(40)))
    story.then("wait_agreed", "stagnation_cleared")


def test_silence_is_counted_anew_after_a_wait() -> None:
    story = quiet().when(c.AgreeWait(until=at(30))).after(days=50)
    assert flags(story) == [("wait_overdue", at(30)), ("silence", at(44))]


# Limits that change, imports


def test_a_shorter_limit_holds_for_deals_in_flight() -> None:
    story = quiet().after(days=8).ruled(BOATS.replace("silence: 14 days", "silence: 7 days"))
    story.after(days=0.1)
    assert [reason for reason, _ in flags(story)] == ["silence"]
    assert story.found("stagnation_flagged")[0].rule == "boats/limits@2"


def test_a_longer_limit_takes_a_flag_away_and_may_raise_it_again() -> None:
    story = quiet().after(days=15).ruled(BOATS.replace("silence: 14 days", "silence: 30 days"))
    story.after(days=1)
    assert told(story.last) == ["stagnation_cleared"]
    assert story.found("stagnation_cleared")[0].by == "limit_changed"
    story.after(days=20)
    assert flags(story) == [("silence", at(14)), ("silence", at(30))]


def test_an_import_flags_silently_and_later_quiet_is_told() -> None:
    story = given(importing()).after(days=20)
    assert story.found("notified") == []
    story.when(c.LogActivity(activity="call")).after(days=15)
    assert [told.template for told in story.found("notified")] == ["stagnation-notice"]
