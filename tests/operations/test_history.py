"""What happened and what comes, told to people."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from domain import commands as c
from domain.refusal import NotFound
from operations import deals, history, stop_facts
from operations.house import House
from tests.support.shortcut import ANN, BOB, house, no_engine, opened_deal

__all__ = ["house", "no_engine"]


async def test_history_tells_each_event_with_actor_cause_and_rule(house: House) -> None:
    deal_id = await opened_deal(house)
    asked = c.LogActivity(activity="call", note="She likes the colour")
    await deals.tell(house, deal_id, asked, actor="olga", command_id="l-1")
    told = history.of_deal(house, deal_id, zone=ZoneInfo("Europe/Warsaw"))
    assert [one.version for one in told] == list(range(1, len(told) + 1))
    keys = {"version", "at", "recorded_at", "kind", "actor", "cause", "playbook_version", "text"}
    assert keys <= told[0].model_dump().keys()
    [call] = [one for one in told if one.kind == "activity_logged"]
    assert (call.actor, call.cause, call.command_id) == ("olga", "log_activity", "l-1")
    assert call.note == "She likes the colour"
    assert call.playbook_version == "simple/pipeline@1"
    assert any("Ann Other takes part" in one.text for one in told)
    assert any("Given to Olga Owner" in one.text for one in told)
    assert history.of_deal(house, deal_id, after=told[-1].version) == []
    with pytest.raises(NotFound):
        history.of_deal(house, "D-nothing")


async def test_a_contact_has_a_history_over_all_its_deals(house: House) -> None:
    one, two = await opened_deal(house), await opened_deal(house, title="Second")
    stop_facts.unsubscribe(house, ANN, actor="test")
    told = history.of_contact(house, ANN)
    assert {line.stream.partition("/")[2] for line in told} >= {one, two}
    assert "Wants no more any mail" not in told[0].text
    assert any(line.kind == "unsubscribed" for line in told)


async def test_what_comes_is_told_to_the_end_of_the_sequence(house: House) -> None:
    deal_id = await opened_deal(house)
    told = history.coming(house, deal_id)
    moments = [each.at for each in told.next if each.at is not None]
    assert moments == sorted(moments)
    follow_up = [each for each in told.next if each.enrollment_id]
    assert [each.expected for each in follow_up] == [False] + [True] * 8
    assert follow_up[-1].what == "follow-up ends"
    assert follow_up[-1].at is not None
    assert follow_up[-2].at is not None
    assert follow_up[-1].at - follow_up[-2].at == timedelta(days=5)


async def test_nothing_to_come_says_so(house: House) -> None:
    deal_id = await opened_deal(house)
    await deals.tell(house, deal_id, c.LoseDeal(reason="not_a_fit"), actor="test")
    told = history.coming(house, deal_id)
    assert told.next == ()
    assert told.nothing is not None
    assert "nothing is due" in told.nothing


async def test_a_mail_that_will_not_go_says_so(house: House) -> None:
    deal_id = await opened_deal(house)
    await deals.tell(house, deal_id, c.WinDeal(), actor="test")
    assert history.coming(house, deal_id).next[0].barred is None
    stop_facts.unsubscribe(house, ANN, actor="test", scope="sales")
    assert history.coming(house, deal_id).next[0].barred is None  # a welcome is service
    stop_facts.complaint(house, BOB, actor="test")
    asked = deals.Opening(title="His", contacts=(BOB,))
    told = deals.preview_opening(house, asked, actor="test")
    assert {each.barred for each in told.next if each.kind == "mail"} == {"complaint"}
    assert "will not go: complaint" in told.next[0].why


async def test_a_paused_deal_says_that_it_is_held(house: House) -> None:
    deal_id = await opened_deal(house)
    told = await deals.tell(house, deal_id, c.PauseDeal(), actor="test")
    mail = next(each for each in told.next if each.kind == "mail")
    assert mail.at is None
    assert "paused" in mail.why


async def test_each_touch_is_explained_made_or_not(house: House) -> None:
    deal_id = await opened_deal(house)
    await deals.tell(house, deal_id, c.RecordReply(), actor="test")
    told = history.explained(house, deal_id)
    not_made = [one for one in told.touches if one.status == "not_made"]
    assert not_made[0].step == "first-contact"
    assert any("follow-up stopped" in why for why in not_made[0].why)
    # The version that the ended sequence was pinned to is found, so all its steps are told.
    assert not_made[-1].step == "break-up"
    assert told.version == deals.show(house, deal_id).version


async def test_a_mail_to_come_is_explained_with_window_and_rule(house: House) -> None:
    deal_id = await opened_deal(house)
    first = history.explained(house, deal_id).touches[0]
    assert (first.step, first.status, first.part) == (
        "first-contact",
        "planned",
        "cadence:follow-up",
    )
    assert "rule simple/cadence:follow-up@1" in first.why
