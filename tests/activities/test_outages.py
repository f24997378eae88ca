"""What an outage swallowed after it was planned: missed, or moved, as the playbook says."""

from datetime import timedelta
from pathlib import Path

import pytest

from domain import touch_events as e
from domain.explaining.entry import Heard
from domain.explaining.explain import explain
from domain.playbooks.parts import parts
from operations.authoring.files import load
from store import ledger, playbooks, sends, situation
from store.database import Tx
from store.sends import Send
from tests.support.household import ANN, CANAL, Household
from tests.support.sink import Sink, reply

USUAL = "calendar: {"
BUSY = reply("451 4.3.0 busy")


def catching_up(house: Household, folder: Path) -> None:
    """From now on the playbook makes good what an outage swallowed."""
    text = CANAL.read_text(encoding="utf-8")
    assert USUAL in text
    file = folder / "canal.yaml"
    file.write_text(text.replace(USUAL, f"{USUAL}after_downtime: next_slot, "), encoding="utf-8")
    with house.store.write() as tx:
        loaded = load(file).playbook
        playbooks.publish(tx, loaded.playbook, parts(loaded), "test", house.watch.now)


async def swallowed(house: Household, sink: Sink, days: float = 12) -> tuple[str, Send]:
    """A deal whose first mail was planned and written, and then all was down for so long."""
    sink.script("mail", BUSY)
    deal = house.open()
    await house.perform(deal)
    planned = house.mail(deal)
    assert (planned.status, sink.messages) == ("planned", [])
    house.watch.pass_(days=days)
    return deal, planned


def heard(tx: Tx, deal: str) -> list[Heard]:
    """The history of a deal, as it is explained."""
    known = ledger.read(tx, f"deal/{deal}")
    return [Heard(one.event, one.version, one.origin.actor) for one in known]


async def test_a_planned_mail_goes_in_a_slot_of_its_own_after_an_outage(
    house: Household, sink: Sink, tmp_path: Path
) -> None:
    catching_up(house, tmp_path)
    deal, planned = await swallowed(house, sink)
    back = house.watch.now
    woken = await house.perform(deal, "run/2/1")
    row = house.mail(deal)
    assert (row.status, row.reason, sink.messages) == ("planned", "downtime", [])
    assert row.slot_at is not None
    assert row.window_closes is not None
    assert back < row.slot_at <= row.window_closes
    assert (row.not_before, woken.wake_at) == (row.slot_at, row.slot_at)
    assert house.kinds(deal).count("enrollment_parked") == 1
    assert house.payload(planned.touch_id) is None  # its date would be twelve days old
    house.watch.now = row.slot_at
    await house.perform(deal, "run/3/1")
    (caught,) = [one for one in sink.messages if one.recipient == ANN]
    assert caught.message_id == planned.message_id
    assert caught.parsed["Date"].datetime == row.slot_at
    assert "touch_missed" not in house.kinds(deal)


async def test_a_moved_mail_says_what_moved_it(
    small_house: Household, sink: Sink, tmp_path: Path
) -> None:
    house = small_house
    catching_up(house, tmp_path)
    deal, _ = await swallowed(house, sink)
    await house.perform(deal, "run/2/1")
    with house.store.read() as tx:
        state = house.deal(deal)
        facts = situation.facts_for(tx, state, house.time.now(), house.time.grace())
        told = explain(heard(tx, deal), state, facts)
    (item,) = [one for one in told if (one.step, one.status) == ("first-contact", "planned")]
    assert "an outage or a pause had swallowed its window" in item.why[0]
    row = house.mail(deal)
    assert row.slot_at is not None
    house.watch.now = row.slot_at
    await house.perform(deal, "run/3/1")
    with house.store.read() as tx:
        sent = explain(heard(tx, deal), house.deal(deal), facts)[0]
    assert sent.status == "sent"
    assert "had swallowed its window" in " ".join(sent.why)


async def test_many_that_were_planned_before_an_outage_go_in_no_burst(
    small_house: Household, sink: Sink, tmp_path: Path
) -> None:
    house = small_house
    catching_up(house, tmp_path)
    sink.script("mail", BUSY, times=None)
    deals = [house.open(f"open-{number}") for number in range(8)]
    for deal in deals:
        await house.perform(deal)
    house.watch.pass_(days=8)
    sink.clear()
    for deal in deals:
        await house.perform(deal, "run/2/1")
    assert sink.messages == []
    assert len({house.mail(deal).slot_at for deal in deals}) == len(deals)


async def test_where_the_playbook_skips_a_swallowed_mail_is_missed(
    small_house: Household, sink: Sink
) -> None:
    deal, _ = await swallowed(small_house, sink)
    await small_house.perform(deal, "run/2/1")
    assert small_house.mail(deal).status == "missed"


@pytest.mark.parametrize("days", [0.1, 1])
async def test_a_short_outage_moves_nothing(
    small_house: Household, sink: Sink, tmp_path: Path, days: float
) -> None:
    house = small_house
    catching_up(house, tmp_path)
    deal, planned = await swallowed(house, sink, days)
    await house.perform(deal, "run/2/1")
    row = house.mail(deal)
    assert (row.status, row.slot_at) == ("sent", planned.slot_at)


async def test_a_slot_is_moved_by_the_attempt_that_holds_the_mail_alone(
    small_house: Household, sink: Sink, tmp_path: Path
) -> None:
    house = small_house
    deal, planned = await swallowed(house, sink)
    now = house.watch.now
    times = {"slot_at": now, "opens": now, "closes": now + timedelta(hours=48)}
    with house.store.write() as tx:
        assert sends.claim(tx, planned.touch_id, "mine", now)
        assert not sends.move(tx, planned.touch_id, "another", "downtime", **times, moved=None)
    assert house.mail(deal).slot_at == planned.slot_at
    assert not [one for one in house.events(deal) if isinstance(one, e.EnrollmentParked)]
