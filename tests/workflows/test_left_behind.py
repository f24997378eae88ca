"""Commands whose way to their workflow breaks: turned away at the door, or applied later."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import Client

from activities import applying, rounds
from activities.contract import Label, Submit
from domain import commands as c
from domain.ids import deal_id_for
from domain.refusal import NotFound
from operations import commands as asked
from operations import desk
from operations.desk import NotYetRecorded, kept_command
from operations.house import EngineUnreachable
from store import commands
from store.commands import Kept
from tests.support.databases import Fresh
from tests.support.living import Manor, eventually, manor
from tests.support.record_histories import server
from tests.support.servers import namespace, working
from tests.support.sink import Sink

OPEN = c.OpenDeal(title="A boat", playbook="canal", owner_id="P-1", enroll=False)


@pytest.fixture
def in_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left behind is so at once."""
    monkeypatch.setattr(applying, "LEFT_BEHIND", timedelta(0))
    monkeypatch.setattr(rounds, "LEFT_BEHIND", timedelta(0))


@pytest.fixture
async def cut_off(idle: Manor) -> AsyncIterator[Manor]:
    """A house whose connection leads to a server that has stopped."""
    with server() as address:
        client = await namespace(address)
    kept, idle.client = idle.client, client
    idle.house.use(client)
    yield idle
    idle.client = kept


async def test_without_temporal_nothing_is_accepted_and_nothing_stays(
    cut_off: Manor, temporal: Client
) -> None:
    with pytest.raises(EngineUnreachable):
        await cut_off.ask(OPEN, None, "open-1")
    with pytest.raises(NotFound):
        asked.show(cut_off.house, "open-1")
    cut_off.house.use(temporal)
    async with working(cut_off.house, temporal):
        assert (await cut_off.ask(OPEN, None, "open-1")).status == "done"


async def test_what_was_accepted_before_is_not_turned_away_by_a_repeat(cut_off: Manor) -> None:
    _keep(cut_off, "open-1")
    with pytest.raises(NotYetRecorded):
        await cut_off.ask(OPEN, None, "open-1")
    assert _load(cut_off, "open-1") is not None


async def test_an_update_that_arrives_after_its_command_was_taken_back_applies_nothing(
    living: Manor,
) -> None:
    deal = await living.open("open-1", enroll=False)
    before = living.kinds(deal)
    submit = Submit(deal_id=deal, command_id="call-1")
    late = await desk._update(living.client, submit, Label(), "call-1")
    assert (late.status, late.code) == ("refused", applying.TAKEN_BACK)
    assert living.kinds(deal) == before
    # Its id is good again: the update of the same name has its answer already.
    again = await living.ask(c.LogActivity(activity="call"), deal, "call-1")
    assert again.status == "done"
    assert living.kinds(deal).count("activity_logged") == 1


@pytest.mark.usefixtures("in_no_time")
async def test_what_was_accepted_is_recorded_though_the_server_forgot_it(
    sqlite_databases: Fresh,
    tmp_path: Path,
    sink: Sink,
    temporal: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Accepted while no worker works; then server and update are gone, and another one comes."""
    monkeypatch.setattr(desk, "PATIENCE", timedelta(seconds=1))
    with server() as address:
        first = await namespace(address)
        async with manor(sqlite_databases(), tmp_path, sink.url, first) as house:
            with pytest.raises(NotYetRecorded):
                await house.ask(OPEN, None, "open-1")
            house.client = temporal
            house.house.use(temporal)
            deal = deal_id_for("open-1")
            async with working(house.house, temporal):
                await eventually(lambda: house.kinds(deal))
            assert house.kinds(deal).count("deal_opened") == 1
            assert asked.show(house.house, "open-1").status == "done"


@pytest.mark.usefixtures("in_no_time")
async def test_an_opening_that_is_refused_by_then_leaves_no_failed_workflow(idle: Manor) -> None:
    command = OPEN.model_copy(update={"stage": "nowhere"})
    _keep(idle, "open-1", command)
    async with working(idle.house, idle.client):
        await eventually(lambda: asked.show(idle.house, "open-1").status == "refused")
        async with asyncio.timeout(20):
            await idle.handle(deal_id_for("open-1")).result()
    assert idle.kinds(deal_id_for("open-1")) == []


def _keep(house: Manor, command_id: str, command: c.OpenDeal = OPEN) -> None:
    with house.house.store.write() as tx:
        commands.keep(
            tx, kept_command(house.house, command, "P-1", deal_id_for(command_id), command_id)
        )


def _load(house: Manor, command_id: str) -> Kept | None:
    with house.house.store.read() as tx:
        return commands.load(tx, command_id)
