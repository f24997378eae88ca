"""Open promises: found by who made them, in whosever deal, and filled in for older deals."""

from importlib.util import module_from_spec, spec_from_file_location

from sqlalchemy import delete, select

from domain import deal_events as d
from domain.event import Happened
from store import promises, tables
from store.database import Store, Tx
from tests.support.houses import ROOT
from tests.support.moments import at
from tests.support.stories import opening, record

VERSIONS = ROOT / "store" / "migrations" / "versions"
MIGRATIONS = ("0020_promises.py", "0023_whose_work.py")


def _promised(number: int, owner: str | None) -> Happened:
    its_id = f"R-{number}"
    return d.PromiseMade(
        at=at(1), promise_id=its_id, owner_id=owner, due_at=at(9 - number), note_id=f"n{number}"
    )


def _some(store: Store) -> None:
    """Of P-1: one in another's deal, one in a won one, one kept; what else there is, is not."""
    with store.write() as tx:
        record(tx, "D-1", [*opening(), _promised(1, "P-1"), _promised(2, None)])
        record(tx, "D-2", [*opening(owner="P-1"), _promised(3, None), d.DealWon(at=at(1))])
        kept = d.PromiseKept(at=at(1), promise_id="R-4")
        record(tx, "D-3", [*opening(owner="P-1"), _promised(4, "P-1"), kept])
        lost = d.DealLost(at=at(1), reason="price")
        record(tx, "D-4", [*opening(owner="P-1"), _promised(5, "P-1"), lost])
        record(tx, "D-5", [*opening(owner=None), _promised(6, None)])


def _of(tx: Tx, person_id: str) -> list[tuple[str, str]]:
    return [(one.deal_id, one.promise_id) for one in promises.open_for(tx, person_id)]


def test_promises_are_found_by_who_made_them_the_most_urgent_first(store: Store) -> None:
    _some(store)
    with store.read() as tx:
        assert _of(tx, "P-1") == [("D-2", "R-3"), ("D-1", "R-1")]
        assert _of(tx, "P-rep") == [("D-1", "R-2")]
        assert _of(tx, "P-nobody") == []
        assert promises.open_for(tx, "P-1")[0].due_at == at(6)


def test_one_that_nobody_made_goes_with_the_deal_and_a_reopened_deal_owes_again(
    store: Store,
) -> None:
    _some(store)
    with store.write() as tx:
        record(tx, "D-1", [d.OwnerAssigned(at=at(2), owner_id="P-9")])
        record(tx, "D-4", [d.DealReopened(at=at(2))])
        assert _of(tx, "P-9") == [("D-1", "R-2")]
        assert ("D-4", "R-5") in _of(tx, "P-1")


def test_promises_of_deals_that_were_kept_before_are_filled_in(store: Store) -> None:
    _some(store)
    with store.write() as tx:
        before = _rows(tx)
        assert len(before) == 4
        tx.execute(delete(tables.promises))
        for name in MIGRATIONS:
            spec = spec_from_file_location("promises_migration", VERSIONS / name)
            assert spec is not None
            assert spec.loader is not None
            migration = module_from_spec(spec)
            spec.loader.exec_module(migration)
            migration.fill(tx)
        assert _rows(tx) == before


def _rows(tx: Tx) -> set[tuple[object, ...]]:
    return {tuple(row) for row in tx.execute(select(tables.promises))}
