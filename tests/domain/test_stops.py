"""What stops, parks or holds a cadence, by default and where the playbook says otherwise."""

import pytest

from domain import commands as c
from domain.gates import unmet
from domain.playbooks.playbook import Gate
from tests.domain.test_moves import FIELDS
from tests.support.deals import BOATS, Story, given, opening
from tests.support.moments import at

DEFAULT = BOATS
"""`row` stops on a meeting and a change of stage, and waits while somebody is away."""

OTHERWISE = BOATS.replace(
    "    stops_on: [meeting, stage_change]\n    minimum_gap: 48 hours\n",
    "    stops_on: [call, proposal_sent]\n    minimum_gap: 48 hours\n    out_of_office: go_on\n",
)
"""`row` stops on a call and a proposal, and goes on while somebody is away."""

CHANNELS = ("email", "phone", "linkedin", "chat", "in_person")


def running(text: str) -> Story:
    """The first mail went a day ago, the second is due in two to four."""
    return given(opening(), text=text).after(days=1)


def why_ended(story: Story) -> str | None:
    return story.enrollment("row").ended_because


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("text", [DEFAULT, OTHERWISE], ids=["default", "otherwise"])
def test_a_reply_on_any_channel_stops_whatever_the_playbook_says(channel: str, text: str) -> None:
    story = running(text).when(c.RecordReply(channel=channel))
    assert why_ended(story) == "reply"
    assert story.after(days=20).sent() == ["first"]


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        (c.LoseDeal(reason="price"), "lost"),
        (c.WinDeal(override="agreed"), "won"),
        (c.StopEnrollments(reason="opt_out", contact_id="C-1"), "opt_out"),
        (c.StopEnrollments(reason="hard_bounce", contact_id="C-1"), "hard_bounce"),
        (c.StopEnrollments(reason="complaint", contact_id="C-1"), "complaint"),
        (c.StopEnrollments(reason="erased", contact_id="C-1"), "erased"),
    ],
)
@pytest.mark.parametrize("text", [DEFAULT, OTHERWISE], ids=["default", "otherwise"])
def test_what_no_playbook_can_switch_off(asked: c.AnyCommand, word: str, text: str) -> None:
    story = running(text).when(asked)
    assert why_ended(story) == word
    sent = story.after(days=20).sent()
    assert not {"second", "third", "last"} & set(sent)


@pytest.mark.parametrize(
    ("activity", "by_default", "otherwise"),
    [
        ("meeting_booked", True, False),
        ("meeting", True, False),
        ("call", False, True),
        ("proposal_sent", False, True),
        ("demo", False, False),
        ("note", False, False),
        ("email", False, False),
    ],
)
def test_an_activity_stops_what_names_it(activity: str, by_default: bool, otherwise: bool) -> None:
    for text, stops in ((DEFAULT, by_default), (OTHERWISE, otherwise)):
        story = running(text).when(c.LogActivity(activity=activity))
        assert why_ended(story) == (activity if stops else None)
        assert ("second" in story.after(days=7).sent()) is not stops


def test_a_meeting_that_is_booked_is_activity_but_opens_no_gate_for_meetings() -> None:
    story = running(DEFAULT).when(c.RecordReply())
    story.after(days=3)
    assert [flag.reason for flag in story.state.flags] == ["our_turn"]
    story.when(c.LogActivity(activity="meeting_booked"))
    assert story.state.flags == ()
    assert story.state.our_turn_since is None
    assert unmet(Gate(done=("meeting",)), story.state, story.now) == unmet(
        Gate(done=("meeting",)), given(opening()).state, story.now
    )
    story.when(c.LogActivity(activity="meeting"))
    assert unmet(Gate(done=("meeting",)), story.state, story.now) == []


def test_a_change_of_stage_stops_the_cadence_of_the_stage_whatever_it_says() -> None:
    for text in (DEFAULT, OTHERWISE):
        story = running(text).when(c.AdvanceDeal(stage="visit", override="agreed"))
        assert why_ended(story) == "stage_change"


def test_a_change_of_stage_stops_one_begun_by_hand_only_if_it_says_so() -> None:
    for text, ended in ((DEFAULT, "stage_change"), (OTHERWISE, None)):
        story = given(opening(enroll=False), c.EnrollDeal(cadence="row"), text=text).after(days=1)
        story.when(c.AdvanceDeal(stage="visit", override="agreed"))
        assert why_ended(story) == ended


def test_a_pause_holds_and_a_resume_lets_go_in_the_same_window() -> None:
    story = running(DEFAULT).when(c.PauseDeal())
    assert story.next("second").at is None
    assert story.after(days=1).sent() == ["first"]
    story.when(c.ResumeDeal())
    due = story.next("second").at
    assert due is not None
    assert at(3) <= due <= at(5)


def test_an_absence_parks_unless_the_playbook_goes_on() -> None:
    for text, parked in ((DEFAULT, True), (OTHERWISE, False)):
        story = running(text).when(c.NoteAbsence(contact_id="C-1", back_at=at(14)))
        assert why_ended(story) is None
        due = story.next("second").at
        assert due is not None
        assert (due >= at(14)) is parked


def test_an_agreed_wait_parks_until_its_date() -> None:
    story = running(DEFAULT).when(c.AgreeWait(until=at(21)))
    assert why_ended(story) is None
    assert story.after(days=19).sent() == ["first"]
    assert story.next("second").moved == "waited: expected_wait"


def test_what_the_deal_says_of_itself_stops_nothing() -> None:
    story = running(DEFAULT).when(
        c.ChangeDetails(fields=dict(FIELDS)), c.AssignOwner(owner_id="P-2")
    )
    assert why_ended(story) is None
