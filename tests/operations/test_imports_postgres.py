"""The same imports and nurtures on PostgreSQL, where transactions truly run side by side."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from operations.house import House
from operations.importing import deals as importing
from operations.importing.taking import Taker
from operations.nurturing import nurtures as ours
from operations.nurturing.choice import Choice
from store import board, ledger, nurtures, people
from store.verify import verify
from tests.operations.test_contact_events import opened, say
from tests.operations.test_imports import ENGAGED, FRESH, LOST, NOW, WON, deal, imported
from tests.operations.test_nurtures import add, enroll, run_of
from tests.support.databases import Fresh, postgres_databases, postgres_server
from tests.support.houses import opened_house

__all__ = ["postgres_databases", "postgres_server"]
pytestmark = pytest.mark.postgres


@pytest.fixture
def house(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[House]:
    fresh: Fresh = request.getfixturevalue("postgres_databases")
    names = ("crm-sales", "trial-care", "simple")
    with opened_house(tmp_path, NOW, names, url=fresh()) as opened:
        yield opened


def test_deals_come_in_once_and_follow_their_rows(house: House) -> None:
    assert imported(house, WON, LOST, ENGAGED, FRESH).created == 4
    assert imported(house, WON, LOST, ENGAGED, FRESH).unchanged == 4
    won = "A3,Max Other,GTX Pro,,Won,2026-02-20,2026-02-27,4500"
    assert imported(house, WON, LOST, won, FRESH).updated == 1
    assert deal(house, "A3").status == "won"


def test_two_imports_at_once_make_no_deal_twice(house: House) -> None:
    rows = [f"R{n},Olga Owner,GTX Pro,Acme,Engaging,2026-02-20,,5" for n in range(450)]
    imported(house, "R0,Olga Owner,GTX Pro,Acme,Engaging,2026-02-20,,5")
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda _: imported(house, *rows), range(2)))
    assert sum(report.created for report in reports) == 449
    with house.store.read() as tx:
        assert len(board.ids(tx)) == 450


def test_two_first_imports_at_once_make_nobody_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read that nobody is known before either of them writes."""
    both = threading.Barrier(2, timeout=30)

    class Waits(Taker):
        def __init__(self, *told: Any, **more: Any) -> None:
            super().__init__(*told, **more)
            both.wait()

    monkeypatch.setattr(importing, "Taker", Waits)
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda _: imported(house, WON, LOST, ENGAGED, FRESH), range(2)))
    assert sorted(report.created for report in reports) == [0, 4]
    assert sum(report.people["created"] for report in reports) == 3
    assert sum(report.accounts["created"] for report in reports) == 2
    assert [report.rejected for report in reports] == [(), ()]
    assert verify(house.store) == []
    with house.store.read() as tx:
        known = people.all_of(tx)
        added = [ledger.read(tx, f"person/{one.person_id}") for one in known]
    assert [[one.kind for one in events] for events in added] == [["person_added"]] * 3


def test_two_launches_at_once_let_nobody_in_twice(house: House) -> None:
    who = [add(house, f"n{number}") for number in range(30)]

    def launch(_: int) -> ours.Launch:
        return asyncio.run(ours.enroll(house, "trial", Choice(contacts=who), actor="test"))

    with ThreadPoolExecutor(3) as pool:
        launches = list(pool.map(launch, range(3)))
    assert sum(one.enrolled for one in launches) == 30
    with house.store.read() as tx:
        assert nurtures.counts(tx, "trial-care", "nurture:trial") == {"active": 30}


def test_events_and_deals_reach_what_runs(house: House) -> None:
    enroll(house, add(house, "ann"), add(house, "bo"))
    say(house, "demo_requested")
    assert run_of(house, "C-ann").active_enrollments == ()
    opened(house, "C-bo")
    assert run_of(house, "C-bo").active_enrollments == ()
