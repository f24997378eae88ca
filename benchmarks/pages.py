"""Board, deal, stagnant and feed in a town of a million deals: the query, the page, the plan.

    .venv/bin/python -m benchmarks.town URL
    SLUICE_TOWN=URL .venv/bin/python -m benchmarks.pages

Bars: the queries of a page under 10 ms in the median (sent, answered and read), the page under
50 ms in 95 of 100, no plan that reads a whole table. Pages are asked of the application in this
process, so a figure holds no network; each page is asked for in several ways, in turn.
"""

import asyncio
import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
from sqlalchemy import func, select

from benchmarks.town import NOW
from console.app import create_app
from console.pages import keep_loaded
from operations.house import House
from store.ledger import last_position
from store.tables import deals, people
from tests.api.conftest import asking, key_for
from tests.console.conftest import TOKEN, browsing
from tests.support.living import config_of
from tests.support.plans import Asked, asked_of, plan, unbounded

QUERY_BAR_MS: Final = 10
PAGE_BAR_MS: Final = 50
TIMES: Final = 100
WARM: Final = 10
BIG: Final = re.compile(r"(FROM|JOIN) (deals|deal_\w+|contacts|enrollments|events|sends|tasks)\b")
"""What names a table that grows with the deals."""

EMPTY: Final = re.compile(r"^.*Seq Scan on inbound\b.*$", re.MULTILINE)
"""To a town no mail ever came, and an empty table PostgreSQL reads whole."""


@dataclass
class Timed:
    """Milliseconds of each asking: the whole page, and in it the statements."""

    page: list[float] = field(default_factory=list)
    query: list[float] = field(default_factory=list)
    statements: int = 0

    @property
    def met(self) -> bool:
        return self.p50_query < QUERY_BAR_MS and self.p95_page < PAGE_BAR_MS

    @property
    def p50_query(self) -> float:
        return statistics.median(self.query)

    @property
    def p95_page(self) -> float:
        return sorted(self.page)[int(len(self.page) * 0.95)]


def main() -> int:
    """Ask for every page and print what it took; 1 where a bar was missed."""
    url = os.environ.get("SLUICE_TOWN")
    if not url:
        print("SLUICE_TOWN does not name a database that benchmarks.town has made")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        config = config_of(url, Path(folder), "smtp://127.0.0.1:9", begin=NOW)
        with House(config) as house:
            return asyncio.run(_measured(house, Path(folder)))


async def _measured(house: House, folder: Path) -> int:
    sights = _sights(house)
    app = create_app(house, link_token=TOKEN, mailbox=folder)
    missed = 0
    print(f"{'':28} {'query p50':>10} {'page p50':>9} {'page p95':>9} {'statements':>11}")
    async with browsing(app) as browser, asking(app, key_for(house)) as program:
        await browser.get("/", params={"key": TOKEN})
        keep_loaded()
        for name, addresses in sights.items():
            http = program if addresses[0].startswith("/api/") else browser
            timed = await _timed(house, http, addresses)
            whole = await _read_whole(house, http, addresses[0])
            missed += not timed.met or bool(whole)
            told = "" if timed.met else "  MISSED"
            told += f"  READS ALL: {whole[0][:200]}" if whole else ""
            print(
                f"{name:28} {timed.p50_query:7.1f} ms {statistics.median(timed.page):6.1f} ms "
                f"{timed.p95_page:6.1f} ms {timed.statements:11}{told}"
            )
    return 1 if missed else 0


def _sights(house: House) -> dict[str, list[str]]:
    """What is looked at, each in several ways: other deals, owners, places."""
    chance = random.Random(7)
    with house.store.read() as tx:
        count = tx.execute(select(func.count()).select_from(deals)).scalar_one()
        last = last_position(tx)
        first = list(tx.execute(select(deals.c.deal_id).limit(2_000)).scalars())
        owners = list(tx.execute(select(people.c.person_id)).scalars())
        database = tx.dialect.name
    print(f"{count:,} deals, {last:,} events, {database}")
    some = chance.sample(first, min(50, len(first)))
    places = [chance.randrange(last) for _ in range(50)]
    return {
        "board": ["/"],
        "board of an owner": [f"/?owner={one}" for one in owners],
        "board, stagnant only": ["/?stagnant=1"],
        "board, stagnant, of an owner": [f"/?stagnant=1&owner={one}" for one in owners],
        "board, one size": ["/?size=10k-100k"],
        "board, words that are there": ["/?text=gate"],
        "board, words that are not": ["/?text=nowhere"],
        "deal": [f"/deals/{one}" for one in some],
        "stagnant by owner": ["/stagnant"],
        "stagnant by stage": ["/stagnant?by=stage"],
        "feed": [f"/api/v1/events?after={at}" for at in places],
        "feed of one kind": [f"/api/v1/events?kind=deal_won&after={at}" for at in places],
        "deals, newest first": ["/api/v1/deals"],
        "a deal as JSON": [f"/api/v1/deals/{one}" for one in some],
    }


async def _timed(house: House, http: httpx.AsyncClient, addresses: Sequence[str]) -> Timed:
    timed = Timed()
    for number in range(WARM + TIMES):
        with asked_of() as asked:
            begun = time.perf_counter()
            answer = await http.get(addresses[number % len(addresses)])
            took = time.perf_counter() - begun
        assert answer.status_code == 200, (answer.url.path, answer.status_code)
        read = _of_reading(asked)
        spent = _again(house, read)
        if number >= WARM:
            timed.page.append(took * 1000)
            timed.query.append(spent * 1000)
            timed.statements = max(timed.statements, len(read))
    return timed


def _of_reading(asked: Asked) -> Asked:
    return [one for one in asked if one[0].startswith(("SELECT", "WITH")) and "FROM" in one[0]]


def _again(house: House, asked: Asked) -> float:
    """How long, in seconds, the statements of a page take the database until all rows are read."""
    with house.store.read() as tx:
        begun = time.perf_counter()
        for statement, parameters in asked:
            tx.exec_driver_sql(statement, parameters).all()
        return time.perf_counter() - begun


async def _read_whole(house: House, http: httpx.AsyncClient, address: str) -> list[str]:
    """Statements about deals and events that the planner would answer by reading a whole table."""
    with asked_of() as asked:
        await http.get(address)
    found = []
    with house.store.read() as tx:
        for statement, parameters in _of_reading(asked):
            if not BIG.search(statement):
                continue
            if unbounded(EMPTY.sub("", plan(tx, statement, parameters)), sorts=True):
                found.append(" ".join(statement.split()))
    return found


if __name__ == "__main__":
    sys.exit(main())
