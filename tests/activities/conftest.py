"""A household on SQLite and on PostgreSQL, and a relay that a test can script."""

from collections.abc import AsyncIterator, Iterator

import pytest

from mail.kitchen import Kitchen
from store.database import Store
from tests.support.databases import (
    database_url,
    postgres_databases,
    postgres_server,
    sqlite_databases,
    sqlite_store,
    store,
)
from tests.support.household import MAILS, Household
from tests.support.rfc import faults
from tests.support.sink import Sink

__all__ = [
    "database_url",
    "postgres_databases",
    "postgres_server",
    "sqlite_databases",
    "sqlite_store",
    "store",
]


@pytest.fixture(scope="session")
def kitchen() -> Iterator[Kitchen]:
    """One kitchen for all: its child process is slow to start."""
    with Kitchen(MAILS, within=20) as opened:
        yield opened


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    """The relay. Whatever it took in a test must keep the rules of mail."""
    async with Sink() as opened:
        yield opened
        assert [broken for one in opened.messages if (broken := faults(one.raw))] == []


@pytest.fixture
async def house(store: Store, sink: Sink, kitchen: Kitchen) -> AsyncIterator[Household]:
    """On SQLite and on PostgreSQL."""
    opened = Household(store, sink.url, kitchen)
    yield opened
    await opened.close()


@pytest.fixture
async def small_house(
    sqlite_store: Store, sink: Sink, kitchen: Kitchen
) -> AsyncIterator[Household]:
    """On SQLite alone, for what no database changes."""
    opened = Household(sqlite_store, sink.url, kitchen)
    yield opened
    await opened.close()
