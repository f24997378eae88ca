"""What may be asked of a deal, and why not: decided on the deal, with nothing done."""

from domain import commands as c
from domain.decisions import decide
from domain.trying import tried
from tests.domain.test_moves import MEETING
from tests.support.deals import Story, given, opening


def not_now(story: Story) -> dict[str, str | None]:
    """What may not be asked, and why."""
    return {
        kind: one.reason for kind, one in tried(story.state, story.facts).items() if not one.may
    }


def test_an_open_deal_cannot_be_resumed_or_reopened() -> None:
    assert not_now(given(opening())) == {
        "resume_deal": "the deal is not paused",
        "reopen_deal": "the deal is open",
        "move_back_deal": "no stage lies behind hello",
    }


def test_a_closed_gate_says_what_it_wants_and_may_be_passed_with_a_reason() -> None:
    one = tried(given(opening()).state, given(opening()).facts)["advance_deal"]
    assert one.may
    assert one.reason == 'the gate of visit wants "reply" or "call" or "meeting" logged'
    story = given(opening(), MEETING)
    assert tried(story.state, story.facts)["advance_deal"].reason is None


def test_a_lost_deal_says_to_reopen_it_first() -> None:
    found = not_now(given(opening(), c.LoseDeal(reason="price")))
    assert found["win_deal"] == "the deal is lost; reopen it first"
    assert found["advance_deal"] == "the deal is lost; reopen it first"
    assert found["lose_deal"] == "the deal is already lost"
    assert not found.keys() & {"reopen_deal", "record_reply", "log_activity", "change_details"}


def test_a_won_deal_moves_in_the_stages_after_won() -> None:
    found = not_now(given(opening(), c.WinDeal(override="x")))
    assert found["win_deal"] == "the deal is already won"
    assert found["move_back_deal"] == "no stage lies behind afloat"
    assert "advance_deal" not in found


def test_where_everything_runs_no_cadence_is_left_to_start() -> None:
    story = given(opening(), c.EnrollDeal(cadence="extra"), c.EnrollDeal(cadence="chase"))
    assert not_now(story)["enroll_deal"] == "every cadence of the playbook runs already"


def test_what_may_be_asked_is_not_refused_when_it_is() -> None:
    for story in (
        given(opening()),
        given(opening(), c.PauseDeal()),
        given(opening(), c.LoseDeal(reason="price")),
        given(opening(), c.WinDeal(override="x")),
    ):
        version = story.state.version
        found = tried(story.state, story.facts)
        if found["record_reply"].may:
            decide(c.RecordReply(), story.state, story.facts, "x")
        assert found["resume_deal"].may == (story.state.paused_at is not None)
        assert found["reopen_deal"].may == (not story.state.open)
        assert story.state.version == version
