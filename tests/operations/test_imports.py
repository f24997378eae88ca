"""Importing deals: small files in every state, and what becomes of them."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from domain.deal import Deal
from domain.ids import digest
from domain.refusal import Malformed, NotFound
from operations.house import House
from operations.importing.deals import DealFiles, import_deals
from operations.importing.report import ImportReport
from store import accounts, board, deals, ledger, nudges, people, tasks, texts
from tests.support.houses import opened_house

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HEAD = "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value"
WON = "A1,Olga Owner,GTXPro,Acme,Won,2025-10-20,2025-12-24,4800"
LOST = "A2,Olga Owner,MG Special,Acme,Lost,2025-10-21,2025-11-05,0"
ENGAGED = "A3,Max Other,GTX Pro,,Engaging,2026-02-20,,"
FRESH = "A4,Max Other,GTX Pro,Beta Ltd,Prospecting,,,"
PRODUCTS = "product,series,sales_price\nGTX Pro,GTX,4821\nMG Special,MG,55\n"
TEAM = """sales_agent,manager,regional_office
Olga Owner,Berta Boss,Central
Max Other,Berta Boss,West
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened_house(tmp_path, NOW) as opened:
        yield opened


def written(folder: Path, *lines: str, name: str = "deals.csv") -> Path:
    path, fresh = folder / name, folder / f"{name}.{threading.get_ident()}"
    fresh.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return fresh.replace(path)  # whole at any moment: tests import the same rows side by side


def imported(house: House, *lines: str, head: str = HEAD, **more: Any) -> ImportReport:
    """Import these rows; without a mapping of their own with products and team beside them."""
    folder = house.config.data_dir
    mapping, dates = more.pop("mapping", None), more.pop("dates", None)
    beside = (
        {}
        if mapping
        else {
            "products": written(folder, PRODUCTS, name="products.csv"),
            "people": written(folder, TEAM, name="team.csv"),
        }
    )
    files = DealFiles(written(folder, head, *lines), mapping=mapping, dates=dates, **beside)
    return asyncio.run(import_deals(house, files, actor="test", **{"arm": False, **more}))


def deal(house: House, source_id: str) -> Deal:
    """The deal that the row became."""
    with house.store.read() as tx:
        for its_id in board.ids(tx):
            found = deals.load(tx, its_id)
            events = ledger.read(tx, f"deal/{its_id}")
            if found and events[0].origin.command_id == command_id(source_id):
                return found
    raise AssertionError(f"no deal came from {source_id}")


def command_id(source_id: str) -> str:
    return digest("import", "crm-sales", source_id)


def noted(report: ImportReport, code: str) -> int:
    return sum(note.count for note in report.notes if note.code == code)


def test_deals_keep_their_dates_stages_and_ends(house: House) -> None:
    report = imported(house, WON, LOST, ENGAGED, FRESH)
    assert (report.rows, report.created, report.rejected) == (4, 4, ())
    won, lost = deal(house, "A1"), deal(house, "A2")
    assert (won.status, won.stage, won.amount) == ("won", "engaging", Decimal("4800"))
    assert won.opened_at == datetime(2025, 10, 20, 12, tzinfo=UTC)
    assert won.closed_at == datetime(2025, 12, 24, 12, tzinfo=UTC)
    assert (lost.status, lost.lost_reason, lost.amount) == ("lost", "unknown", Decimal(0))
    assert deal(house, "A3").stage == "engaging"
    assert deal(house, "A4").stage == "prospecting"


def test_a_product_is_known_by_its_name_however_it_is_spelt(house: House) -> None:
    report = imported(house, WON, ENGAGED)
    assert deal(house, "A1").product == "GTX Pro"
    assert noted(report, "product") == 1


def test_an_open_deal_without_an_amount_takes_the_list_price(house: House) -> None:
    report = imported(house, ENGAGED)
    assert deal(house, "A3").amount == Decimal("4821")
    assert noted(report, "list_price") == 1


def test_a_deal_without_a_date_opens_on_the_newest_date_of_the_file(house: House) -> None:
    report = imported(house, ENGAGED, FRESH)
    assert deal(house, "A4").opened_at == datetime(2026, 2, 20, 12, tzinfo=UTC)
    assert noted(report, "no_opened") == 1


def test_blank_accounts_are_counted_and_titles_made_of_what_is_there(house: House) -> None:
    report = imported(house, WON, ENGAGED)
    assert noted(report, "no_account") == 1
    with house.store.read() as tx:
        its = [deal(house, one).deal_id for one in ("A1", "A3")]
        assert list(texts.titles(tx, its).values()) == ["Acme \u2013 GTX Pro", "GTX Pro \u2013 A3"]


def test_owners_become_people_with_their_manager_and_office(house: House) -> None:
    imported(house, WON)
    with house.store.read() as tx:
        everybody = {one.name: one for one in people.all_of(tx)}
    boss = everybody["Berta Boss"]
    assert everybody["Olga Owner"].manager_id == boss.person_id
    assert everybody["Olga Owner"].groups == ("central",)
    assert deal(house, "A1").owner_id == everybody["Olga Owner"].person_id


def test_no_name_is_in_the_ledger(house: House) -> None:
    imported(house, WON, ENGAGED)
    with house.store.read() as tx:
        told = " ".join(one.event.model_dump_json() for one in ledger.feed(tx, 0, 1000))
    assert not any(name in told for name in ("Olga", "Acme", "Berta"))


def test_importing_again_changes_nothing(house: House) -> None:
    imported(house, WON, LOST, ENGAGED, FRESH)
    with house.store.read() as tx:
        before = ledger.last_position(tx)
    again = imported(house, WON, LOST, ENGAGED, FRESH)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 4)
    assert again.people == {"created": 0, "updated": 0}
    with house.store.read() as tx:
        assert ledger.last_position(tx) == before


def test_another_way_to_write_the_dates_is_no_change(house: House) -> None:
    imported(house, WON, LOST)
    again = imported(
        house,
        "A1,Olga Owner,GTXPro,Acme,Won,10/20/2025,12/24/2025,4800",
        "A2,Olga Owner,MG Special,Acme,Lost,10/21/2025,11/5/2025,0",
    )
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)


def test_a_dry_run_says_the_same_and_writes_nothing(house: House) -> None:
    plan = imported(house, WON, LOST, ENGAGED, "A9,,,,Nowhere,,,", dry_run=True)
    with house.store.read() as tx:
        assert ledger.last_position(tx) == 0
        assert people.all_of(tx) == []
        assert accounts.all_of(tx) == []
    real = imported(house, WON, LOST, ENGAGED, "A9,,,,Nowhere,,,")
    assert (plan.created, plan.notes, plan.rejected) == (real.created, real.notes, real.rejected)
    assert plan.dry_run


def test_a_deal_that_was_won_meanwhile_is_won_on_its_own_day(house: House) -> None:
    imported(house, ENGAGED)
    report = imported(house, "A3,Max Other,GTX Pro,,Won,2026-02-20,2026-02-27,4500")
    assert (report.created, report.updated, report.rejected) == (0, 1, ())
    won = deal(house, "A3")
    assert (won.status, won.amount) == ("won", Decimal("4500"))
    assert won.closed_at == datetime(2026, 2, 27, 12, tzinfo=UTC)
    assert won.active_enrollments == ()


def test_a_deal_that_was_lost_meanwhile_is_lost_without_a_reason(house: House) -> None:
    imported(house, ENGAGED)
    report = imported(house, "A3,Max Other,GTX Pro,,Lost,2026-02-20,2026-02-27,0")
    assert (report.updated, report.rejected) == (1, ())
    assert (deal(house, "A3").status, deal(house, "A3").lost_reason) == ("lost", "unknown")


def test_stage_owner_account_and_amount_follow_their_row(house: House) -> None:
    imported(house, FRESH)
    row = "A4,Olga Owner,MG Special,Acme,Engaging,2026-02-25,,700"
    report = imported(house, row)
    assert report.updated == 1
    moved = deal(house, "A4")
    assert (moved.stage, moved.product, moved.amount) == ("engaging", "MG Special", Decimal("700"))
    assert imported(house, row).unchanged == 1
    with house.store.read() as tx:
        olga = next(one for one in people.all_of(tx) if one.name == "Olga Owner")
        assert moved.owner_id == olga.person_id
        assert accounts.load(tx, moved.account_id or "").name == "Acme"  # type: ignore[union-attr]


def test_what_was_quiet_before_is_flagged_without_a_notice(house: House) -> None:
    report = imported(house, "A5,Max Other,GTX Pro,,Engaging,2025-11-01,,", ENGAGED)
    flagged = deal(house, "A5")
    assert {flag.reason for flag in flagged.flags} == {"in_stage", "silence"}
    assert [(one.name, one.deals) for one in report.stagnant] == [("Max Other", 1)]
    with house.store.read() as tx:
        kinds = {one.kind for one in ledger.feed(tx, 0, 1000)}
        assert tasks.open_for(tx) == []
    assert "notified" not in kinds


def test_only_what_is_due_later_wants_a_workflow(house: House) -> None:
    class Engine:
        def __init__(self) -> None:
            self.started: dict[str, Any] = {}

        async def start_workflow(self, run: object, start: Any, **more: Any) -> None:
            self.started[more["id"]] = start

    engine = Engine()
    house.use(engine)  # type: ignore[arg-type]
    report = imported(house, WON, LOST, ENGAGED, arm=True)
    open_deal = deal(house, "A3")
    assert report.armed == 1
    start = engine.started[f"deal/{open_deal.deal_id}"]
    assert start.wake_at > NOW
    assert start.version == open_deal.version
    engine.started.clear()
    assert imported(house, WON, LOST, ENGAGED, arm=True).armed == 0
    assert engine.started == {}


def test_without_temporal_the_worker_is_left_to_start_what_is_due(house: House) -> None:
    report = imported(house, ENGAGED, arm=True)
    assert (report.created, report.armed, report.waiting) == (1, 0, 1)
    with house.store.read() as tx:
        assert [one.stream for one in nudges.waiting(tx)] == [deal(house, "A3").stream]


def test_an_unknown_playbook_is_named(tmp_path: Path) -> None:
    with opened_house(tmp_path, NOW, ()) as bare, pytest.raises(NotFound, match="crm-sales"):
        imported(bare, WON)


def test_gates_that_were_not_passed_become_debt(tmp_path: Path) -> None:
    profile = written(
        tmp_path,
        "mapping: theirs",
        "source: theirs",
        "playbook: prospecting-to-fulfilment",
        "columns: {id: opportunity_id, stage: deal_stage, opened: engage_date, product: product}",
        "stages: {Engaging: proposal}",
        name="theirs.yaml",
    )
    with opened_house(tmp_path, NOW, ("prospecting-to-fulfilment",)) as other:
        report = imported(other, ENGAGED, mapping=profile)
        assert noted(report, "gate_debt") == 1
        with other.store.read() as tx:
            [its_id] = board.ids(tx)
            found = deals.load(tx, its_id)
        assert found is not None
        assert found.stage == "proposal"
        assert found.gate_debt != ()


def test_a_mapping_that_names_an_unknown_stage_is_refused(house: House) -> None:
    profile = written(
        house.config.data_dir,
        "mapping: theirs",
        "source: theirs",
        "playbook: crm-sales",
        "columns: {id: opportunity_id, stage: deal_stage}",
        "stages: {Engaging: engagin}",
        name="theirs.yaml",
    )
    with pytest.raises(Malformed, match='did you mean "engaging"'):
        imported(house, ENGAGED, mapping=profile)


def test_a_mapping_file_is_refused_with_its_places(house: House) -> None:
    profile = written(house.config.data_dir, "mapping: theirs", "colums: {}", name="theirs.yaml")
    with pytest.raises(Malformed) as told:
        imported(house, ENGAGED, mapping=profile)
    assert "theirs.yaml:2:" in told.value.message
    assert 'did you mean "columns"' in told.value.message
    assert '"stages" is missing' in told.value.message


def test_the_reason_of_a_loss_is_told_by_the_mapping(house: House) -> None:
    profile = written(
        house.config.data_dir,
        "mapping: theirs",
        "source: crm-sales",
        "playbook: crm-sales",
        "columns: {id: opportunity_id, stage: deal_stage, product: product, lost_reason: account}",
        "stages: {Lost: {stage: engaging, status: lost}}",
        "lost_reasons: {Too dear: price}",
        "lost_because: silent",
        name="theirs.yaml",
    )
    report = imported(
        house,
        "L1,,Boat,too dear,Lost,,,",
        "L2,,Boat,,Lost,,,",
        "L3,,Boat,Went away,Lost,,,",
        mapping=profile,
    )
    assert [deal(house, one).lost_reason for one in ("L1", "L2", "L3")] == [
        "price",
        "silent",
        "silent",
    ]
    assert noted(report, "lost_reason") == 1


def test_an_interrupted_import_is_armed_by_the_next(house: House) -> None:
    class Engine:
        started = 0

        async def start_workflow(self, *given: object, **more: Any) -> None:
            self.started += 1

    imported(house, ENGAGED, FRESH, arm=False)
    engine = Engine()
    house.use(engine)  # type: ignore[arg-type]
    assert imported(house, ENGAGED, FRESH, arm=True).armed == 2
    assert imported(house, ENGAGED, FRESH, arm=True).armed == 0
    assert engine.started == 2
