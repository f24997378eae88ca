"""What a command means: its events, or the fact that speaks against it."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from domain import commands as c
from domain.deal import Deal
from tests.support.deals import BOATS, Story, given, opening, told
from tests.support.moments import at

CALL = c.LogActivity(activity="call")


def running() -> Story:
    """A deal whose first mail went yesterday."""
    return given(opening()).after(days=1)


# Reading a command


def test_a_command_is_read_by_its_kind() -> None:
    assert c.parse({"kind": "win_deal"}) == c.WinDeal()


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "blow_up"},
        {},
        {"kind": "win_deal", "reson": "typo"},
        {"kind": "open_deal", "title": "x" * 10_000, "playbook": "boats"},
        {"kind": "open_deal", "title": "  ", "playbook": "boats"},
        {"kind": "open_deal", "title": "a", "playbook": "no such/name"},
        {"kind": "open_deal", "title": "a", "playbook": "boats", "amount": "-1"},
        {"kind": "open_deal", "title": "a", "playbook": "boats", "currency": "euro"},
        {"kind": "agree_wait", "until": "2026-03-02T09:00:00"},
        {"kind": "log_activity", "activity": "call", "note": "x" * 10_001},
    ],
)
def test_what_cannot_be_read_is_no_command(asked: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        c.parse(asked)


# Details


def test_only_what_differs_is_a_change() -> None:
    story = given(opening(amount="10", currency="EUR"))
    story.when(c.ChangeDetails(amount="10.00", currency="USD")).then("details_changed")
    assert story.last[0].model_dump(include={"changed", "currency", "amount"}) == {
        "changed": ["currency"],
        "currency": "USD",
        "amount": None,
    }
    assert str(story.state.amount) == "10"


def test_nothing_new_is_no_event() -> None:
    story = given(opening(amount="10"))
    story.when(c.ChangeDetails(amount="10")).then()
    story.when(c.ChangeDetails()).then()
    story.when(c.AssignOwner(owner_id="P-1")).then()
    story.when(c.LinkContact(contact_id="C-1")).then()


def test_a_detail_can_be_taken_back() -> None:
    story = given(opening(amount="10")).when(c.ChangeDetails(amount=None))
    assert story.state.amount is None


def test_a_title_never_stands_in_an_event() -> None:
    story = given(opening()).when(c.ChangeDetails(title="Yacht of Anna"))
    story.then("details_changed")
    assert "Anna" not in story.last[0].model_dump_json()


# People and accounts


def test_an_owner_must_be_known() -> None:
    given(opening()).when(c.AssignOwner(owner_id="P-9")).refused("not_found", "P-9")
    assert given(opening(), c.AssignOwner(owner_id="P-2")).state.owner_id == "P-2"


def test_what_a_person_has_to_do_goes_to_another_and_the_rest_stays() -> None:
    asked = c.TransferWork(from_id="P-1", to_id="P-2")
    given(opening()).when(asked.model_copy(update={"to_id": "P-9"})).refused("not_found", "P-9")
    promises = (
        c.MakePromise(due_at=at(days=2), what="Call", owner_id="P-1"),
        c.MakePromise(due_at=at(days=3), what="Send", owner_id="P-2"),
    )
    story = given(opening(), *promises).when(asked).then("work_transferred")
    assert story.state.owner_id == "P-2"
    assert [one.owner_id for one in story.state.promises] == ["P-2", "P-2"]
    story.when(asked).then()
    back = story.when(c.TransferWork(from_id="P-2", to_id="P-1"))
    assert back.state.owner_id == "P-1"


def test_a_contact_must_be_known_wherever_it_is_named() -> None:
    for asked in (
        c.LinkContact(contact_id="C-9"),
        c.RecordReply(contact_id="C-9"),
        c.LogActivity(activity="call", contact_id="C-9"),
        c.NoteAbsence(contact_id="C-9"),
    ):
        given(opening()).when(asked).refused("not_found", "C-9")


def test_a_contact_may_change_its_part() -> None:
    story = given(opening()).when(c.LinkContact(contact_id="C-1", role="decision_maker"))
    assert [party.role for party in story.state.contacts] == ["decision_maker"]


def test_mails_go_to_the_primary_contact() -> None:
    story = given(opening(contacts=[c.Party(contact_id="C-2", role="user")]))
    story.when(c.LinkContact(contact_id="C-1"))
    assert story.state.writes_to == "C-1"


def test_an_account_is_set_once() -> None:
    story = given(opening(), c.SetAccount(account_id="A-1"))
    story.when(c.SetAccount(account_id="A-1")).then()


# Activities and replies


def test_an_unknown_activity_is_refused_with_the_nearest() -> None:
    story = running().when(c.LogActivity(activity="meetng"))
    story.refused("unknown_activity", 'did you mean "meeting"?')


def test_a_reply_logged_as_an_activity_is_a_reply() -> None:
    story = running().when(c.LogActivity(activity="reply", note="yes!"))
    assert told(story.last)[:2] == ["reply_recorded", "enrollment_ended"]
    assert story.last[0].model_dump(include={"note_id"}) == {"note_id": "cmd-2"}


@pytest.mark.parametrize("channel", ["email", "phone", "whatsapp"])
def test_a_reply_on_any_channel_stops_what_runs_and_begins_what_an_answer_begins(
    channel: str,
) -> None:
    story = running().when(c.RecordReply(channel=channel))
    story.then("reply_recorded", "enrollment_ended", "task_created")
    assert story.state.our_turn_since == story.now
    assert [task.name for task in story.state.tasks] == ["answer-them"]
    assert story.after(days=0.5).sent() == ["first"]


def test_a_reply_of_another_contact_counts_as_well() -> None:
    story = running().when(c.LinkContact(contact_id="C-2"), c.RecordReply(contact_id="C-2"))
    assert story.state.active_enrollments == ()


def test_a_meeting_stops_what_names_it_and_a_note_stops_nothing() -> None:
    assert running().when(c.LogActivity(activity="note")).enrollment("row").active
    assert not running().when(c.LogActivity(activity="meeting")).enrollment("row").active
    assert running().when(CALL).enrollment("row").active


def test_a_moment_that_lies_ahead_is_refused_but_for_a_little_slack() -> None:
    late = c.RecordReply(at=at(1) + timedelta(minutes=6))
    running().when(late).refused("in_the_future", "still lies ahead")
    slack = running().when(c.RecordReply(at=at(1) + timedelta(minutes=4)))
    assert slack.state.heard_at == at(1)


def test_an_answer_of_last_week_is_no_answer_to_what_came_today() -> None:
    story = running().when(c.RecordReply())
    story.when(c.LogActivity(activity="call", at=at(0, hours=1)))
    assert story.state.our_turn_since == at(1)
    assert story.when(CALL).state.our_turn_since is None


def test_a_mail_of_our_own_moves_the_next_follow_up() -> None:
    story = running().when(c.LogActivity(activity="email"))
    assert story.enrollment("row").anchor_at == at(1)
    second = story.after(days=6).found("touch_sent")[1]
    assert at(1) + timedelta(hours=72) <= second.at <= at(1) + timedelta(hours=120)


def test_a_reply_to_a_closed_deal_is_nobodys_turn_but_begins_what_the_nurture_says() -> None:
    story = given(opening(), c.LoseDeal(reason="price")).after(days=3)
    story.when(c.RecordReply())
    assert story.state.our_turn_since is None
    assert [task.name for task in story.state.tasks] == ["reopen"]
    assert not story.enrollment("check-in").active


# Away, waiting, paused


def test_a_machine_is_no_reply() -> None:
    story = running().when(c.NoteAbsence())
    story.then("absence_noted")
    assert story.state.heard_at is None
    assert story.enrollment("row").active


def test_an_absence_with_a_date_parks_what_waits_for_the_return() -> None:
    story = running().when(c.NoteAbsence(back_at=at(14)))
    story.then("absence_noted", "enrollment_parked")
    story.after(days=20)
    second = story.found("touch_sent")[1]
    assert at(14) <= second.at <= at(16)
    assert second.moved == "waited: out_of_office"


def test_an_absence_of_somebody_else_parks_nothing() -> None:
    story = running().when(c.NoteAbsence(contact_id="C-2", back_at=at(14)))
    story.then("absence_noted")


def test_a_cadence_may_go_on_over_an_absence() -> None:
    text = BOATS.replace("minimum_gap: 48 hours", "out_of_office: go_on")
    story = given(opening(), text=text).when(c.NoteAbsence(back_at=at(14)))
    story.then("absence_noted")


def test_an_agreed_wait_parks_what_runs_and_what_begins_meanwhile() -> None:
    story = running().when(c.AgreeWait(until=at(21)))
    story.then("wait_agreed", "enrollment_parked")
    story.when(c.EnrollDeal(cadence="extra")).then("enrolled", "enrollment_parked")
    story.after(days=19)
    assert story.sent() == ["first"]


def test_an_absence_does_not_shorten_an_agreed_wait() -> None:
    story = running().when(c.AgreeWait(until=at(21)), c.NoteAbsence(back_at=at(9)))
    assert story.enrollment("row").parked_until == at(21)


def test_a_wait_can_be_agreed_anew() -> None:
    story = running().when(c.AgreeWait(until=at(21)), c.AgreeWait(until=at(9)))
    assert story.enrollment("row").parked_until == at(9)


def test_a_reply_ends_an_agreed_wait() -> None:
    story = running().when(c.AgreeWait(until=at(60)), c.RecordReply())
    assert story.state.wait_until is None
    assert [over.overdue for over in story.found("wait_over")] == [False]


def test_waits_promises_and_pauses_need_a_date_that_lies_ahead() -> None:
    running().when(c.AgreeWait(until=at(1))).refused("in_the_past")
    running().when(c.MakePromise(due_at=at(), what="x")).refused("in_the_past")
    running().when(c.PauseDeal(until=at())).refused("in_the_past")


def test_a_deal_that_is_not_paused_cannot_be_resumed() -> None:
    running().when(c.ResumeDeal()).refused("not_paused")
    running().when(c.PauseDeal(), c.ResumeDeal()).then("deal_paused", "deal_resumed")


def test_pausing_again_moves_the_date() -> None:
    story = running().when(c.PauseDeal(until=at(3)), c.PauseDeal(until=at(5)))
    assert story.state.paused_until == at(5)


# Promises


def test_a_promise_is_made_and_kept_once() -> None:
    story = running().when(c.MakePromise(due_at=at(5), what="a price for Anna"))
    (promise,) = story.state.promises
    assert promise.owner_id == "P-1"
    assert "Anna" not in story.last[0].model_dump_json()
    story.when(c.KeepPromise(promise_id=promise.promise_id)).then("promise_kept")
    story.when(c.KeepPromise(promise_id=promise.promise_id)).refused("not_found", "no open promise")


def test_a_promise_is_made_by_somebody_known() -> None:
    running().when(c.MakePromise(due_at=at(5), owner_id="P-9", what="x")).refused("not_found")


def test_two_promises_of_one_moment_are_two() -> None:
    story = running()
    story.when(c.MakePromise(due_at=at(5), what="x"), c.MakePromise(due_at=at(5), what="y"))
    assert len({promise.promise_id for promise in story.state.promises}) == 2


# Tasks and drafts


def test_a_call_made_is_activity_and_the_sequence_goes_on() -> None:
    story = given(opening()).after(days=8.5)
    (task,) = story.state.tasks
    story.when(c.FinishTask(task_id=task.task_id)).then("task_done")
    assert "call" in story.state.done
    assert story.state.heard_at == story.now
    assert story.enrollment("row").step == 3


def test_a_task_that_is_not_open_is_not_found() -> None:
    given(opening()).when(c.FinishTask(task_id="T-9")).refused("not_found", "no open task T-9")
    given(opening()).when(c.DropTask(task_id="T-9")).refused("not_found")


def test_a_dropped_call_lets_the_sequence_go_on() -> None:
    story = given(opening()).after(days=8.5)
    story.when(c.DropTask(task_id=story.state.tasks[0].task_id)).then("task_dropped")
    assert story.enrollment("row").step == 3
    assert "call" not in story.state.done


# Enrolling by hand, stopping, attention


def test_a_cadence_can_be_begun_by_hand_once_at_a_time() -> None:
    story = given(opening()).when(c.EnrollDeal(cadence="extra")).then("enrolled")
    story.when(c.EnrollDeal(cadence="extra")).refused("already_enrolled", "extra")
    story.when(c.EnrollDeal(cadence="extr")).refused("unknown_part", 'did you mean "extra"?')


def test_enrollments_of_one_part_have_ids_of_their_own() -> None:
    stop = c.StopEnrollments(reason="by_hand", part="cadence:extra")
    story = given(opening(), c.EnrollDeal(cadence="extra"), stop, c.EnrollDeal(cadence="extra"))
    assert len({one.enrollment_id for one in story.state.enrollments}) == 3


def test_what_runs_can_be_stopped_by_part_and_by_contact() -> None:
    both = (opening(), c.EnrollDeal(cadence="extra"))
    one = given(*both).when(c.StopEnrollments(reason="by_hand", part="cadence:extra"))
    assert [x.part for x in one.state.active_enrollments] == ["cadence:row"]
    other = given(*both).when(c.StopEnrollments(reason="opt_out", contact_id="C-2"))
    assert len(other.state.active_enrollments) == 2
    gone = given(*both).when(c.StopEnrollments(reason="opt_out", contact_id="C-1"))
    assert gone.state.active_enrollments == ()


@pytest.mark.parametrize("fact", ["opt_out", "hard_bounce", "complaint", "erased", "reply"])
def test_facts_that_always_stop_stop_what_does_not_name_them(fact: str) -> None:
    story = running().when(c.StopEnrollments(reason=fact)).then("enrollment_ended")
    assert story.after(days=60).sent() == ["first"]


def test_a_word_that_nothing_names_stops_nothing() -> None:
    running().when(c.StopEnrollments(reason="full_moon")).then()
    running().when(c.SeeEvent(name="full_moon", contact_id="C-1")).then("event_seen")


def test_a_reported_event_stops_what_names_it() -> None:
    story = given(opening(), c.LoseDeal(reason="price"))
    story.when(c.SeeEvent(name="deal_opened", contact_id="C-2"))
    assert story.enrollment("check-in").active
    story.when(c.SeeEvent(name="deal_opened", contact_id="C-1"))
    assert not story.enrollment("check-in").active


def test_attention_is_raised_once_and_holds_the_mail_until_a_person_looked() -> None:
    story = running().when(c.RaiseAttention(reason="apply: KeyError"))
    story.then("attention_raised")
    story.when(c.RaiseAttention(reason="again")).then()
    assert story.after(days=3).sent() == ["first"]
    story.when(c.ClearAttention()).then("attention_cleared")
    story.when(c.ClearAttention()).then()
    assert story.after(days=3).sent() == ["first", "second"]


# All of them


def test_a_deal_survives_its_way_through_json() -> None:
    story = given(opening(fields={"budget": "1", "harbour": "x"})).after(days=8.5)
    story.when(c.MakePromise(due_at=at(20), what="x"), c.AgreeWait(until=at(30)))
    assert Deal.model_validate_json(story.state.model_dump_json()) == story.state
