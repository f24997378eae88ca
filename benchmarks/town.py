"""A town of deals, as many as one likes: the demo's world, lived once and copied in the database.

    .venv/bin/python -m benchmarks.town URL [--deals 1000000]

Makes all tables in an empty database (SQLite or PostgreSQL), lets sixty deals live through two
hundred days by the same code that a house runs, and copies every row of them under new ids. The
copies have no frozen mails, and each was looked at a second before the one before it.
"""

import argparse
import asyncio
import json
import re
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    Table,
    Text,
    cast,
    func,
    insert,
    literal,
    literal_column,
    select,
    text,
    update,
)

from operations.demonstration.demo import make_world
from operations.house import House
from store.database import Store, Tx, engine
from store.tables import (
    accounts,
    consents,
    contacts,
    deal_contacts,
    deal_texts,
    deals,
    enrollments,
    events,
    promises,
    sends,
    stage_totals,
    tasks,
)
from store.tables.keeping import EVENTS_GUARD
from store.types import Json
from store.upgrading import upgrade
from tests.support.houses import publish
from tests.support.living import config_of
from tests.support.sink import Sink

DEALS: Final = 1_000_000
NOW: Final = datetime(2026, 3, 3, 8, 50, tzinfo=UTC)
BATCH: Final = 250
"""Copies of the world that are written in one transaction."""

CACHE_KB: Final = 1_000_000

COPIED: Final = (
    accounts, contacts, consents, deals, deal_contacts, deal_texts, enrollments, promises, tasks,
    sends, events,
)  # fmt: skip
SHIFTED: Final = ("updated_at", "stagnant_since")

MARK: Final = "~"
_ID: Final = re.compile(r"\b(?:D-[a-z2-7]{10}|[A-OQ-Z]-[a-z2-7]{12}|[a-z2-7]{26})\b")
"""Every id of a deal, a contact, an account or what hangs on them; those of colleagues stay."""

_GUARDS: Final = ("events_no_update", "events_no_delete", "events_in_order")


def main() -> int:
    """Make the town."""
    asked = argparse.ArgumentParser(prog="benchmarks.town", description=__doc__)
    asked.add_argument("url", help="an empty database, as in SLUICE_DATABASE_URL")
    asked.add_argument("--deals", type=int, default=DEALS)
    told = asked.parse_args()
    begun = time.monotonic()
    made = build(told.url, told.deals, _bar)
    print(f"\n{made:,} deals in {time.monotonic() - begun:.0f} s")
    return 0


def build(url: str, count: int, tell: Callable[[str, float], None]) -> int:
    """Make a town of about so many deals; says how many it has. `tell` hears of the progress."""
    upgrade(url)
    with Store.open(url) as store:
        publish(store, ("simple",), NOW)
    asyncio.run(_lived(url, lambda done: tell("living through 200 days", done)))
    with Store.open(url) as store:
        _copy(store, count, lambda done: tell("copying", done))
        tell("taking statistics", 0)
        _settle(store)
        tell("taking statistics", 1)
        with store.read() as tx:
            return int(tx.execute(select(func.count()).select_from(deals)).scalar_one())


async def _lived(url: str, tell: Callable[[float], None]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with Sink() as sink:
            config = config_of(url, Path(folder), sink.url, begin=NOW)
            with House(config) as house:
                await make_world(house, NOW, tell)


def _copy(store: Store, count: int, tell: Callable[[float], None]) -> None:
    with store.write() as tx:
        world = int(tx.execute(select(func.count()).select_from(deals)).scalar_one())
        copies = max(0, count // world - 1)
        patterns = {table.name: _pattern(tx, table) for table in COPIED}
        head = int(tx.execute(select(func.max(events.c.position))).scalar_one())
        _unguard(tx)
    for first in range(1, copies + 1, BATCH):
        last = min(copies, first + BATCH - 1)
        with store.write() as tx:
            _hurry(tx)
            numbers = _numbers(tx, first, last)
            for table in COPIED:
                _write(tx, table, patterns[table.name], numbers, head)
        tell(last / copies)
    with store.write() as tx:
        times = copies + 1
        grown: dict[str, Any] = {
            name: literal_column(f"{name} * {times}") for name in ("deals", "amount", "stagnant")
        }
        tx.execute(update(stage_totals).values(**grown))
        for pattern in patterns.values():
            pattern.drop(tx)
        _numbers(tx, 1, 0).drop(tx)
        _guard(tx)


def _settle(store: Store) -> None:
    """What a house that has grown over years has: statistics, and on PostgreSQL what vacuums do."""
    if store.dialect == "sqlite":
        with store.write() as tx:
            tx.execute(text("ANALYZE"))
        return
    made = engine(store.url).execution_options(isolation_level="AUTOCOMMIT")
    try:
        with made.connect() as connection:
            connection.execute(text("VACUUM (ANALYZE)"))
    finally:
        made.dispose()


def _pattern(tx: Tx, table: Table) -> Table:
    """A table of the world's rows in which every id ends with a mark; JSON as text."""
    copy = Table(f"town_{table.name}", MetaData(), *(_column(one) for one in table.columns))
    copy.drop(tx, checkfirst=True)
    copy.create(tx)
    rows = [dict(row) for row in tx.execute(select(table)).mappings()]
    if table is events:
        rows = [row for row in rows if row["stream"].startswith("deal/")]
        for place, row in enumerate(sorted(rows, key=lambda row: row["position"]), 1):
            row["position"] = place
    for row in rows:
        for column in table.columns:
            row[column.name] = _marked(row[column.name], column)
    if rows:
        tx.execute(insert(copy), rows)
    return copy


def _column(one: Column[Any]) -> Column[Any]:
    kind = Text() if isinstance(one.type, type(Json)) else one.type
    return Column(one.name, kind)


def _marked(value: Any, column: Column[Any]) -> Any:
    if column.name == "payload":
        return None
    if value is not None and isinstance(column.type, type(Json)):
        value = json.dumps(value)
    elif column.name in ("email", "email_key", "name_key") and value:
        return f"{MARK}{value}"
    return _ID.sub(lambda found: found[0] + MARK, value) if isinstance(value, str) else value


def _numbers(tx: Tx, first: int, last: int) -> Table:
    """The numbers of some copies, with the letters that end their ids."""
    table = Table("town_numbers", MetaData(), Column("n", Integer), Column("tag", Text))
    table.drop(tx, checkfirst=True)
    table.create(tx)
    if last >= first:
        tx.execute(insert(table), [{"n": n, "tag": _tag(n)} for n in range(first, last + 1)])
    return table


def _tag(number: int) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    return "".join(letters[number >> shift & 31] for shift in (15, 10, 5, 0))


def _write(tx: Tx, table: Table, pattern: Table, numbers: Table, head: int) -> None:
    size = select(func.count()).select_from(pattern).scalar_subquery()
    told = [
        literal(head) + (numbers.c.n - 1) * size + pattern.c.position
        if column is events.c.position
        else _copied(tx, column, pattern, numbers)
        for column in table.columns
    ]
    rows = select(*told).select_from(pattern.join(numbers, literal(True)))
    tx.execute(insert(table).from_select([one.name for one in table.columns], rows))


def _copied(tx: Tx, column: Column[Any], pattern: Table, numbers: Table) -> Any:
    its = pattern.c[column.name]
    if isinstance(column.type, type(Json)):
        changed = func.replace(its, MARK, numbers.c.tag)
        return cast(changed, column.type) if tx.dialect.name == "postgresql" else changed
    if isinstance(column.type, Text):
        return func.replace(its, MARK, numbers.c.tag)
    if column.table is deals and column.name in SHIFTED:
        return _earlier(tx, its, numbers.c.n)
    return its


def _earlier(tx: Tx, moment: Any, seconds: Any) -> Any:
    """So many seconds before, in the way that each database keeps a moment."""
    if tx.dialect.name == "postgresql":
        return moment - func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    before = literal("-").op("||")(cast(seconds, Text)).op("||")(" seconds")
    return func.strftime("%Y-%m-%d %H:%M:%f", moment, before, type_=Text).op("||")("000")


def _hurry(tx: Tx) -> None:
    """Room in memory for the pages at which every index grows at once."""
    if tx.dialect.name == "sqlite":
        tx.execute(text(f"PRAGMA cache_size = -{CACHE_KB}"))
    else:
        tx.execute(text("SET LOCAL synchronous_commit = off"))


def _unguard(tx: Tx) -> None:
    """Rows of the ledger are put in by the thousand here, each at its own position."""
    for name in _GUARDS if tx.dialect.name == "sqlite" else ():
        tx.execute(text(f"DROP TRIGGER {name}"))


def _guard(tx: Tx) -> None:
    for statement in EVENTS_GUARD["sqlite"] if tx.dialect.name == "sqlite" else ():
        tx.execute(text(statement))


def _bar(what: str, done: float) -> None:
    filled = int(done * 30)
    if not sys.stderr.isatty():
        return
    print(f"\r{what:26} {'#' * filled:30} {done:4.0%}", end="", flush=True, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
