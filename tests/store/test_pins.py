"""Who is in flight under which version: counted as it is kept, and filled in for older deals."""

from importlib.util import module_from_spec, spec_from_file_location

from sqlalchemy import text

from domain import deal_events as d
from store import pins
from store.database import Store
from store.pins import Pinned
from tests.support.houses import ROOT
from tests.support.moments import at
from tests.support.stories import enrolled, opening, record

MIGRATION = ROOT / "store" / "migrations" / "versions" / "0014_pins.py"


def _three(store: Store) -> list[Pinned]:
    with store.write() as tx:
        record(tx, "D-1", [*opening(), enrolled()])
        record(tx, "D-2", [*opening(), d.StageEntered(at=at(1), stage="contacted")])
        record(tx, "D-3", [*opening(), d.DealLost(at=at(1), reason="price")])
    with store.read() as tx:
        assert pins.counted(tx, ["other"]) == []
        return pins.counted(tx, ["simple"])


def test_open_deals_are_counted_by_version_and_stage(store: Store) -> None:
    found = _three(store)
    by = {(one.part, one.version, one.stage): one.count for one in found}
    assert {key: n for key, n in by.items() if key[0] == "pipeline"} == {
        ("pipeline", 1, "contacted"): 1,
        ("pipeline", 1, "new"): 1,
    }
    assert sum(one.count for one in found if one.stage is None) == 1


def test_deals_that_were_kept_before_are_counted_as_well(store: Store) -> None:
    before = _three(store)
    spec = spec_from_file_location("pins_migration", MIGRATION)
    assert spec is not None
    assert spec.loader is not None
    migration = module_from_spec(spec)
    spec.loader.exec_module(migration)
    with store.write() as tx:
        tx.execute(text("UPDATE deals SET pinned_pipeline = NULL, pinned_calendar = NULL"))
        assert [one for one in pins.counted(tx, ["simple"]) if one.stage] == []
        for part in ("pipeline", "calendar"):
            tx.execute(text(migration.filling(part, tx.dialect.name)))
        assert pins.counted(tx, ["simple"]) == before
