"""The worker takes commands, sends mail, relays nudges, drains when asked and says how it goes."""

import asyncio
import os
import shutil
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client, WorkflowExecutionStatus

import worker
from domain import commands as c
from domain.refusal import Refused
from domain.times.clock import Clock
from operations import contacts, deals, pulse, readiness, waking
from operations.authoring import playbooks
from operations.contacts import NewContact
from operations.deals import Opening
from operations.house import Company, Config, EngineUnreachable, House
from settings import ROOT
from store import nudges, sends
from tests.support.databases import Fresh
from tests.support.servers import working
from tests.support.sink import Sink

TUESDAY = datetime(2026, 3, 3, 11, tzinfo=UTC)
"""In the send window of the default playbook, so that the first mail goes at once."""

ANN = "ann@them.example"


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink() as opened:
        yield opened


@pytest.fixture
def config(sqlite_databases: Fresh, tmp_path: Path, sink: Sink, temporal: Client) -> Config:
    folder = tmp_path / "playbooks"
    folder.mkdir()
    shutil.copy(ROOT / "playbooks" / "simple.yaml", folder)
    # A first mail goes at the next whole minute, which is a second away on this clock.
    clock = Clock(b0=TUESDAY, w0=datetime.now(UTC), speed=60)
    return Config(
        database_url=sqlite_databases(),
        secret=b"a secret for the tests of workers",
        data_dir=tmp_path,
        temporal_address=temporal.service_client.config.target_host,
        temporal_namespace=temporal.namespace,
        smtp_url=sink.url,
        company=Company(sender="sales@us.example"),
        playbooks=folder,
        templates=ROOT / "templates",
        clock=lambda: clock,
    )


@pytest.fixture
def house(config: Config) -> Iterator[House]:
    with House(config) as opened:
        playbooks.publish_shipped(opened)
        contacts.add(opened, NewContact(email=ANN, name="Ann Other"), actor="test")
        yield opened


def opening(title: str = "A boat") -> Opening:
    return Opening(title=title, contacts=(ANN,))


async def test_a_deal_that_is_opened_writes_to_its_contact(
    house: House, temporal: Client, sink: Sink
) -> None:
    async with working(house, temporal):
        opened = await deals.open_deal(house, opening(), actor="test")
        [mail] = await sink.arrived(1, within=30)
    assert mail.recipient == ANN
    [row] = sent(house, opened.deal_id)
    assert mail.message_id == row.message_id


async def test_rounds_are_made_from_the_first_worker_on(house: House, temporal: Client) -> None:
    async with working(house, temporal):
        handle = temporal.get_workflow_handle("rounds")
        description = await handle.describe()
    async with working(house, temporal):
        again = await handle.describe()
    assert description.status is WorkflowExecutionStatus.RUNNING
    assert again.run_id == description.run_id


async def test_a_nudge_wakes_the_workflow_and_is_forgotten(house: House, temporal: Client) -> None:
    async with working(house, temporal):
        opened = await deals.open_deal(house, opening(), actor="test")
    house.use(temporal)
    await deals.tell(house, opened.deal_id, c.RecordReply(channel="email"), actor="test")
    assert waiting(house) == 1
    assert await waking.relay_once(house) == 1
    assert waiting(house) == 0
    names = [
        event.workflow_execution_signaled_event_attributes.signal_name
        async for event in temporal.get_workflow_handle(
            f"deal/{opened.deal_id}"
        ).fetch_history_events()
        if event.HasField("workflow_execution_signaled_event_attributes")
    ]
    assert names == ["wake"]


async def test_nudges_are_relayed_once_a_stream_and_no_faster_than_asked(
    house: House, temporal: Client
) -> None:
    streams = [f"deal/D-{number}" for number in range(5)]
    with house.store.write() as tx:
        nudges.add(tx, streams * 3, "test", house.time.wall())
    house.use(temporal)
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    assert await waking.relay_once(house, rate=10, pause=pause) == 5
    assert pauses == [0.1] * 5
    assert waiting(house) == 0


async def test_a_nudge_stays_while_temporal_is_away(config: Config) -> None:
    away = replace(config, temporal_address="127.0.0.1:1")
    with House(away) as house:
        with house.store.write() as tx:
            nudges.add(tx, ["deal/D-1"], "test", house.time.wall())
        with pytest.raises(EngineUnreachable):
            await waking.relay_once(house)
        assert waiting(house) == 1


async def test_a_namespace_without_search_attributes_is_refused(
    house: House, temporal_server: str
) -> None:
    bare = await Client.connect(temporal_server, namespace="temporal-system")
    house.use(bare)
    with pytest.raises(Refused, match="temporal operator search-attribute create") as refused:
        await readiness.check_attributes(house)
    assert "SluiceStage" in refused.value.message


def test_a_database_without_tables_is_refused(config: Config, tmp_path: Path) -> None:
    empty = replace(config, database_url=f"sqlite:///{tmp_path / 'empty.db'}")
    with House(empty) as house, pytest.raises(Refused, match="sluice migrate"):
        readiness.check_shape(house)


async def test_sigterm_lets_a_mail_that_has_begun_be_finished(
    house: House, config: Config, sink: Sink
) -> None:
    hold = sink.hold("dot")
    process = await started(config)
    opened = await deals.open_deal(house, opening(), actor="test")
    await asyncio.wait_for(hold.reached.wait(), 30)
    process.send_signal(signal.SIGTERM)
    assert process.stderr is not None
    await read_until(process, b"draining")
    assert process.returncode is None
    hold.release.set()
    assert await asyncio.wait_for(process.wait(), 30) == 0
    [row] = sent(house, opened.deal_id)
    assert row.status == "sent"
    assert len(sink.messages) == 1


async def test_check_tells_whether_a_worker_of_this_machine_is_well(
    config: Config, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLUICE_DATA_DIR", str(config.data_dir))
    assert worker.main(["--check"]) == 1
    process = await started(config)
    assert worker.main(["--check"]) == 0
    assert f"worker {process.pid}: running" in capsys.readouterr().out
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 30) == 0
    assert worker.main(["--check"]) == 1


def test_a_worker_that_cannot_reach_its_engines_is_not_well(tmp_path: Path) -> None:
    wrist = pulse.Wrist(tmp_path)
    wrist.beat("cannot reach its engines: Unreachable")
    [felt] = pulse.of_this_host(tmp_path)
    assert not felt.well
    wrist.beat("running")
    [felt] = pulse.of_this_host(tmp_path)
    assert felt.well


async def started(config: Config) -> Process:
    """A worker in a process of its own that works already."""
    environment = {
        **os.environ,
        "SLUICE_DATA_DIR": str(config.data_dir),
        "SLUICE_DATABASE_URL": config.database_url,
        "SLUICE_TEMPORAL_ADDRESS": config.temporal_address,
        "SLUICE_TEMPORAL_NAMESPACE": config.temporal_namespace,
        "SLUICE_SMTP_URL": config.smtp_url,
        "SLUICE_SENDER": config.company.sender,
        "SLUICE_PLAYBOOKS": str(config.playbooks),
        "SLUICE_SECRET": config.secret.decode(),
    }
    clock = config.clock().model_dump_json()
    (config.data_dir / "clock.json").write_text(f'{{"clock": {clock}}}')
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "worker", env=environment, cwd=ROOT, stderr=PIPE
    )
    await read_until(process, b"sluice.worker working")
    return process


async def read_until(process: Process, words: bytes) -> None:
    """Read what the process says until these words."""
    assert process.stderr is not None
    said = b""
    async with asyncio.timeout(60):
        while words not in said:
            line = await process.stderr.readline()
            assert line, said.decode()
            said += line


def sent(house: House, deal_id: str) -> list[Any]:
    with house.store.read() as tx:
        return [one for one in sends.page(tx, deal_id=deal_id, limit=10) if one.status == "sent"]


def waiting(house: House) -> int:
    with house.store.read() as tx:
        return len(nudges.waiting(tx))
