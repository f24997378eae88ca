"""A house whose time is skipped by the real server, month after month."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client

from tests.support.databases import Fresh, sqlite_databases
from tests.support.household import ROOT
from tests.support.living import Skipping, manor
from tests.support.servers import temporal, temporal_server, working
from tests.support.sink import Sink

__all__ = ["sqlite_databases", "temporal", "temporal_server"]


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink() as opened:
        yield opened


@pytest.fixture
async def skipping(
    sqlite_databases: Fresh, tmp_path: Path, sink: Sink, temporal: Client
) -> AsyncIterator[Skipping]:
    """The shipped playbook `simple`, from a Monday in March."""
    playbook = ROOT / "playbooks" / "simple.yaml"
    url = sqlite_databases()
    async with manor(url, tmp_path, sink.url, temporal, playbook=playbook) as opened:
        house = Skipping(opened.house, temporal)
        async with working(house.house, temporal):
            yield house
