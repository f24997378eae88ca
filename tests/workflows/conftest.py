"""A living house with a worker on the real server, in a namespace of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from tests.support.databases import Fresh, sqlite_databases
from tests.support.living import Manor, manor
from tests.support.replaying import replay
from tests.support.servers import temporal, temporal_server, working
from tests.support.sink import Sink

__all__ = ["sqlite_databases", "temporal", "temporal_server"]


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink() as opened:
        yield opened


@pytest.fixture
async def idle(
    sqlite_databases: Fresh, tmp_path: Path, sink: Sink, temporal: Client
) -> AsyncIterator[Manor]:
    """A living house for which nobody works yet."""
    async with manor(sqlite_databases(), tmp_path, sink.url, temporal) as opened:
        yield opened


@pytest.fixture
async def living(idle: Manor, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Manor]:
    """A living house with one worker; at the end each life in it is replayed from its history.

    What a test patched holds until then: whoever asks for `monkeypatch` is torn down before it.
    """
    async with working(idle.house, idle.client):
        yield idle
    async for run in idle.client.list_workflows():
        handle = idle.client.get_workflow_handle(run.id, run_id=run.run_id)
        await replay(await handle.fetch_history())
