"""Upkeep: the memory verified, backed up, and made anew from the ledger."""

import sqlite3
from pathlib import Path

import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from domain import commands as c
from domain.refusal import Refused
from operations import deals, upkeep
from operations.house import EngineUnreachable, House
from store import board
from tests.support.shortcut import house, no_engine, opened_deal

__all__ = ["house", "no_engine"]


def due(house: House, deal_id: str) -> object:
    with house.store.read() as tx:
        row = board.row(tx, deal_id)
    assert row is not None
    return row.next_due


async def test_a_memory_that_is_whole_says_so_and_one_that_is_not_says_where(
    house: House,
) -> None:
    deal_id = await opened_deal(house)
    assert upkeep.check(house).whole
    with sqlite3.connect(str(house.store.url.database)) as raw:
        raw.execute("UPDATE deals SET stage = 'nowhere' WHERE deal_id = ?", (deal_id,))
    told = upkeep.check(house)
    assert not told.whole
    assert f"deal/{deal_id}" in {each.where for each in told.findings}


async def test_read_models_are_made_anew_with_the_moments_that_are_due(house: House) -> None:
    deal_id, lost = await opened_deal(house), await opened_deal(house, title="Lost")
    await deals.tell(house, lost, c.LoseDeal(reason="not_a_fit"), actor="test")
    before = due(house, deal_id)
    with sqlite3.connect(str(house.store.url.database)) as raw:
        raw.execute("UPDATE deals SET next_due = NULL, stage = 'nowhere'")
    told = await upkeep.make_anew(house, workflows=False)
    assert (told.streams, told.workflows) == (2, 0)
    assert (due(house, deal_id), due(house, lost)) == (before, None)
    assert upkeep.check(house).whole


async def test_without_temporal_the_models_are_anew_and_the_rest_is_unreachable(
    house: House,
) -> None:
    await opened_deal(house)
    with pytest.raises(EngineUnreachable, match="Temporal"):
        await upkeep.make_anew(house)
    assert upkeep.check(house).whole


async def test_a_lost_temporal_gets_a_workflow_for_everything_due(
    house: House, temporal: Client
) -> None:
    deal_id = await opened_deal(house)
    house.use(temporal)
    seen: list[tuple[int, int]] = []
    told = await upkeep.make_anew(house, lambda done, total: seen.append((done, total)))
    assert told.workflows == 1
    assert seen[-1] == (1, 1)
    told_of = await temporal.get_workflow_handle(f"deal/{deal_id}").describe()
    assert told_of.status is WorkflowExecutionStatus.RUNNING
    again = await upkeep.make_anew(house)
    assert again == told


async def test_a_backup_is_a_file_that_opens_and_never_overwrites(
    house: House, tmp_path: Path
) -> None:
    deal_id = await opened_deal(house)
    told = upkeep.back_up(house, tmp_path / "copy.db")
    assert told.bytes == (tmp_path / "copy.db").stat().st_size
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        assert copy.execute("SELECT deal_id FROM deals").fetchall() == [(deal_id,)]
    with pytest.raises(Refused, match="exists already"):
        upkeep.back_up(house, tmp_path / "copy.db")
