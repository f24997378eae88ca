"""One transaction decides a command, records it and keeps the answer; a repeat gets the answer."""

import asyncio
import threading
from typing import Any

import pytest
from sqlalchemy import update
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities import applying
from activities.apply import Registrar
from activities.applying import apply_command, apply_left_behind
from activities.contract import Fault, Receipt, Submit
from domain import commands as c
from domain.decisions import decide
from domain.refusal import Refused
from store import commands, tables
from store.database import Store
from store.errors import Unreachable
from tests.support.household import Household, in_thread


def _apply(house: Household, deal_id: str, command_id: str) -> Receipt:
    registrar = Registrar(house.store, house.time)
    submit = Submit(deal_id=deal_id, command_id=command_id)
    receipt: Receipt = ActivityEnvironment().run(registrar.apply, submit)
    return receipt


def test_a_repeated_command_gives_its_receipt_and_changes_nothing(house: Household) -> None:
    deal = house.open("open-1")
    before = house.kinds(deal)
    one = apply_command(house.store, house.time, "open-1")
    two = _apply(house, deal, "open-1")
    assert one == two
    assert (one.status, one.version) == ("done", len(before))
    assert house.kinds(deal) == before


def test_the_receipt_says_when_to_wake_and_how_to_show_it(house: Household) -> None:
    deal = house.open()
    receipt = apply_command(house.store, house.time, "open-1")
    assert receipt.wake_at == house.watch.now
    assert (receipt.label.stage, receipt.label.owner) == ("hello", "P-1")
    assert receipt.label.details == "hello, 0 days in stage, first-contact due Mon 02 Mar 10:00"
    assert "Ann" not in receipt.model_dump_json()
    assert "boat" not in receipt.model_dump_json()
    assert deal


def test_a_refusal_is_a_receipt_and_stays_one(house: Household) -> None:
    deal = house.open()
    first = house.ask(c.AdvanceDeal(stage="offer"), deal, "go-1")
    assert (first.status, first.code) == ("refused", "gate_closed")
    house.ask(c.ChangeDetails(fields={"budget": "10"}), deal)
    assert apply_command(house.store, house.time, "go-1") == first
    assert house.ask(c.AdvanceDeal(stage="offer"), deal, "go-2").status == "done"


async def test_a_lost_race_is_a_refusal(house: Household) -> None:
    """Win and lose at once: one is done, the other is told that the deal is closed."""
    deal = house.open()
    kept = [
        house.keep(c.WinDeal(), deal, "win"),
        house.keep(c.LoseDeal(reason="price"), deal, "lose"),
    ]
    found = await asyncio.gather(
        *(asyncio.to_thread(apply_command, house.store, house.time, one.command_id) for one in kept)
    )
    assert sorted(one.status for one in found) == ["done", "refused"]
    kinds = house.kinds(deal)
    assert ("deal_won" in kinds) is not ("deal_lost" in kinds)


async def test_twenty_copies_of_a_command_at_once_happen_once(house: Household) -> None:
    deal = house.open()
    house.keep(c.LogActivity(activity="call", contact_id="C-1"), deal, "call-1")
    found = await asyncio.gather(
        *(asyncio.to_thread(apply_command, house.store, house.time, "call-1") for _ in range(20))
    )
    assert len({one.model_dump_json() for one in found}) == 1
    assert house.kinds(deal).count("activity_logged") == 1


async def test_many_commands_at_once_leave_no_gap(house: Household) -> None:
    deal = house.open()
    kept = [
        house.keep(c.LogActivity(activity="call"), deal, f"call-{number}") for number in range(12)
    ]
    found = await asyncio.gather(
        *(asyncio.to_thread(apply_command, house.store, house.time, one.command_id) for one in kept)
    )
    versions = sorted(one.version for one in found)
    assert versions == sorted(set(versions))
    assert versions[-1] == len(house.kinds(deal)) == house.deal(deal).version


def test_a_fault_is_named_flags_the_deal_and_lets_other_commands_go_on(
    house: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal = house.open()
    house.keep(c.LogActivity(activity="call"), deal, "call-1")

    def broken(*_: Any) -> None:
        raise ZeroDivisionError("Ann said so")

    monkeypatch.setattr(applying, "due_of", broken)
    with pytest.raises(ApplicationError) as caught:
        _apply(house, deal, "call-1")
    monkeypatch.undo()
    assert (caught.value.type, caught.value.non_retryable) == (Fault.APPLY, True)
    assert "Ann" not in str(caught.value)
    assert house.deal(deal).attention
    assert "activity_logged" not in house.kinds(deal)
    assert house.ask(c.LogActivity(activity="meeting"), deal).status == "done"


def test_after_the_fault_is_mended_the_same_command_goes(
    small_house: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, deal = small_house, small_house.open()
    house.keep(c.LogActivity(activity="call"), deal, "call-1")
    monkeypatch.setattr(applying, "decide", lambda *_: 1 / 0)
    with pytest.raises(ApplicationError):
        _apply(house, deal, "call-1")
    monkeypatch.undo()
    assert _apply(house, deal, "call-1").status == "done"


def test_a_command_whose_text_is_lost_is_a_fault(small_house: Household) -> None:
    house, deal = small_house, small_house.open()
    house.keep(c.LogActivity(activity="call"), deal, "call-1")
    with house.store.write() as tx:
        tx.execute(update(tables.commands).values(body=None))
        tx.execute(update(tables.commands).values(receipt=None))
    with pytest.raises(ApplicationError) as caught:
        _apply(house, deal, "call-1")
    assert caught.value.type == Fault.APPLY


def test_a_command_that_was_taken_back_changes_nothing(house: Household) -> None:
    deal = house.open()
    before = house.kinds(deal)
    house.keep(c.LogActivity(activity="call"), deal, "call-1")
    with house.store.write() as tx:
        assert commands.take_back(tx, "call-1")
    receipt = _apply(house, deal, "call-1")
    assert (receipt.status, receipt.code) == ("refused", applying.TAKEN_BACK)
    assert house.kinds(deal) == before
    with house.store.write() as tx:
        assert not commands.take_back(tx, "open-1")


async def test_a_door_that_takes_back_waits_for_whoever_applies(
    house: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Either it is decided and keeps its receipt, or it is gone and nothing was decided."""
    deal, decided, real = house.open(), threading.Event(), decide

    def slow(*told: Any) -> Any:
        decided.set()
        assert not go_on.wait(0.3)
        return real(*told)

    go_on = threading.Event()
    house.keep(c.LogActivity(activity="call"), deal, "call-1")
    monkeypatch.setattr(applying, "decide", slow)
    applied = asyncio.create_task(in_thread(_apply, house, deal, "call-1"))
    await asyncio.to_thread(decided.wait)

    def take_back() -> bool:
        with house.store.write() as tx:
            gone = commands.take_back(tx, "call-1")
        go_on.set()
        return gone

    assert not await asyncio.to_thread(take_back)
    assert (await applied).status == "done"
    assert house.kinds(deal).count("activity_logged") == 1


def test_what_was_left_behind_is_applied_in_its_order(house: Household) -> None:
    deal = house.open()
    house.keep(c.LogActivity(activity="call"), deal, "call-1")
    house.watch.pass_(seconds=30)
    house.keep(c.LogActivity(activity="meeting"), deal, "call-2")
    house.watch.pass_(seconds=40)
    one = apply_left_behind(house.store, house.time, f"deal/{deal}")
    assert [receipt.command_id for receipt in one] == ["call-1"]
    house.watch.pass_(seconds=40)
    two = apply_left_behind(house.store, house.time, f"deal/{deal}")
    assert [receipt.command_id for receipt in two] == ["call-2"]


async def test_a_wake_up_applies_what_was_left_behind_and_survives_its_faults(
    small_house: Household, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    house, deal = small_house, small_house.open()
    house.keep(c.LogActivity(activity="call", note="she hates teak"), deal, "call-1")
    house.watch.pass_(minutes=2)

    def broken(command: c.AnyCommand, *_: Any) -> None:
        raise ValueError(command.model_dump())

    monkeypatch.setattr(applying, "decide", broken)
    await house.perform(deal)
    monkeypatch.undo()
    assert house.deal(deal).attention
    assert "command call-1, left behind, fails: ValueError" in caplog.text
    assert "in broken" in caplog.text
    assert "teak" not in caplog.text
    await house.perform(deal, "run/2/1")
    assert house.kinds(deal).count("activity_logged") == 1


def test_a_locked_database_is_tried_again_and_nothing_is_written(
    small_house: Household,
) -> None:
    house, deal = small_house, small_house.open()
    house.keep(c.LogActivity(activity="call"), deal, "call-1")
    registrar = Registrar(Store(house.store.url, wait_s=0.05), house.time)
    submit = Submit(deal_id=deal, command_id="call-1")
    with house.store.write(), pytest.raises(ApplicationError) as caught:
        ActivityEnvironment().run(registrar.apply, submit)
    assert (caught.value.type, caught.value.non_retryable) == ("Unreachable", False)
    assert "activity_logged" not in house.kinds(deal)
    assert ActivityEnvironment().run(registrar.apply, submit).status == "done"


def test_a_command_of_a_deal_that_is_unknown_is_refused(small_house: Household) -> None:
    receipt = small_house.ask(c.LogActivity(activity="call"), "D-nobody", "call-1")
    assert (receipt.status, receipt.code) == ("refused", "not_found")


def test_texts_stay_out_of_events(house: Household) -> None:
    deal = house.open(title="Yacht for Mrs Secret")
    house.ask(c.LogActivity(activity="call", note="she hates teak"), deal)
    told = "".join(one.model_dump_json() for one in house.events(deal))
    for word in ("Yacht", "Secret", "teak"):
        assert word not in told


def test_an_unreachable_database_is_told_as_such(small_house: Household) -> None:
    with small_house.store.write(), pytest.raises(Unreachable):
        apply_command(Store(small_house.store.url, wait_s=0.05), small_house.time, "x")


def test_a_refusal_is_no_fault() -> None:
    assert not issubclass(Refused, ApplicationError)
