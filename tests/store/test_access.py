"""The tables of access, on both databases: counting in one statement, and a log for ever."""

from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from store.access import audit, passwords, sessions
from store.access.audit import Entry
from store.database import Store
from tests.support.moments import at

ENTRY = Entry(at=at(), actor="key/abc", what="win_deal", outcome="done", stream="deal/D-1")


def test_attempts_at_the_same_moment_are_all_counted(store: Store) -> None:
    found: list[int] = []

    def tries() -> None:
        for _ in range(5):
            with store.write() as tx:
                found.append(sessions.try_again(tx, "name", at(10), at()))

    threads = [Thread(target=tries) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(1, 21))
    with store.write() as tx:
        assert sessions.try_again(tx, "name", at(30), at(10)) == 1, "a new window"
        assert sessions.try_again(tx, "name", at(31), at(11)) == 2
        sessions.forget_attempts(tx, "name")
        assert sessions.try_again(tx, "name", at(32), at(12)) == 1
        sessions.forget_attempts(tx, before=at(40))
        assert sessions.try_again(tx, "name", at(33), at(13)) == 1


def test_an_invite_is_taken_once(store: Store) -> None:
    with store.write() as tx:
        passwords.invite(tx, "hash", "P-1", at(60))
        assert passwords.take_invite(tx, "hash", at(60)) is None
        assert passwords.invited(tx, "hash", at()) == "P-1"
        assert passwords.take_invite(tx, "hash", at()) == "P-1"
        assert passwords.take_invite(tx, "hash", at()) is None


def test_the_log_is_read_backwards_page_by_page(store: Store) -> None:
    with store.write() as tx:
        for number in range(5):
            audit.add(tx, replace(ENTRY, actor=f"P-{number % 2}", stream=f"deal/D-{number}"))
        audit.add(tx, ENTRY)
        first = audit.page(tx, limit=2)
        assert (first[0].key_id, first[0].actor) == ("abc", "key/abc")
        assert [one.stream for one in first] == ["deal/D-1", "deal/D-4"]
        rest = audit.page(tx, before=first[-1].entry_id)
        assert [one.stream for one in rest] == ["deal/D-3", "deal/D-2", "deal/D-1", "deal/D-0"]
        assert len(audit.page(tx, actor="P-1")) == 2
        assert len(audit.page(tx, stream="deal/D-1")) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'me'",
        "DELETE FROM audit",
        "UPDATE audit SET outcome = 'done' WHERE entry_id = 1",
    ],
)
def test_no_connection_can_change_the_log(store: Store, statement: str) -> None:
    with store.write() as tx:
        audit.add(tx, ENTRY)
    plain = create_engine(store.url)
    with pytest.raises(DBAPIError, match="never"), plain.begin() as connection:
        connection.execute(text(statement))
    plain.dispose()
    with store.read() as tx:
        assert [replace(one, entry_id=0, key_id=None) for one in audit.page(tx)] == [ENTRY]


def test_sqlite_cannot_replace_an_entry(sqlite_store: Store) -> None:
    with sqlite_store.write() as tx:
        audit.add(tx, ENTRY)
    plain = create_engine(sqlite_store.url)
    forged = "INSERT OR REPLACE INTO audit (entry_id, at, actor, what, outcome) "
    forged += "VALUES (1, '2026-01-01', 'me', 'win_deal', 'done')"
    with pytest.raises(DBAPIError, match="never"), plain.begin() as connection:
        connection.execute(text(forged))
    plain.dispose()


def test_sessions_that_are_over_are_swept(store: Store) -> None:
    def kept(tx: object) -> int:
        return sum(sessions.find(tx, name) is not None for name in "abc")  # type: ignore[arg-type]

    with store.write() as tx:
        for name, begun, seen in (("a", 0, 50), ("b", 20, 50), ("c", 20, 30)):
            sessions.begin(tx, sessions.Signed(name, "P-1", at(begun), at(seen)))
        assert sessions.sweep(tx, at(10), at(40)) == 2
        assert kept(tx) == 1
        sessions.seen(tx, "b", at(55))
        found = sessions.find(tx, "b")
        assert found is not None
        assert found.seen_at - found.begun_at == timedelta(days=35)
        assert sessions.end_all(tx, "P-1") == 1
