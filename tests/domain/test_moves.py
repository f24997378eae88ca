"""How a deal moves: on, back, won, lost and open again."""

import pytest

from domain import commands as c
from tests.domain.test_beginning import importing
from tests.support.deals import BOATS, Story, given, opening, told
from tests.support.moments import at

FIELDS = {"harbour": "Gdynia", "budget": "9000", "offers": ["1", "2", "3"]}
MEETING = c.LogActivity(activity="meeting")
SIGNED = c.LogActivity(activity="contract_signed")


def in_offer() -> Story:
    """A deal that has come as far as the offer."""
    ready = c.ChangeDetails(fields=FIELDS)
    return given(opening(), ready, MEETING, c.AdvanceDeal(stage="offer"))


def won() -> Story:
    """A deal that was won."""
    return given(opening(), SIGNED, c.WinDeal())


# On


def test_a_deal_moves_on_when_the_gate_is_open() -> None:
    story = given(opening(), c.LogActivity(activity="call"))
    story.when(c.AdvanceDeal(stage="visit")).then("stage_entered", "enrollment_ended")
    assert story.state.stage == "visit"
    assert story.state.came_from == "hello"
    assert story.found("enrollment_ended")[0].reason == "stage_change"


def test_a_closed_gate_names_everything_that_is_lacking() -> None:
    story = given(opening()).when(c.AdvanceDeal(stage="offer"))
    story.refused(
        "gate_closed",
        'the gate of visit wants "reply" or "call" or "meeting" logged',
        'the gate of offer wants "harbour" filled in, wants "budget" filled in',
        'wants "meeting" logged',
        'wants "offers" of at least 3',
    )
    assert story.state.stage == "hello"


def test_jumping_checks_every_gate_on_the_way() -> None:
    story = given(opening(), c.ChangeDetails(fields=FIELDS), MEETING)
    promise = c.MakePromise(due_at=at(3), what="send papers")
    story.when(c.AdvanceDeal(stage="deck")).refused("gate_closed", "the gate of deck")
    story.when(promise, c.AdvanceDeal(stage="deck"))
    assert story.state.stage == "deck"


def test_an_override_passes_and_is_told_with_what_was_lacking() -> None:
    story = given(opening()).when(c.AdvanceDeal(stage="visit", override="the boss said so"))
    story.then("gate_overridden", "stage_entered", "enrollment_ended")
    (passed,) = story.found("gate_overridden")
    assert passed.unmet == ['wants "reply" or "call" or "meeting" logged']
    assert passed.note_id == "cmd-2"
    assert "boss" not in passed.model_dump_json()


def test_a_stage_that_is_not_ahead_is_refused() -> None:
    in_offer().when(c.AdvanceDeal(stage="visit")).refused("not_ahead", "move back")
    in_offer().when(c.AdvanceDeal(stage="offer")).refused("not_ahead")


def test_an_unknown_stage_is_refused_with_the_nearest() -> None:
    given(opening()).when(c.AdvanceDeal(stage="vist")).refused("unknown_stage", '"visit"')
    in_offer().when(c.MoveBackDeal(stage="vist")).refused("unknown_stage", '"visit"')


def test_the_stages_after_won_are_for_won_deals() -> None:
    given(opening()).when(c.AdvanceDeal(stage="afloat")).refused("not_won", "win the deal first")


def test_the_cadence_of_a_stage_begins_on_entering_it() -> None:
    story = in_offer()
    assert [one.part for one in story.state.active_enrollments] == ["cadence:chase"]


def test_the_cadence_of_a_stage_stops_on_leaving_it_whatever_it_says() -> None:
    text = BOATS.replace("stops_on: [meeting, stage_change]\n    minimum", "minimum")
    story = given(opening(), c.LogActivity(activity="call"), text=text)
    story.when(c.AdvanceDeal(stage="visit"))
    assert not story.enrollment("row").active


def test_a_stage_whose_cadence_was_taken_out_can_still_be_entered() -> None:
    story = given(opening(), c.ChangeDetails(fields=FIELDS), MEETING)
    story.without("cadence:chase").when(c.AdvanceDeal(stage="offer"))
    story.then("stage_entered")


# Debts of an import


def test_gate_debt_is_due_at_the_next_advance() -> None:
    story = given(importing(stage="offer"), c.MakePromise(due_at=at(3), what="call"))
    story.when(c.AdvanceDeal(stage="deck")).refused("gate_closed", "visit", "offer")
    story.when(c.ChangeDetails(fields=FIELDS), MEETING, c.AdvanceDeal(stage="deck"))
    assert story.state.stage == "deck"
    assert story.state.gate_debt == ()


def test_gate_debt_can_be_overridden_with_a_reason() -> None:
    story = given(importing(stage="offer")).when(c.AdvanceDeal(stage="deck", override="known"))
    assert [told.stage for told in story.found("gate_overridden")] == ["visit", "offer", "deck"]


def test_moved_back_a_deal_owes_only_the_gates_behind_it_and_each_once() -> None:
    story = given(importing(stage="offer"), c.MoveBackDeal(stage="hello"))
    story.when(c.AdvanceDeal(stage="visit")).refused("gate_closed")
    assert story.no is not None
    assert story.no.message == 'the gate of visit wants "reply" or "call" or "meeting" logged'


# Back


def test_a_deal_moves_back_without_a_gate() -> None:
    story = in_offer().when(c.MoveBackDeal(stage="hello"))
    assert story.state.stage == "hello"
    assert story.enrollment("row").active
    assert not story.enrollment("chase").active


def test_moving_back_to_a_stage_ahead_is_refused() -> None:
    given(opening()).when(c.MoveBackDeal(stage="visit")).refused("not_behind", "advance")


# Won


def test_a_win_ends_the_sale_hands_over_and_begins_the_welcome() -> None:
    story = given(opening(), SIGNED).when(c.WinDeal(reason="price"))
    story.then(
        "deal_won",
        "enrollment_ended",
        "stage_entered",
        "owner_assigned",
        "notified",
        "task_created",
        "enrolled",
    )
    assert story.state.status == "won"
    assert story.state.stage == "afloat"
    assert [one.part for one in story.state.active_enrollments] == ["nurture:welcome"]


def test_why_it_was_won_is_a_text_and_stays_out_of_the_ledger() -> None:
    story = given(opening(), SIGNED).when(c.WinDeal(reason="Anna liked us"))
    (won,) = story.found("deal_won")
    assert won.note_id == "cmd-3"
    assert "Anna" not in won.model_dump_json()
    assert story.when(c.ReopenDeal(), c.WinDeal()).found("deal_won")[1].note_id is None


def test_the_new_owner_is_told_and_gets_the_task() -> None:
    story = won()
    (told_to,) = story.found("notified")
    assert (told_to.template, told_to.role, told_to.person_id) == ("hand-over", "owner", "P-3")
    assert story.found("task_created")[0].for_id == "P-3"
    assert story.state.owner_id == "P-3"


def test_a_role_that_nobody_plays_is_told_and_the_owner_stays() -> None:
    story = given(opening(), SIGNED, groups={}).when(c.WinDeal())
    assert story.state.owner_id == "P-1"
    (nobody,) = [told for told in story.found("notified") if told.template == "hand-over"]
    assert (nobody.role, nobody.person_id) == ("after_sale", None)


def test_a_win_has_its_own_gate() -> None:
    story = given(opening()).when(c.WinDeal())
    story.refused("gate_closed", 'the gate of won wants "contract signed" logged')
    story.when(c.WinDeal(override="they paid already"))
    assert story.state.status == "won"
    assert story.found("gate_overridden")[0].stage == "won"


def test_a_deal_is_won_once() -> None:
    won().when(c.WinDeal()).refused("already_won", "already won")


def test_a_win_drops_the_tasks_of_the_sale() -> None:
    story = given(opening()).after(days=8.5)
    assert [task.name for task in story.state.tasks] == ["ring"]
    story.when(SIGNED, c.WinDeal())
    assert [task.name for task in story.state.tasks] == ["hand-over"]


def test_a_won_deal_goes_on_through_the_stages_after_won_and_no_other() -> None:
    story = won().when(c.AdvanceDeal(stage="moored"))
    assert story.state.stage == "moored"
    assert story.enrollment("welcome").active
    story.when(c.MoveBackDeal(stage="afloat")).then("stage_entered")
    story.when(c.AdvanceDeal(stage="offer")).refused("deal_closed", "won")
    story.when(c.MoveBackDeal(stage="hello")).refused("deal_closed", "won")


def test_what_ran_for_the_open_deal_is_over_before_the_first_welcome() -> None:
    story = given(opening()).after(days=1).when(SIGNED, c.WinDeal()).after(days=30)
    assert story.sent() == ["first", "welcome-1", "welcome-2"]


def test_a_nurture_of_the_open_deal_ends_with_the_win() -> None:
    text = BOATS.replace(
        "if_no_answer: {task: revive-or-close, due_in: 2 business days}",
        "if_no_answer: {nurture: check-in}",
    )
    story = given(opening(), text=text).after(days=40)
    assert story.enrollment("check-in").active
    story.when(SIGNED, c.WinDeal()).after(days=300)
    assert "check-in-3" not in story.sent()


def test_a_win_may_have_happened_days_ago() -> None:
    story = given(opening(), SIGNED).after(days=5).when(c.WinDeal(closed_at=at(2)))
    assert story.state.closed_at == at(2)
    assert story.state.stage_entered_at == at(5)


@pytest.mark.parametrize(("days", "code"), [(9, "in_the_future"), (-1, "too_early")])
def test_a_close_lies_between_the_opening_and_now(days: int, code: str) -> None:
    given(opening(), SIGNED).when(c.WinDeal(closed_at=at(days))).refused(code)
    given(opening()).when(c.LoseDeal(reason="price", closed_at=at(days))).refused(code)


# Lost


def test_a_loss_begins_what_its_reason_says() -> None:
    story = given(opening()).when(c.LoseDeal(reason="price"))
    story.then("deal_lost", "enrollment_ended", "enrolled")
    assert story.enrollment("check-in").because == "lost:price"
    assert story.state.stage == "hello"


def test_a_reason_may_want_nothing() -> None:
    given(opening()).when(c.LoseDeal(reason="not_a_fit")).then("deal_lost", "enrollment_ended")


def test_an_undeclared_reason_is_refused_with_the_nearest() -> None:
    story = given(opening()).when(c.LoseDeal(reason="prise"))
    story.refused("unknown_reason", '"prise" is no lost reason of boats', 'did you mean "price"?')


def test_a_closed_deal_cannot_be_lost_or_advance() -> None:
    lost = given(opening(), c.LoseDeal(reason="price"))
    lost.when(c.LoseDeal(reason="price")).refused("deal_closed", "already lost")
    lost.when(c.WinDeal()).refused("deal_closed", "reopen it first")
    lost.when(c.AdvanceDeal(stage="visit")).refused("deal_closed", "reopen it first")
    lost.when(c.MoveBackDeal(stage="hello")).refused("deal_closed")
    lost.when(c.EnrollDeal(cadence="extra")).refused("deal_closed", "lost")
    lost.when(c.AgreeWait(until=at(9))).refused("deal_closed")
    lost.when(c.MakePromise(due_at=at(9), what="x")).refused("deal_closed")
    won().when(c.LoseDeal(reason="price")).refused("deal_closed", "already won; reopen it first")


def test_a_lost_deal_never_gets_a_welcome() -> None:
    story = given(opening(), c.LoseDeal(reason="price")).after(days=400)
    assert story.sent() == ["check-in-3", "check-in-6"]
    assert told(story.last).count("touch_sent") == 2


# Reopened


def test_a_reopened_deal_stands_where_it_stood() -> None:
    story = in_offer().when(c.LoseDeal(reason="price"), c.ReopenDeal())
    story.then("deal_lost", "enrollment_ended", "enrolled", *reopening())
    assert story.state.open
    assert story.state.stage == "offer"
    assert story.state.lost_reason is None
    assert story.state.active_enrollments == ()


def reopening() -> tuple[str, ...]:
    """What happens when a deal with one nurture is reopened."""
    return ("deal_reopened", "enrollment_ended", "stage_entered")


def test_a_won_deal_reopens_in_the_stage_it_was_won_from_however_far_it_came() -> None:
    story = won().when(c.AdvanceDeal(stage="moored"), c.ReopenDeal())
    assert story.state.stage == "hello"


def test_an_imported_win_reopens_in_its_stage() -> None:
    story = given(importing(status="won", stage="deck", closed_at=at(-1))).when(c.ReopenDeal())
    assert story.state.stage == "deck"


def test_reopening_takes_back_the_tasks_that_the_close_had_made() -> None:
    story = won()
    assert [task.name for task in story.state.tasks] == ["hand-over"]
    assert story.when(c.ReopenDeal()).state.tasks == ()


def test_a_deal_is_not_stagnant_from_the_moment_it_is_reopened() -> None:
    story = given(opening(), c.LoseDeal(reason="not_a_fit")).after(days=100)
    story.when(c.ReopenDeal()).after(days=13)
    assert story.found("stagnation_flagged") == []
    story.after(days=2)
    assert [flag.reason for flag in story.found("stagnation_flagged")] == ["silence"]


def test_a_deal_reopens_in_a_stage_of_the_sale_only() -> None:
    won().when(c.ReopenDeal(stage="afloat")).refused("unknown_stage")
    won().when(c.ReopenDeal(stage="decc")).refused("unknown_stage", '"deck"')
    assert won().when(c.ReopenDeal(stage="visit")).state.stage == "visit"


def test_a_loss_whose_nurture_was_taken_out_is_still_a_loss() -> None:
    story = given(opening()).without("nurture:check-in").when(c.LoseDeal(reason="price"))
    story.then("deal_lost", "enrollment_ended")


def test_an_open_deal_cannot_be_reopened() -> None:
    given(opening()).when(c.ReopenDeal()).refused("deal_open")
