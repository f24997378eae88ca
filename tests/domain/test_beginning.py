"""How a deal begins: opened by hand, or taken over from elsewhere."""

from datetime import timedelta

import pytest

from domain import commands as c
from tests.support.deals import BOATS, given, opening, told
from tests.support.moments import at


def importing(**more: object) -> c.ImportDeal:
    """The command that takes a deal over from another house."""
    usual = {
        "title": "A boat",
        "playbook": "boats",
        "stage": "hello",
        "source_name": "old-crm",
        "opened_at": at(-100),
        "owner_id": "P-1",
        "contacts": [c.Party(contact_id="C-1")],
    }
    return c.ImportDeal.model_validate(usual | more)


# Opening


def test_a_deal_opens_in_the_first_stage_and_begins_its_cadence() -> None:
    story = given().when(opening(amount="1200.50", currency="EUR", account_id="A-1"))
    story.then(
        "deal_opened",
        "contact_linked",
        "account_set",
        "owner_assigned",
        "stage_entered",
        "enrolled",
    )
    assert story.state.stage == "hello"
    assert story.state.open
    assert story.enrollment("row").contact_id == "C-1"


def test_an_opening_pins_the_pipeline_and_the_calendar() -> None:
    story = given(opening())
    assert story.state.pins == {"pipeline": 1, "calendar": 1}
    assert story.enrollment("row").version == 1


def test_a_deal_opened_without_enrolling_has_no_cadence() -> None:
    story = given(opening(enroll=False))
    assert story.state.enrollments == ()
    assert told(story.events)[-1] == "stage_entered"


def test_a_deal_is_opened_once() -> None:
    given(opening()).when(opening()).refused("already_open", "D-1")


def test_an_unknown_stage_is_refused_with_the_nearest() -> None:
    given().when(opening(stage="ofer")).refused("unknown_stage", 'did you mean "offer"?')


def test_a_deal_cannot_open_behind_the_win() -> None:
    given().when(opening(stage="afloat")).refused("not_won", "afloat")


def test_opening_in_a_later_stage_goes_through_every_gate_on_the_way() -> None:
    story = given().when(opening(stage="offer")).refused("gate_closed", "the gate of visit")
    assert story.events == []


def test_an_unknown_contact_or_owner_is_refused() -> None:
    unknown = [c.Party(contact_id="C-9")]
    given().when(opening(contacts=unknown)).refused("not_found", "C-9")
    given().when(opening(owner_id="P-9")).refused("not_found", "P-9")


def test_a_field_that_the_playbook_does_not_declare_is_refused() -> None:
    given().when(opening(fields={"lenght": "9"})).refused("unknown_field", '"length"')


def test_nothing_but_an_opening_can_happen_to_a_deal_that_is_not_there() -> None:
    given().when(c.AdvanceDeal(stage="visit")).refused("not_found", "D-1")
    given().when(c.PauseDeal()).refused("not_found")


def test_a_cadence_that_was_taken_out_of_the_playbook_keeps_no_deal_from_opening() -> None:
    story = given().without("cadence:row").when(opening())
    assert told(story.last)[-1] == "stage_entered"


# A mail of the rep's own


def test_a_mail_of_our_own_is_the_first_touch() -> None:
    wrote = at(-1)
    story = given(opening(wrote_on=wrote)).after(days=5)
    assert story.sent() == ["second"]
    first = story.found("touch_sent")[0]
    assert timedelta(hours=72) <= first.at - wrote <= timedelta(hours=120)


def test_a_mail_of_four_days_ago_is_followed_up_in_what_is_left_of_the_window() -> None:
    wrote = at(-4, hours=1)
    story = given(opening(wrote_on=wrote)).after(days=2)
    (first,) = story.found("touch_sent")
    assert at() <= first.at <= wrote + timedelta(days=5)
    assert story.found("touch_missed") == []


def test_an_older_mail_is_followed_up_soon_and_not_missed() -> None:
    story = given(opening(wrote_on=at(-20))).after(days=2)
    (first,) = story.found("touch_sent")
    assert first.step == "second"
    assert first.moved == "its window had passed when the sequence began"
    assert story.found("touch_missed") == []


def test_a_mail_of_ours_does_not_count_where_the_cadence_begins_otherwise() -> None:
    text = BOATS.replace("- {mail: first}\n", "- {call: first}\n")
    story = given(opening(wrote_on=at(-9)), text=text)
    assert story.enrollment("row").step == 0
    assert story.enrollment("row").anchor_at == at()


@pytest.mark.parametrize(("days", "code"), [(1, "in_the_future"), (-61, "too_old")])
def test_a_mail_that_lies_ahead_or_far_back_is_no_first_touch(days: int, code: str) -> None:
    given().when(opening(wrote_on=at(days))).refused(code)


# Imports


def test_an_import_keeps_dates_and_stage_and_enrolls_nobody() -> None:
    story = given(importing(stage_entered_at=at(-3)))
    assert story.state.opened_at == at(-100)
    assert story.state.stage_entered_at == at(-3)
    assert story.state.imported_from == "old-crm"
    assert story.state.enrollments == ()


def test_an_import_records_the_gates_it_has_not_met_as_debt() -> None:
    story = given(importing(stage="offer"))
    assert story.state.gate_debt == ("visit", "offer")
    assert 'wants "meeting" logged' in story.found("gate_debt_recorded")[1].unmet


def test_an_import_flags_what_is_stagnant_already_and_tells_nobody() -> None:
    story = given(importing()).after(days=30)
    flags = story.found("stagnation_flagged")
    assert {flag.reason for flag in flags} == {"in_stage", "silence"}
    assert all(flag.silent for flag in flags)
    assert story.found("notified") == []
    assert story.found("escalated") == []


def test_what_goes_quiet_after_the_import_is_told() -> None:
    story = given(importing(opened_at=at(-20))).after(days=45)
    loud = [flag for flag in story.found("stagnation_flagged") if not flag.silent]
    assert [flag.reason for flag in loud] == ["in_stage"]
    assert story.found("notified")[0].template == "stagnation-notice"


def test_an_import_enrolls_when_asked_from_now_on() -> None:
    story = given(importing(enroll=True))
    assert story.enrollment("row").because == "import"
    assert story.enrollment("row").anchor_at == at()


def test_a_cadence_begun_by_an_import_stops_when_the_stage_is_left() -> None:
    text = BOATS.replace("stops_on: [meeting, stage_change]\n    minimum", "minimum")
    story = given(importing(enroll=True), c.LogActivity(activity="call"), text=text)
    story.when(c.AdvanceDeal(stage="visit"))
    assert not story.enrollment("row").active


@pytest.mark.parametrize("status", ["won", "lost"])
def test_a_closed_deal_is_imported_as_history(status: str) -> None:
    closed = importing(status=status, stage="deck", closed_at=at(-50), lost_reason="price")
    story = given(closed)
    assert story.state.status == status
    assert story.state.closed_at == at(-50)
    assert story.state.flags == ()
    assert story.state.enrollments == ()
    assert story.agenda == []
    assert story.state.stage == ("afloat" if status == "won" else "deck")


def test_a_lost_deal_is_imported_whatever_the_reason_was_called() -> None:
    story = given(importing(status="lost", closed_at=at(-1)))
    assert story.state.lost_reason == "unknown"


def test_an_import_twice_is_refused() -> None:
    given(importing()).when(importing()).refused("already_open")


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ({"closed_at": at(-101), "status": "won"}, "closed at lies before opened at"),
        ({"stage_entered_at": at(-101)}, "stage entered at lies before opened at"),
    ],
)
def test_dates_that_contradict_each_other_are_refused(dates: dict[str, object], words: str) -> None:
    given().when(importing(**dates)).refused("wrong_order", words)


def test_a_deal_opened_in_the_future_is_refused() -> None:
    given().when(importing(opened_at=at(1))).refused("in_the_future")


def test_an_open_deal_is_not_imported_behind_the_win() -> None:
    given().when(importing(stage="moored")).refused("not_won")


def test_an_import_into_an_unknown_stage_is_refused() -> None:
    given().when(importing(stage="helo")).refused("unknown_stage", '"hello"')
