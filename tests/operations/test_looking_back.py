"""A deal as of a moment, and as it was then known: the two times of the ledger."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from activities.timekeeping import Timekeeper
from domain import commands as c
from domain import deal_events as d
from domain.playbooks.parts import parts
from domain.refusal import Malformed, NotFound
from domain.times.clock import Clock
from operations import deals, history, stop_facts
from operations.authoring.files import load_text
from operations.house import House
from operations.looking_back import AsOf, as_of, learned_at
from store import playbooks
from store.ledger import Origin, Recorded
from tests.operations.test_imports import ENGAGED, WON, imported
from tests.support.houses import ROOT, opened_house
from tests.support.moments import MONDAY
from tests.support.shortcut import ANN, house, no_engine, opened_deal

__all__ = ["house", "no_engine"]

NOON = MONDAY.replace(hour=12)


def day(number: float) -> datetime:
    """Noon, so many days after the Monday on which the house begins."""
    return NOON + timedelta(days=number)


@pytest.fixture
def on_day(house: House) -> Callable[[float], None]:
    """Puts the clock of the house to noon of a day."""
    begun = house.time

    def put(number: float) -> None:
        wall = begun.clock().to_wall(day(number))
        house.time = Timekeeper(begun.clock, lambda: wall)

    return put


async def test_a_call_that_is_logged_late_had_happened_but_was_not_known(
    house: House, on_day: Callable[[float], None]
) -> None:
    deal_id = await opened_deal(house)
    on_day(5)
    asked = c.LogActivity(activity="call", at=day(2))
    await deals.tell(house, deal_id, asked, actor="olga", command_id="late")
    happened = deals.show(house, deal_id, as_of=AsOf(day(3)))
    known = deals.show(house, deal_id, as_of=AsOf(day(3), known=True))
    assert (happened.heard_at, known.heard_at) == (day(2), None)
    assert "activity_logged" in kinds(house, deal_id, AsOf(day(3)))
    assert "activity_logged" not in kinds(house, deal_id, AsOf(day(3), known=True))
    assert "activity_logged" in kinds(house, deal_id, AsOf(day(5.1), known=True))


def kinds(house: House, deal_id: str, moment: AsOf) -> list[str]:
    return [one.kind for one in history.of_deal(house, deal_id, as_of=moment)]


async def test_a_mail_with_an_earlier_date_counts_when_it_was_written(
    house: House, on_day: Callable[[float], None]
) -> None:
    deal_id = await opened_deal(house)
    on_day(5)
    await deals.tell(house, deal_id, c.RecordReply(at=day(2)), actor="inbox")
    happened = deals.show(house, deal_id, as_of=AsOf(day(3)))
    assert happened.our_turn_since == day(2)
    # The sequence had not stopped: nobody knew of the answer.
    assert [one.status for one in happened.sequences] == ["active"]
    known = deals.show(house, deal_id, as_of=AsOf(day(3), known=True))
    assert known.our_turn_since is None
    assert [one.status for one in deals.show(house, deal_id).sequences] == ["ended"]


async def test_what_the_owner_wrote_before_counts_from_the_opening_on(
    house: House, on_day: Callable[[float], None]
) -> None:
    on_day(3)
    deal_id = await opened_deal(house, wrote_on=day(1).isoformat())
    with pytest.raises(NotFound, match="had not begun yet"):
        deals.show(house, deal_id, as_of=AsOf(day(2)))
    then = history.coming(house, deal_id, as_of=AsOf(day(3)))
    (mail,) = [one for one in then.next if one.kind == "mail" and not one.expected]
    assert mail.name == "follow-up-1"
    assert mail.opens == day(4)


def test_an_imported_deal_had_lived_before_anybody_here_knew_it(tmp_path: Path) -> None:
    with opened_house(tmp_path, MONDAY) as house:
        imported(house, WON, ENGAGED)
        page = deals.list_page(house)
        won = next(row.deal_id for row in page.deals if row.status == "won")
        then = AsOf(datetime(2025, 11, 1, tzinfo=UTC))
        assert deals.show(house, won, as_of=then).status == "open"
        with pytest.raises(NotFound, match="it was recorded later"):
            deals.show(house, won, as_of=AsOf(then.at, known=True))
        with pytest.raises(NotFound, match="had not begun yet"):
            history.explained(house, won, as_of=AsOf(datetime(2024, 1, 1, tzinfo=UTC)))


async def test_what_was_to_come_is_told_as_it_was_to_come(
    house: House, on_day: Callable[[float], None]
) -> None:
    on_day(0)
    deal_id = await opened_deal(house)
    planned = history.coming(house, deal_id)
    on_day(2)
    await deals.tell(house, deal_id, c.LoseDeal(reason="not_a_fit"), actor="test")
    on_day(4)
    assert history.coming(house, deal_id).next == ()
    then = history.coming(house, deal_id, as_of=AsOf(day(0), known=True))
    assert then.next == planned.next
    assert then.as_of == day(0)
    told = history.explained(house, deal_id, as_of=AsOf(day(1)))
    assert {one.status for one in told.touches} == {"planned", "not_begun"}
    assert "not_made" in {one.status for one in history.explained(house, deal_id).touches}


async def test_what_barred_the_reader_later_or_earlier_is_told_of_its_time(
    house: House, on_day: Callable[[float], None]
) -> None:
    from operations import barring

    deal_id = await opened_deal(house)
    on_day(2)
    stop_facts.unsubscribe(house, ANN, actor="test")
    on_day(4)
    barring.unsuppress(house, ANN, reason="mistake", actor="test")
    on_day(6)

    def barred(number: float) -> set[str | None]:
        told = history.coming(house, deal_id, as_of=AsOf(day(number), known=True)).next
        return {one.barred for one in told if one.kind == "mail"}

    assert barred(1) == {None}
    on_day(8)
    await deals.tell(house, deal_id, c.EnrollDeal(cadence="follow-up"), actor="test")
    on_day(9)
    stop_facts.complaint(house, ANN, actor="test")
    on_day(10)
    assert barred(8) == {None}
    lost = await opened_deal(house, title="Second")
    on_day(11)
    told = history.coming(house, lost, as_of=AsOf(day(10))).next
    assert {one.barred for one in told if one.kind == "mail"} == {"complaint"}


async def test_the_rules_are_those_that_held_then(
    house: House, on_day: Callable[[float], None]
) -> None:
    deal_id = await opened_deal(house, enroll=False)
    text = (ROOT / "playbooks" / "simple.yaml").read_text()
    newer = load_text(text.replace("silence: 7 days", "silence: 2 days")).playbook
    assert newer != load_text(text).playbook, "the shipped limit is another one"
    on_day(1)
    with house.store.write() as tx:
        playbooks.publish(tx, "simple", parts(newer), "test", house.time.now())
    on_day(1.5)

    def limit(moment: AsOf | None) -> str:
        told = history.explained(house, deal_id, as_of=moment)
        return next(one.why[0] for one in told.touches if one.step == "silence")

    assert limit(None).startswith("2 days")
    assert limit(AsOf(day(0.5))).startswith("7 days")


async def test_a_moment_is_read_on_the_clock_of_the_deal(
    house: House, on_day: Callable[[float], None]
) -> None:
    deal_id = await opened_deal(house)
    on_day(3)
    read = as_of(house, deal_id, "2026-03-03", where="--as-of")
    assert read is not None
    assert (read.at.day, read.at.hour, read.known) == (3, 23, False)
    today = as_of(house, deal_id, "2026-03-05", known=True)
    assert today == AsOf(house.time.now(), known=True)
    assert as_of(house, deal_id, None) is None
    with pytest.raises(Malformed, match="still lies ahead"):
        as_of(house, deal_id, "2026-03-06")
    with pytest.raises(Malformed, match="say as of when"):
        as_of(house, deal_id, None, known=True)
    for text in ("soon", "9999-12-31", "2026-03-02T99:00"):
        with pytest.raises(Malformed):
            as_of(house, deal_id, text)
    with pytest.raises(NotFound):
        as_of(house, "D-nothing", "2026-03-03")


def told_at(wall: datetime, happened: datetime, version: int) -> Recorded:
    event = d.DealResumed(at=happened)
    return Recorded(
        version, "deal/D-1", version, "deal_resumed", event, Origin(actor="x", recorded_at=wall)
    )


def test_a_fast_clock_knows_when_a_thing_was_recorded_in_its_own_time() -> None:
    started = datetime(2026, 11, 1, tzinfo=UTC)
    clock = Clock(b0=day(10), w0=started, speed=3600)
    recorded = [
        # Before this clock was started: no earlier than what the stream knew.
        told_at(started - timedelta(minutes=9), day(3), 1),
        told_at(started - timedelta(minutes=8), day(1), 2),
        told_at(started + timedelta(seconds=24), day(4), 3),
    ]
    time = Timekeeper(lambda: clock, lambda: started + timedelta(minutes=1))
    assert learned_at(recorded, time) == [day(3), day(3), day(11)]
    real = Timekeeper(wall=time.wall)
    assert learned_at(recorded[:1], real) == [started - timedelta(minutes=9)]
