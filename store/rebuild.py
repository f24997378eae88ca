"""Build every read model from the ledger again, in batches, row for row what it was before."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sqlalchemy import Table, delete, func, insert, select

from domain.ahead import NOTHING, Due
from domain.deal import Deal, fold
from domain.nurture import NurtureRun, evolve_nurture
from store import deals, ledger, nurtures, promises, switches, tasks, totals
from store.database import Store, Tx
from store.enrollments import rows_of
from store.ledger import Recorded
from store.tables import deal_contacts, enrollments, events, stage_totals
from store.tables import deals as deals_table
from store.tables import nurtures as nurtures_table
from store.tables import promises as promises_table
from store.tables import tasks as tasks_table
from store.upserts import put

Dues = Callable[[Tx, Sequence[Deal]], Mapping[str, Due]]
"""What is to be done next about each of some deals, by deal id."""
RunDues = Callable[[Tx, Sequence[NurtureRun]], Mapping[str, Due]]
"""The same for nurture runs, by enrollment id."""
Progress = Callable[[int, int], None]
"""Called with how many streams are done, and how many there are."""

BATCH: Final = 500


def rebuild(
    store: Store,
    *,
    due: Dues | None = None,
    run_due: RunDues | None = None,
    batch: int = BATCH,
    progress: Progress = lambda done, total: None,
) -> int:
    """Make deals, their contacts, promises, enrollments, tasks, nurture runs and totals anew.

    Returns the number of streams told. Without `due` the moments that are stored stay. Each
    batch is one transaction, so the house may go on working; what workflows sleep for, texts,
    contacts and the send ledger are not of the ledger of events and stay as they are.
    """
    with store.read() as tx:
        total = _count(tx, "deal/") + _count(tx, "nurture/")
    done = 0
    for prefix in ("deal/", "nurture/"):
        last = ""
        while True:
            with store.write() as tx:
                ledger.take_turn(tx)
                names = ledger.streams(tx, prefix, last, batch)
                if prefix == "deal/":
                    _deals(tx, names, due)
                else:
                    _runs(tx, names, run_due)
            if not names:
                break
            last, done = names[-1], done + len(names)
            progress(done, total)
    with store.write() as tx:
        _orphans(tx)
        _totals(tx)
        if due is not None:
            switches.forget(tx, switches.REBUILD_WANTED)
    return done


def deal_from(recorded: Sequence[Recorded]) -> Deal:
    """The deal that the events of its stream, told from the beginning, add up to."""
    deal_id = recorded[0].stream.removeprefix("deal/")
    return fold(Deal(deal_id=deal_id), [one.event for one in recorded])


def run_from(recorded: Sequence[Recorded]) -> NurtureRun:
    """The nurture run that the events of its stream add up to."""
    run = NurtureRun(enrollment_id=recorded[0].stream.removeprefix("nurture/"))
    for one in recorded:
        run = evolve_nurture(run, one.event)
    return run


def _count(tx: Tx, prefix: str) -> int:
    query = select(func.count()).where(events.c.version == 1, events.c.stream.startswith(prefix))
    return int(tx.execute(query).scalar_one())


def _deals(tx: Tx, names: Sequence[str], due: Dues | None) -> None:
    told = ledger.read_many(tx, names)
    made = [deal_from(recorded) for recorded in told.values()]
    ids = [deal.deal_id for deal in made]
    before = deals.dues(tx, ids)
    dues = due(tx, made) if due else {key: kept for key, (kept, _) in before.items()}
    for table in (deals_table, deal_contacts, promises_table):
        tx.execute(delete(table).where(table.c.deal_id.in_(ids)))
    _forget(tx, enrollments, names)
    put(
        tx,
        deals_table,
        [
            {
                "deal_id": deal.deal_id,
                **deals.row_of(deal, dues.get(deal.deal_id, NOTHING)),
                "armed_until": before.get(deal.deal_id, (NOTHING, None))[1],
            }
            for deal in made
        ],
    )
    put(tx, deal_contacts, [row for deal in made for row in deals.contacts_of(deal)])
    promises.add(tx, made)
    put(tx, enrollments, [row for deal in made for row in rows_of(deal)])
    _tasks(tx, told)


def _runs(tx: Tx, names: Sequence[str], run_due: RunDues | None) -> None:
    told = ledger.read_many(tx, names)
    made = [run_from(recorded) for recorded in told.values()]
    ids = [run.enrollment_id for run in made]
    kept = select(nurtures_table.c.enrollment_id, nurtures_table.c.next_due)
    rows = tx.execute(kept.where(nurtures_table.c.enrollment_id.in_(ids)))
    before = {row.enrollment_id: row.next_due for row in rows}
    fresh = {key: one.at for key, one in run_due(tx, made).items()} if run_due else before
    _forget(tx, enrollments, names)
    nurtures.save_many(tx, [(run, fresh.get(run.enrollment_id)) for run in made])
    _tasks(tx, told)


def _tasks(tx: Tx, told: Mapping[str, Sequence[Recorded]]) -> None:
    _forget(tx, tasks_table, list(told))
    put(tx, tasks_table, [row for one in told.values() for row in tasks.rows_after(one)])


def _forget(tx: Tx, table: Table, names: Sequence[str]) -> None:
    tx.execute(delete(table).where(table.c.stream.in_(names)))


def _orphans(tx: Tx) -> None:
    """Rows of which the ledger knows nothing."""
    known = select(events.c.stream).where(events.c.version == 1)
    for table in (enrollments, tasks_table):
        tx.execute(delete(table).where(table.c.stream.not_in(known)))
    for table, key, prefix in (
        (deals_table, deals_table.c.deal_id, "deal/"),
        (deal_contacts, deal_contacts.c.deal_id, "deal/"),
        (promises_table, promises_table.c.deal_id, "deal/"),
        (nurtures_table, nurtures_table.c.enrollment_id, "nurture/"),
    ):
        tx.execute(delete(table).where((prefix + key).not_in(known)))


def _totals(tx: Tx) -> None:
    ledger.take_turn(tx)
    counted = totals.counted(tx)
    tx.execute(delete(stage_totals))
    rows = [
        {
            "playbook": one.playbook,
            "stage": one.stage,
            "status": one.status,
            "owner_id": one.owner_id or "",
            "currency": one.currency or "",
            "deals": one.deals,
            "amount": one.amount,
            "stagnant": one.stagnant,
        }
        for one in counted
    ]
    if rows:
        tx.execute(insert(stage_totals), rows)
