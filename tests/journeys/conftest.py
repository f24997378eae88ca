"""A house whose time is skipped by the real server, month after month."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from temporalio.client import Client

from mail.kitchen import Kitchen
from store.database import Store
from tests.support.databases import (
    Fresh,
    database_url,
    postgres_databases,
    postgres_server,
    sqlite_databases,
    store,
)
from tests.support.household import MAILS, ROOT, Household
from tests.support.living import Skipping, manor
from tests.support.rfc import faults
from tests.support.servers import temporal, temporal_server, working
from tests.support.sink import Sink

__all__ = [
    "database_url",
    "postgres_databases",
    "postgres_server",
    "sqlite_databases",
    "store",
    "temporal",
    "temporal_server",
]


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    """The relay. Whatever it took in a test must keep the rules of mail."""
    async with Sink() as opened:
        yield opened
        assert [broken for one in opened.messages if (broken := faults(one.raw))] == []


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


@pytest.fixture(scope="session")
def kitchen() -> Iterator[Kitchen]:
    with Kitchen(MAILS, within=20) as opened:
        yield opened


@pytest.fixture
async def house(store: Store, sink: Sink, kitchen: Kitchen) -> AsyncIterator[Household]:
    """On SQLite and on PostgreSQL, with the time that the test says."""
    opened = Household(store, sink.url, kitchen)
    yield opened
    await opened.close()
