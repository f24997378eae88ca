"""The CRM Sales Opportunities set: what the store holds is what was computed independently."""

import asyncio
import json
import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from domain.deal import Deal
from operations.house import House
from operations.importing.deals import DealFiles, import_deals
from operations.importing.report import ImportReport
from store import accounts, board, deals, people
from tests.support.houses import opened_house

FOLDER = os.environ.get("SLUICE_SAMPLE_DATA")
pytestmark = [
    pytest.mark.skipif(not FOLDER, reason="SLUICE_SAMPLE_DATA does not name the sample data"),
    pytest.mark.timeout(240),
    pytest.mark.sample,
]
DATA = Path(FOLDER or ".") / "crm-sales-opportunities"
NEW_YEAR = datetime(2018, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with opened_house(tmp_path_factory.mktemp("crm"), NEW_YEAR) as opened:
        yield opened


@pytest.fixture(scope="module")
def report(house: House) -> ImportReport:
    return brought(house, "sales_pipeline.csv")


@pytest.fixture(scope="module")
def kept(house: House, report: ImportReport) -> list[Deal]:
    with house.store.read() as tx:
        return list(deals.load_many(tx, board.ids(tx, limit=10_000)).values())


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    return json.loads((DATA / "expected.json").read_text())


def brought(house: House, name: str) -> ImportReport:
    files = DealFiles(
        DATA / name,
        products=DATA / "products.csv",
        accounts=DATA / "accounts.csv",
        people=DATA / "sales_teams.csv",
    )
    return asyncio.run(import_deals(house, files, actor="test", arm=False))


def figures(some: list[Deal]) -> dict[str, Any]:
    """As `expected.json` counts them."""
    found = Counter(deal.status for deal in some)
    revenue = sum((d.amount or Decimal(0) for d in some if d.status == "won"), Decimal(0))
    return {
        "deals": len(some),
        "won": found["won"],
        "lost": found["lost"],
        "open": found["open"],
        "won_revenue": int(revenue),
    }


def same(some: list[Deal], wanted: dict[str, Any]) -> bool:
    return figures(some) == {name: wanted[name] for name in figures([])}


def test_every_row_became_a_deal(report: ImportReport, expected: dict[str, Any]) -> None:
    assert (report.rows, report.created, report.rejected) == (expected["quality"]["rows"],) * 2 + (
        (),
    )
    assert report.people["created"] == 41
    assert report.accounts["created"] == expected["quality"]["accounts"]


def test_what_was_odd_is_counted(report: ImportReport, expected: dict[str, Any]) -> None:
    found = Counter({note.code: note.count for note in report.notes})
    quality = expected["quality"]
    assert found["product"] == quality["product_GTXPro_not_in_products"]
    assert found["no_account"] == quality["account_blank"]
    assert found["no_opened"] == quality["engage_date_blank"]
    assert found["no_contact"] == expected["overall"]["open"]
    assert found["list_price"] == quality["close_value_blank"]


def test_stages_and_totals_agree(kept: list[Deal], expected: dict[str, Any]) -> None:
    assert same(kept, expected["overall"])
    stages = Counter(deal.stage for deal in kept if deal.open)
    counts = expected["stage_counts"]
    assert stages == {"prospecting": counts["Prospecting"], "engaging": counts["Engaging"]}
    cycle = sum((d.closed_at - d.opened_at).days for d in kept if d.status == "won")
    assert cycle == expected["overall"]["cycle_won"]["sum_days"]


def test_agents_managers_and_regions_agree(
    house: House, kept: list[Deal], expected: dict[str, Any]
) -> None:
    with house.store.read() as tx:
        staff = {one.person_id: one for one in people.all_of(tx)}
    names = {its: one.name for its, one in staff.items()}
    boss = {its: names.get(one.manager_id or "") for its, one in staff.items()}
    office = {its: " ".join(one.groups).capitalize() for its, one in staff.items()}
    for part, of_owner in (("by_agent", names), ("by_manager", boss), ("by_region", office)):
        for name, wanted in expected[part].items():
            assert same([d for d in kept if of_owner[d.owner_id or ""] == name], wanted), name


def test_products_and_sectors_agree(
    house: House, kept: list[Deal], expected: dict[str, Any]
) -> None:
    for name, wanted in expected["by_product"].items():
        assert same([deal for deal in kept if deal.product == name], wanted), name
    with house.store.read() as tx:
        sector = {one.account_id: one.facts["sector"] for one in accounts.all_of(tx)}
    for name, wanted in expected["by_sector"].items():
        its = [d for d in kept if d.account_id and sector[d.account_id] == name]
        # The set counts a deal without an account under no sector, and one misspelling apart.
        assert same(its, wanted), name


def test_revenue_falls_into_its_months(kept: list[Deal], expected: dict[str, Any]) -> None:
    months: Counter[str] = Counter()
    for deal in kept:
        if deal.status == "won" and deal.closed_at is not None:
            months[f"{deal.closed_at:%Y-%m}"] += int(deal.amount or 0)
    wanted = expected["monthly_revenue_by_close_month"]
    assert months == {one["month"]: one["revenue"] for one in wanted}


def test_stalled_deals_are_flagged(kept: list[Deal], expected: dict[str, Any]) -> None:
    flagged = sum("in_stage" in deal.flagged for deal in kept if deal.stage == "engaging")
    stalled = expected["stalled_as_of"]["thresholds"]
    assert stalled["60d"]["stalled"] <= flagged <= stalled["won_cycle_p50"]["stalled"]


@pytest.mark.parametrize(
    "name",
    [
        "sales_pipeline.csv",
        "variants/sales_pipeline.us-dates.csv",
        "variants/sales_pipeline.dmy-two-digit-years.csv",
    ],
)
def test_the_same_deals_saved_in_another_way_change_nothing(
    house: House, report: ImportReport, name: str
) -> None:
    again = brought(house, name)
    assert (again.rows, again.unchanged) == (report.rows, report.rows)
    assert (again.created, again.updated, again.rejected) == (0, 0, ())
