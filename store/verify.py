"""Check that the memory is whole: the ledger has no gaps, and everything else agrees with it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from sqlalchemy import Select, func, select, text

from domain.deal import Deal
from store import deals, ledger, nurtures, promises, tasks, totals
from store.database import Store, Tx
from store.enrollments import row_of, rows_of
from store.ledger import Recorded
from store.rebuild import BATCH, Dues, deal_from, run_from
from store.tables import commands, deal_contacts, enrollments, events, sends
from store.tables import deals as deals_table
from store.tables import nurtures as nurtures_table
from store.tables import promises as promises_table
from store.tables import tasks as tasks_table


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not agree: which check found it, where, and what it is."""

    check: str
    where: str
    message: str


GUARDS: Final = {
    "sqlite": {
        "events_no_update",
        "events_no_delete",
        "events_in_order",
        "parts_no_update",
        "parts_no_delete",
        "parts_once",
    },
    "postgresql": {"events_no_change", "parts_no_change"},
}
"""The triggers that keep the ledger and the published parts as they are."""


def verify(
    store: Store,
    *,
    due: Dues | None = None,
    batch: int = BATCH,
    progress: Callable[[int, int], None] = lambda a, b: None,
) -> list[Finding]:
    """Everything that does not agree; an empty list when the memory is whole.

    Reads the whole ledger. Each batch is a snapshot of its own, so work may go on meanwhile.
    With `due`, which knows the rules, what is kept of the things to come is compared as well.
    """
    found: list[Finding] = []
    with store.read() as tx:
        for check in (_guards, _positions, _versions, _order, _totals, _commands, _sent, _orphans):
            found += check(tx)
        total = ledger.last_position(tx)
    done = 0
    for prefix, compare in (("deal/", partial(_deals, due)), ("nurture/", _runs)):
        last = ""
        while True:
            with store.read() as tx:
                names = ledger.streams(tx, prefix, last, batch)
                if not names:
                    break
                told = _told(tx, names, found)
                found += compare(tx, told)
            last = names[-1]
            done += sum(len(recorded) for recorded in told)
            progress(done, total)
    return found


def _guards(tx: Tx) -> Iterator[Finding]:
    if tx.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    there = set(tx.execute(text(query)).scalars())
    for name in sorted(GUARDS[tx.dialect.name] - there):
        yield Finding("guards", name, "the trigger that refuses changes is missing")


def _positions(tx: Tx) -> Iterator[Finding]:
    query = select(func.count(), func.min(events.c.position), func.max(events.c.position))
    count, first, last = tx.execute(query).one()
    if count and (first, last) != (1, count):
        message = f"{count} events stand at the positions {first} to {last}"
        yield Finding("positions", "ledger", message)


def _versions(tx: Tx) -> Iterator[Finding]:
    version = events.c.version
    query = (
        select(events.c.stream, func.count().label("n"), func.max(version).label("last"))
        .group_by(events.c.stream)
        .having((func.count() != func.max(version)) | (func.min(version) != 1))
    )
    for row in tx.execute(query):
        message = f"{row.n} events, but the last has version {row.last}"
        yield Finding("versions", row.stream, message)


def _order(tx: Tx) -> Iterator[Finding]:
    before = func.lag(events.c.recorded_at).over(
        partition_by=events.c.stream, order_by=events.c.version
    )
    pairs = select(events.c.stream, events.c.version, events.c.recorded_at, before.label("before"))
    found = pairs.subquery()
    query = select(found.c.stream, found.c.version).where(found.c.recorded_at < found.c.before)
    for stream, version in tx.execute(query):
        message = f"version {version} was recorded before the one it follows"
        yield Finding("order", stream, message)


def _totals(tx: Tx) -> Iterator[Finding]:
    if totals.all_of(tx) != totals.counted(tx):
        yield Finding("totals", "stage_totals", "the kept totals are not those of the deals")


def _commands(tx: Tx) -> Iterator[Finding]:
    """A command whose events are in the ledger has its answer, for both are one transaction."""
    query = (
        select(commands.c.command_id)
        .join(events, events.c.command_id == commands.c.command_id)
        .where(commands.c.answered_at.is_(None))
        .distinct()
    )
    for command_id in tx.execute(query).scalars():
        yield Finding("commands", command_id, "its events are kept, but it has no answer")


def _sent(tx: Tx) -> Iterator[Finding]:
    """A touch is `sent` in the send ledger exactly when one event says so."""
    touch = events.c.data["touch_id"].as_string()
    told = (
        select(touch.label("touch_id"), func.count().label("times"))
        .where(events.c.kind == "touch_sent")
        .group_by(touch)
        .subquery()
    )
    both = select(sends.c.touch_id, sends.c.status, told.c.touch_id.label("told"), told.c.times)
    joined = both.select_from(
        sends.outerjoin(told, sends.c.touch_id == told.c.touch_id, full=True)
    ).where((sends.c.enrollment_id.is_not(None)) | (sends.c.touch_id.is_(None)))
    for row in tx.execute(joined):
        if row.told is None and row.status == "sent":
            yield Finding("sent", row.touch_id, "the mail is sent, but no event says so")
        elif row.told is not None and row.status not in ("sent", None):
            yield Finding("sent", row.touch_id, f"an event says sent, the mail is {row.status}")
        elif row.told is not None and row.times > 1:
            yield Finding("sent", row.touch_id, f"{row.times} events say that it was sent")


def _orphans(tx: Tx) -> Iterator[Finding]:
    known = select(events.c.stream).where(events.c.version == 1)
    for key, prefix in (
        (deals_table.c.deal_id, "deal/"),
        (nurtures_table.c.enrollment_id, "nurture/"),
    ):
        for found in tx.execute(select(key).where((prefix + key).not_in(known))).scalars():
            yield Finding("orphans", prefix + found, "there is a row, but no event of it")


def _told(tx: Tx, names: Sequence[str], found: list[Finding]) -> list[list[Recorded]]:
    try:
        return list(ledger.read_many(tx, names).values())
    except (KeyError, ValueError):
        told = []
        for name in names:
            try:
                told.append(ledger.read(tx, name))
            except (KeyError, ValueError) as error:
                message = f"an event cannot be read: {type(error).__name__}"
                found.append(Finding("events", name, message))
        return told


def _deals(due: Dues | None, tx: Tx, told: Sequence[Sequence[Recorded]]) -> Iterator[Finding]:
    made = [deal_from(recorded) for recorded in told]
    ids = [deal.deal_id for deal in made]
    kept = deals.load_many(tx, ids)
    rows = _by(tx, select(deals_table).where(deals_table.c.deal_id.in_(ids)), "deal_id")
    linked = _by(tx, select(deal_contacts).where(deal_contacts.c.deal_id.in_(ids)), "deal_id")
    owed = _by(tx, select(promises_table).where(promises_table.c.deal_id.in_(ids)), "deal_id")
    for deal in made:
        if kept.get(deal.deal_id) != deal:
            yield Finding("deals", deal.stream, "the deal is not what its events add up to")
            continue
        row = rows[deal.deal_id][0]
        wrong = _differing(deals.row_of(deal, deals.due_in(row["next_due"], row["ahead"])), row)
        if wrong:
            yield Finding("deals", deal.stream, f"columns differ: {', '.join(wrong)}")
        if not _same(deals.contacts_of(deal), linked.get(deal.deal_id, []), "contact_id"):
            yield Finding("contacts", deal.stream, "the contacts are not those of the deal")
        if not _same(promises.rows_of(deal), owed.get(deal.deal_id, []), "promise_id"):
            yield Finding("promises", deal.stream, "the promises are not those of the deal")
    expected = {deal.stream: rows_of(deal) for deal in made}
    yield from _beside(tx, told, expected)
    if due is not None:
        yield from _coming([one for one in made if kept.get(one.deal_id) == one], due, tx)


def _coming(made: Sequence[Deal], due: Dues, tx: Tx) -> Iterator[Finding]:
    """What is kept of the next thing, where it is still at the moment that was kept with it.

    A moment that moved meanwhile (another zone, an outage) is nobody's fault: whatever is kept
    is told anew when the deal is woken.
    """
    fresh, kept = due(tx, made), deals.dues(tx, [one.deal_id for one in made])
    for deal in made:
        now, (then, _) = fresh[deal.deal_id], kept[deal.deal_id]
        if now.at == then.at and now.ahead != then.ahead:
            yield Finding("ahead", deal.stream, "what comes next is not what lists say of it")


def _runs(tx: Tx, told: Sequence[Sequence[Recorded]]) -> Iterator[Finding]:
    made = [run_from(recorded) for recorded in told]
    expected: dict[str, list[dict[str, Any]]] = {}
    for run in made:
        one = run.enrollment
        expected[run.stream] = [row_of(one, run.stream, None, run.playbook)] if one else []
        if one is not None and nurtures.load(tx, run.enrollment_id) != run:
            yield Finding("nurtures", run.stream, "the run is not what its events add up to")
    yield from _beside(tx, told, expected)


def _beside(
    tx: Tx, told: Sequence[Sequence[Recorded]], enrolled: dict[str, list[dict[str, Any]]]
) -> Iterator[Finding]:
    """The enrollments and tasks of some streams against what their events say."""
    names = list(enrolled)
    kept = _by(tx, select(enrollments).where(enrollments.c.stream.in_(names)), "stream")
    for name, rows in enrolled.items():
        if not _same(rows, kept.get(name, []), "enrollment_id"):
            yield Finding("enrollments", name, "the enrollments are not those of the events")
    listed = _by(tx, select(tasks_table).where(tasks_table.c.stream.in_(names)), "stream")
    for recorded in told:
        name = recorded[0].stream
        if not _same(tasks.rows_after(recorded), listed.get(name, []), "task_id"):
            yield Finding("tasks", name, "the tasks are not those of the events")


def _by(tx: Tx, query: Select[Any], key: str) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in tx.execute(query).mappings():
        found.setdefault(row[key], []).append(dict(row))
    return found


def _same(one: list[dict[str, Any]], other: list[dict[str, Any]], key: str) -> bool:
    return sorted(one, key=lambda row: row[key]) == sorted(other, key=lambda row: row[key])


def _differing(expected: dict[str, Any], kept: dict[str, Any]) -> list[str]:
    # The state is compared as a deal: the order within its sets is nobody's promise.
    return [name for name, value in expected.items() if name != "state" and kept[name] != value]
