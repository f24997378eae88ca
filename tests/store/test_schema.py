"""The tables: what the migrations make is what the code expects, and the ledger stays as it is."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from store import tables, upgrading
from store.database import Store, engine, parse
from store.errors import Unreachable
from tests.support.databases import Fresh


def test_the_migrations_make_what_the_tables_say(database_url: str) -> None:
    made = engine(parse(database_url))
    with made.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, tables.metadata) == []
    made.dispose()


def test_a_database_of_an_earlier_shape_says_what_to_run(database_url: str) -> None:
    made = engine(parse(database_url))
    with made.begin() as connection:
        connection.execute(text("ALTER TABLE deals RENAME COLUMN next_due TO due_next"))
    made.dispose()
    with (
        Store.open(database_url) as store,
        pytest.raises(Unreachable, match="sluice migrate"),
        store.write() as tx,
    ):
        tx.execute(tables.deals.update().values(next_due=None))


def test_the_migrations_make_the_same_triggers_and_checks(database_url: str) -> None:
    migrated = engine(parse(database_url))
    with migrated.begin() as connection:
        by_migration = _rules(connection)
    with migrated.begin() as connection:
        for table in inspect(connection).get_table_names():
            cascade = "CASCADE" if connection.dialect.name == "postgresql" else ""
            connection.execute(text(f"DROP TABLE {table} {cascade}"))
        if connection.dialect.name == "postgresql":
            connection.execute(text("DROP FUNCTION refuse_change"))
        tables.metadata.create_all(connection)
        assert _rules(connection) == by_migration
    migrated.dispose()


def _rules(connection: Connection) -> list[tuple[str, ...]]:
    if connection.dialect.name == "sqlite":
        triggers = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'"
    else:
        triggers = (
            "SELECT tgname, tgrelid::regclass::text, pg_get_triggerdef(oid) "
            "FROM pg_trigger WHERE NOT tgisinternal"
        )
    found = [tuple(row) for row in connection.execute(text(triggers))]
    assert len(found) >= 2
    asked = inspect(connection)
    for name in sorted(set(asked.get_table_names()) - {"alembic_version"}):
        for check in asked.get_check_constraints(name):
            found.append((name, str(check["name"]), check["sqltext"]))
        for index in asked.get_indexes(name):
            options = index.get("dialect_options", {})
            where = [str(value) for key, value in options.items() if key.endswith("where")]
            found.append((name, str(index["name"]), *where))
    return sorted(found)


def test_a_second_upgrade_changes_nothing(database_url: str) -> None:
    assert upgrading.upgrade(database_url) == upgrading.newest()
    assert upgrading.current(database_url) == upgrading.newest()


def test_two_upgrades_at_once_make_the_tables_once(empty_database_url: str) -> None:
    together = threading.Barrier(3)

    def run(_number: int) -> str:
        together.wait()
        return upgrading.upgrade(empty_database_url)

    with ThreadPoolExecutor(3) as pool:
        assert set(pool.map(run, range(3))) == {upgrading.newest()}


def test_an_upgrade_waits_for_who_writes_to_a_new_file(tmp_path: Path) -> None:
    """SQLite itself says at once that the file is locked, for its mode changes then."""
    file = tmp_path / "new.db"
    writing = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    writing.execute("BEGIN IMMEDIATE")
    leaving = threading.Timer(0.2, writing.close)
    leaving.start()
    assert upgrading.upgrade(f"sqlite:///{file}") == upgrading.newest()
    leaving.join()


def test_who_writes_to_a_new_file_for_ever_is_told_of_in_time(tmp_path: Path) -> None:
    file = tmp_path / "new.db"
    with (
        closing(sqlite3.connect(file, isolation_level=None)) as writing,
        Store.open(f"sqlite:///{file}", wait_s=0.1) as store,
    ):
        writing.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unreachable, match="locked"), store.write():
            pass


def test_an_empty_database_says_that_it_is_not_set_up(empty_database_url: str) -> None:
    assert upgrading.current(empty_database_url) is None
    with (
        Store.open(empty_database_url) as store,
        pytest.raises(Unreachable, match="not set up"),
        store.read() as tx,
    ):
        tx.execute(tables.events.select())


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr("alembic.op.create_index", fail)
        with pytest.raises(RuntimeError):
            upgrading.upgrade(empty_database_url)
    assert upgrading.current(empty_database_url) is None
    assert upgrading.upgrade(empty_database_url) == upgrading.newest()


FORGERIES = [
    "UPDATE events SET actor = 'nobody'",
    "UPDATE events SET data = '{}' WHERE position = 1",
    "DELETE FROM events",
    "DELETE FROM events WHERE position = 2",
    "UPDATE parts SET body = '{}'",
    "DELETE FROM parts",
]
_REPLACED = (
    "(position, stream, version, kind, schema, data, happened_at, recorded_at, actor) VALUES "
    "({}, 'deal/D-1', {}, 'deal_won', 1, '{{}}', '2026-01-01', '2026-01-01', 'nobody')"
)


@pytest.fixture
def kept(store: Store) -> Store:
    """A store with two events and a part, put in by hand."""
    return _filled(store)


@pytest.fixture
def kept_in_sqlite(sqlite_store: Store) -> Store:
    """The same, on SQLite alone."""
    return _filled(sqlite_store)


def _filled(store: Store) -> Store:
    with store.write() as tx:
        for number in (1, 2):
            tx.execute(text("INSERT INTO events " + _REPLACED.format(number, number)))
        tx.execute(
            text("INSERT INTO parts VALUES ('p', 'limits', 1, '{}', 'd', '2026-01-01', 'x')")
        )
    return store


@pytest.mark.parametrize("statement", FORGERIES)
def test_what_was_kept_cannot_be_changed_by_any_connection(kept: Store, statement: str) -> None:
    plain = create_engine(kept.url)
    with pytest.raises(DBAPIError, match="never"), plain.begin() as connection:
        connection.execute(text(statement))
    with plain.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM events")).scalar() == 2
        assert connection.execute(text("SELECT count(*) FROM parts")).scalar() == 1
    plain.dispose()


@pytest.mark.parametrize(("position", "version"), [(1, 1), (1, 3), (3, 1), (2, 2), (4, 3), (3, 4)])
def test_sqlite_cannot_replace_or_skip_an_event(
    kept_in_sqlite: Store, position: int, version: int
) -> None:
    plain = create_engine(kept_in_sqlite.url)
    forged = "INSERT OR REPLACE INTO events " + _REPLACED.format(position, version)
    with pytest.raises(DBAPIError, match="only added at the end"), plain.begin() as connection:
        connection.execute(text(forged))
    plain.dispose()


@pytest.mark.postgres
def test_postgresql_cannot_empty_the_ledger(postgres_databases: Fresh) -> None:
    with Store.open(postgres_databases()) as store:
        _filled(store)
        with pytest.raises(DBAPIError, match="never"), store.write() as tx:
            tx.execute(text("TRUNCATE events"))
