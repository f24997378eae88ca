"""A snapshot answers a question once; lists go to the database whole; statements stay prepared."""

from collections.abc import Collection

import pytest
from sqlalchemy import select, text

from domain.refusal import Malformed
from store import people, snapshot
from store.among import IDS, among
from store.database import Store, Tx
from store.people import Person
from store.tables import people as people_table
from tests.support.databases import Fresh
from tests.support.moments import at
from tests.support.plans import asked_of


def _person(number: int, name: str = "somebody") -> Person:
    return Person(person_id=f"P-{number}", name=name, created_at=at())


@pytest.fixture
def staffed(store: Store) -> Store:
    """Three people."""
    with store.write() as tx:
        for number in (1, 2, 3):
            people.add(tx, _person(number))
    return store


def test_a_snapshot_asks_once_for_each_key(staffed: Store) -> None:
    with staffed.read() as tx, asked_of() as asked:
        assert set(people.load_many(tx, ["P-1", "P-2"])) == {"P-1", "P-2"}
        assert set(people.load_many(tx, ["P-2", "P-1"])) == {"P-1", "P-2"}
        assert set(people.load_many(tx, ["P-2", "P-3"])) == {"P-2", "P-3"}
    assert len([one for one in asked if "FROM people" in one[0]]) == 2


def test_who_is_unknown_is_not_asked_for_again(staffed: Store) -> None:
    with staffed.read() as tx, asked_of() as asked:
        assert people.load_many(tx, ["P-9"]) == people.load_many(tx, ["P-9"]) == {}
    assert len([one for one in asked if "FROM people" in one[0]]) == 1


def test_the_next_snapshot_sees_what_changed(staffed: Store) -> None:
    with staffed.read() as tx:
        assert people.load_many(tx, ["P-1"])["P-1"].name == "somebody"
        with staffed.write() as other:
            people.save(other, _person(1, "renamed"))
        assert people.load_many(tx, ["P-1"])["P-1"].name == "somebody"
    with staffed.read() as tx:
        assert people.load_many(tx, ["P-1"])["P-1"].name == "renamed"


def test_a_writer_sees_its_own_changes(staffed: Store) -> None:
    with staffed.write() as tx:
        assert people.load_many(tx, ["P-1"])["P-1"].name == "somebody"
        people.save(tx, _person(1, "renamed"))
        assert people.load_many(tx, ["P-1"])["P-1"].name == "renamed"


def test_a_long_walk_forgets_what_it_saw_first(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "KEPT_MAX", 10)
    asked: list[int] = []

    def ask(_tx: Tx, keys: Collection[int]) -> dict[int, int]:
        asked.extend(keys)
        return {key: -key for key in keys}

    with store.read() as tx:
        for start in range(0, 40, 4):
            some = range(start, start + 4)
            assert snapshot.once(tx, "numbers", some, ask) == {key: -key for key in some}
        assert snapshot.once(tx, "numbers", range(100), ask) == {key: -key for key in range(100)}
    assert asked == [*range(40), *range(100)]


STRANGE = ['"', "'", "\\", "[1]", "{}", "NULL", "%", "", " ", "a,b", "Ä名", "\u2028"]


def test_a_list_of_any_length_and_of_any_text_is_one_question(store: Store) -> None:
    ids = [*STRANGE, *(f"P-{number}" for number in range(3_000))]
    with store.write() as tx:
        for number, name in enumerate(STRANGE):
            people.add(tx, Person(person_id=name, name=str(number), created_at=at()))
    query = select(people_table.c.person_id).where(among(people_table.c.person_id))
    with store.read() as tx, asked_of() as asked:
        assert set(tx.execute(query, {IDS: ids}).scalars()) == set(STRANGE)
        assert list(tx.execute(query, {IDS: []}).scalars()) == []
    assert len({statement for statement, _ in asked if "people" in statement}) == 1


def test_a_text_that_no_database_holds_is_refused_in_a_list_too(store: Store) -> None:
    query = select(people_table.c.person_id).where(among(people_table.c.person_id))
    with pytest.raises(Malformed, match="cannot be kept"), store.read() as tx:
        tx.execute(query, {IDS: ["fine", "a\x00b"]})


@pytest.mark.postgres
def test_statements_stay_prepared_from_one_read_to_the_next(postgres_databases: Fresh) -> None:
    """psycopg lets go of all of them at a rollback: each page would have them planned anew."""
    with Store.open(postgres_databases()) as store:
        for _ in range(8):
            with store.read() as tx:
                people.all_of(tx)
        kept = text("SELECT generic_plans + custom_plans FROM pg_prepared_statements")
        with store.read() as tx:
            assert list(tx.execute(kept).scalars()) == [3]
