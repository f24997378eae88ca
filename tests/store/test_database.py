"""Transactions: all or nothing, one writer at a time, and plain words when it cannot be done."""

import sqlite3
import threading
from pathlib import Path
from traceback import format_exception

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from store import switches
from store.database import Store
from store.errors import Unreachable
from store.switches import Switch
from store.tables import nudges
from tests.support.moments import at


def _add(store: Store, reason: str) -> None:
    with store.write() as tx:
        tx.execute(insert(nudges).values(stream="deal/D-1", reason=reason, created_at=at()))


def _reasons(store: Store) -> list[str]:
    with store.read() as tx:
        return list(tx.execute(select(nudges.c.reason).order_by(nudges.c.nudge_id)).scalars())


def test_a_transaction_that_raises_leaves_nothing(store: Store) -> None:
    def half() -> None:
        with store.write() as tx:
            tx.execute(insert(nudges).values(stream="deal/D-1", reason="x", created_at=at()))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert _reasons(store) == []


def test_a_read_sees_one_moment_however_long_it_lasts(store: Store) -> None:
    _add(store, "before")
    with store.read() as tx:
        first = tx.execute(select(nudges.c.reason)).scalars().all()
        _add(store, "meanwhile")
        assert tx.execute(select(nudges.c.reason)).scalars().all() == first
    assert _reasons(store) == ["before", "meanwhile"]


def test_a_read_cannot_write(store: Store) -> None:
    with pytest.raises((DBAPIError, Unreachable)), store.read() as tx:
        tx.execute(insert(nudges).values(stream="deal/D-1", reason="x", created_at=at()))
    assert _reasons(store) == []


def test_many_threads_write_one_after_the_other(store: Store) -> None:
    def count_up() -> None:
        for _ in range(5):
            with store.write() as tx:
                if tx.dialect.name == "postgresql":
                    tx.execute(text("LOCK TABLE switches"))
                kept = switches.load(tx, "counter")
                number = int(kept.reason or 0) if kept else 0
                switches.flip(tx, Switch("counter", True, at(), "test", str(number + 1)))

    threads = [threading.Thread(target=count_up) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as tx:
        kept = switches.load(tx, "counter")
        assert kept is not None
        assert kept.reason == "40"


def test_what_must_survive_a_power_cut_is_on_disk_when_it_is_committed(
    sqlite_store: Store,
) -> None:
    with sqlite_store.write(durable=True) as tx:
        assert tx.execute(text("PRAGMA synchronous")).scalar() == 2
    with sqlite_store.write() as tx:
        assert tx.execute(text("PRAGMA synchronous")).scalar() == 1
        assert tx.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert tx.execute(text("PRAGMA foreign_keys")).scalar() == 1


def test_an_error_never_tells_what_was_written(store: Store) -> None:
    def forge() -> None:
        with store.write() as tx:
            row = {"stream": None, "reason": "ana@example.org", "created_at": at()}
            tx.execute(insert(nudges).values(row))

    with pytest.raises(DBAPIError) as told:
        forge()
    assert "ana@example.org" not in "".join(format_exception(told.value))


def test_a_store_that_was_closed_opens_again(store: Store) -> None:
    _add(store, "one")
    store.close()
    assert _reasons(store) == ["one"]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("nonsense", "cannot be read"),
        ("mysql://host/db", "sqlite and postgresql are known"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
    ],
)
def test_a_url_that_names_no_database_is_refused(url: str, reason: str) -> None:
    with pytest.raises(Unreachable, match=reason):
        Store.open(url)


def test_a_file_that_cannot_be_opened_is_unreachable(tmp_path: Path) -> None:
    with (
        Store.open(f"sqlite:///{tmp_path}/nowhere/sluice.db") as store,
        pytest.raises(Unreachable, match="cannot be opened"),
    ):
        store.ping()


def test_a_file_that_is_no_database_is_unreachable(tmp_path: Path) -> None:
    (tmp_path / "sluice.db").write_text("what a fine letter this is" * 100)
    with (
        Store.open(f"sqlite:///{tmp_path}/sluice.db") as store,
        pytest.raises(Unreachable, match="not a database"),
    ):
        _reasons(store)


def test_a_server_that_is_down_is_unreachable() -> None:
    with (
        Store.open("postgresql://nobody@127.0.0.1:1/none") as store,
        pytest.raises(Unreachable, match="does not answer"),
    ):
        store.ping()


def test_a_locked_file_is_unreachable_and_nothing_is_half_done(sqlite_store: Store) -> None:
    sqlite_store.ping()
    other = sqlite3.connect(str(sqlite_store.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with (
        Store.open(str(sqlite_store.url), wait_s=0.1) as impatient,
        pytest.raises(Unreachable, match="locked"),
    ):
        _add(impatient, "refused")
    other.execute("ROLLBACK")
    other.close()
    _add(sqlite_store, "accepted")
    assert _reasons(sqlite_store) == ["accepted"]


def test_a_writer_that_never_gets_its_turn_is_told_so(sqlite_store: Store) -> None:
    with Store.open(str(sqlite_store.url), wait_s=0.1) as impatient, impatient.write() as tx:
        tx.execute(select(nudges.c.reason))
        with pytest.raises(Unreachable, match="busy"):
            _add(impatient, "refused")


def test_a_full_file_is_unreachable_and_nothing_is_half_done(sqlite_store: Store) -> None:
    _add(sqlite_store, "kept")

    def fill() -> None:
        with sqlite_store.write() as tx:
            pages = tx.execute(text("PRAGMA page_count")).scalar_one()
            tx.execute(text(f"PRAGMA max_page_count = {pages + 2}"))
            tx.execute(insert(nudges).values(stream="a", reason="small", created_at=at()))
            tx.execute(insert(nudges).values(stream="b", reason="x" * 100_000, created_at=at()))

    with pytest.raises(Unreachable, match="full"):
        fill()
    assert _reasons(sqlite_store) == ["kept"]
    with sqlite_store.write() as tx:
        tx.execute(text("PRAGMA max_page_count = 1000000"))
    _add(sqlite_store, "there is room again")
    assert len(_reasons(sqlite_store)) == 2


@pytest.mark.postgres
def test_a_connection_that_is_cut_is_unreachable_and_nothing_is_half_done(
    postgres_store: Store,
) -> None:
    def cut() -> None:
        with postgres_store.write() as tx:
            tx.execute(insert(nudges).values(stream="a", reason="lost", created_at=at()))
            own = tx.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with postgres_store.write() as other:
                other.execute(text("SELECT pg_terminate_backend(:own)"), {"own": own})
            tx.execute(insert(nudges).values(stream="b", reason="lost", created_at=at()))

    with pytest.raises(Unreachable):
        cut()
    _add(postgres_store, "back again")
    assert _reasons(postgres_store) == ["back again"]


@pytest.mark.postgres
def test_a_row_that_is_locked_too_long_is_unreachable(postgres_store: Store) -> None:
    url = postgres_store.url.render_as_string(hide_password=False)
    with Store.open(url, wait_s=0.1) as impatient, postgres_store.write() as tx:
        tx.execute(text("LOCK TABLE nudges"))
        with pytest.raises(Unreachable, match="locked"):
            _add(impatient, "refused")
