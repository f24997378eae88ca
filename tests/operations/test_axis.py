"""Past and future of a deal on one axis: one list, the same for every door."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from domain import commands as c
from operations import axis, deals, history
from operations.axis import Entry
from operations.house import House
from operations.looking_back import AsOf
from tests.operations.test_tasks import later
from tests.support.shortcut import house, no_engine, opened_deal

__all__ = ["house", "no_engine"]


async def stopped(house: House) -> str:
    """A deal whose follow-ups a reply stopped after a day."""
    deal_id = await opened_deal(house)
    later(house, 1, deal_id)
    asked = c.RecordReply(note="Not now")
    await deals.tell(house, deal_id, asked, actor="olga", command_id="r-1")
    return deal_id


def of_kind(found: axis.Axis, kind: str) -> Entry:
    return next(one for one in found.entries if one.kind == kind)


async def test_the_past_comes_first_then_now_then_what_is_planned(house: House) -> None:
    deal_id = await opened_deal(house)
    found = axis.along(house, deal_id)
    places = [one.place for one in found.entries]
    assert places == sorted(places, key=["past", "now", "ahead"].index)
    assert places.count("now") == 1
    past = [one.at for one in found.entries if one.place == "past" and one.at]
    ahead = [one.at for one in found.entries if one.place == "ahead" and one.at]
    assert past == sorted(past)
    assert ahead == sorted(ahead)
    assert [one.version for one in found.entries if one.version] == list(
        range(1, found.version + 1)
    )
    coming = history.coming(house, deal_id).next
    planned = [one for one in found.entries if one.what == "planned"]
    assert [(one.at, one.text) for one in planned] == [(one.at, one.what) for one in coming]
    (first, *_) = planned
    assert (first.step, first.status, first.rule) == (
        "first-contact",
        "planned",
        "simple/cadence:follow-up@1",
    )
    assert first.opens is not None
    assert any("first step of follow-up" in why for why in first.why)
    assert found.entries[-1].what == "not_begun"
    assert "wants" in found.entries[-1].why[1]


async def test_a_stop_is_followed_by_what_it_left_undone(house: House) -> None:
    found = axis.along(house, await stopped(house), zone=ZoneInfo("Europe/Warsaw"))
    reply = of_kind(found, "reply_recorded")
    assert (reply.actor, reply.cause, reply.command_id) == ("olga", "record_reply", "r-1")
    assert (reply.note, reply.rule) == ("Not now", "simple/pipeline@1")
    end = of_kind(found, "enrollment_ended")
    at = found.entries.index(end)
    undone = [one for one in found.entries if one.what == "not_made"]
    assert list(found.entries[at + 1 : at + 1 + len(undone)]) == undone
    assert undone[0].text == "First-contact was not made"
    assert undone[0].would_need == "no reply while the sequence runs"
    assert (undone[0].actor, undone[0].version) == ("olga", end.version)
    assert "they replied" in undone[0].why[0]
    assert "11:00" in undone[0].why[0]


async def test_of_a_long_past_only_the_end_is_shown(house: House) -> None:
    deal_id = await opened_deal(house)
    whole = axis.along(house, deal_id)
    past = sum(one.place == "past" for one in whole.entries)
    some = axis.along(house, deal_id, shown=2)
    assert some.earlier == past - 2
    assert some.entries[:2] == whole.entries[past - 2 : past]
    assert some.entries[2].what == "now"


async def test_what_was_recorded_late_stands_where_it_happened_and_says_so(house: House) -> None:
    deal_id = await opened_deal(house)
    begun = house.time.now()
    later(house, 1, deal_id)
    asked = c.LogActivity(activity="call", at=begun + timedelta(hours=3))
    await deals.tell(house, deal_id, asked, actor="olga")
    later(house, 1, deal_id)
    found = axis.along(house, deal_id)
    call = of_kind(found, "activity_logged")
    assert call.recorded_late
    assert call.learned_at is not None
    assert call.learned_at - begun > timedelta(hours=23)
    assert not any(one.recorded_late for one in found.entries if one.kind != "activity_logged")
    then = AsOf(begun + timedelta(hours=5))
    assert of_kind(axis.along(house, deal_id, as_of=then), "activity_logged") == call
    known = axis.along(house, deal_id, as_of=AsOf(then.at, known=True))
    assert (known.as_of, known.known, known.now) == (then.at, True, then.at)
    assert "activity_logged" not in {one.kind for one in known.entries}
