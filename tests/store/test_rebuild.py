"""Rebuild and verify: what is kept is what the ledger says, row for row, and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

import pytest
from sqlalchemy import Table, delete, insert, select, text, update

from domain import deal_events as d
from domain import touch_events as e
from domain.ahead import Due
from domain.event import Happened
from domain.evolution import moved_on
from domain.nurture import NurtureRun
from store import commands, deals, nurtures, sends, switches, tables
from store.commands import Kept
from store.database import Store, Tx
from store.rebuild import rebuild
from store.sends import Send
from store.verify import verify
from tests.support.houses import ROOT
from tests.support.moments import at
from tests.support.stories import ORIGIN, enrolled, opening, record, task

MODELS = [
    tables.deals,
    tables.deal_contacts,
    tables.stage_totals,
    tables.tasks,
    tables.promises,
    tables.enrollments,
    tables.nurtures,
]


@pytest.fixture
def lived_in(store: Store) -> Store:
    """A store in which a few deals and a nurture run have lived."""
    with store.write() as tx:
        for number in range(6):
            record(tx, f"D-{number}", [*opening(amount=f"{number}.50"), task(number)], at(number))
        record(tx, "D-1", [enrolled(1), d.ReplyRecorded(at=at(1), channel="email")], at(7))
        record(
            tx, "D-2", [d.DealLost(at=at(2), reason="price"), e.TaskDone(at=at(2), task_id="T-2")]
        )
        record(tx, "D-3", [d.ContactLinked(at=at(1), contact_id="C-7", role="user")], at(8))
        promised = d.PromiseMade(at=at(1), promise_id="R-1", owner_id="P-7", due_at=at(9))
        record(tx, "D-4", [promised])
        deals.set_armed(tx, "D-1", at(7))
        run = NurtureRun(enrollment_id="E-9")
        events: list[Happened] = [enrolled(9, "C-9"), task(9)]
        nurtures.record(tx, run, moved_on(run, events), events, ORIGIN, at(3))
    return store


def _rows(store: Store) -> dict[str, list[dict[str, Any]]]:
    with store.read() as tx:
        return {
            table.name: [dict(row) for row in tx.execute(_ordered(table)).mappings()]
            for table in MODELS
        }


def _ordered(table: Table) -> Any:
    return select(table).order_by(*table.primary_key)


@pytest.mark.parametrize("batch", [1, 4, 500])
def test_a_rebuild_gives_the_same_rows_in_batches_of_any_size(lived_in: Store, batch: int) -> None:
    before = _rows(lived_in)
    seen: list[tuple[int, int]] = []
    assert rebuild(lived_in, batch=batch, progress=lambda *one: seen.append(one)) == 7
    assert _rows(lived_in) == before
    assert seen[-1] == (7, 7)


def test_a_rebuild_makes_rows_that_were_lost(lived_in: Store) -> None:
    before = _rows(lived_in)
    with lived_in.write() as tx:
        due = {
            row.deal_id: Due(row.next_due)
            for row in tx.execute(select(tables.deals.c.deal_id, tables.deals.c.next_due))
        }
        for table in MODELS:
            tx.execute(delete(table))
        tx.execute(insert(tables.stage_totals).values(before["stage_totals"][0] | {"stage": "no"}))
    rebuild(lived_in, due=lambda tx, made: due, run_due=lambda tx, made: {"E-9": Due(at(3))})
    after = _rows(lived_in)
    for row in [*before["deals"], *before["nurtures"]]:
        row["armed_until"] = None
    assert after == before
    assert verify(lived_in) == []


def test_a_memory_that_is_whole_has_no_finding(lived_in: Store) -> None:
    seen: list[tuple[int, int]] = []
    assert verify(lived_in, batch=2, progress=lambda *one: seen.append(one)) == []
    assert seen[-1][0] == seen[-1][1]


def _forged_deal(tx: Tx) -> None:
    state = tx.execute(select(tables.deals.c.state).where(tables.deals.c.deal_id == "D-1")).scalar()
    one = update(tables.deals).where(tables.deals.c.deal_id == "D-1")
    tx.execute(one.values(state={**(state or {}), "stage": "offer"}))


def _sent_without_event(tx: Tx) -> None:
    sends.plan(
        tx,
        Send(
            touch_id="t1",
            stream="deal/D-1",
            template="x",
            purpose="sales",
            message_id="<t1@x>",
            planned_at=at(),
            enrollment_id="E-1",
            status="sent",
        ),
    )


def _unanswered(tx: Tx) -> None:
    command = {"command_id": "c9", "stream": "deal/D-1", "kind": "win_deal", "actor": "P-1"}
    commands.keep(tx, Kept(**command, fingerprint="f", kept_at=at()))
    record(tx, "D-1", [d.DealWon(at=at(9))], origin=replace(ORIGIN, command_id="c9"))


DAMAGES: dict[str, Callable[[Tx], object]] = {
    "deals": _forged_deal,
    "totals": lambda tx: tx.execute(update(tables.stage_totals).values(deals=99)),
    "contacts": lambda tx: tx.execute(delete(tables.deal_contacts)),
    "tasks": lambda tx: tx.execute(update(tables.tasks).values(status="done")),
    "promises": lambda tx: tx.execute(update(tables.promises).values(person_id="P-8")),
    "enrollments": lambda tx: tx.execute(delete(tables.enrollments)),
    "nurtures": lambda tx: tx.execute(delete(tables.nurtures)),
    "sent": _sent_without_event,
    "commands": _unanswered,
    "guards": lambda tx: tx.execute(
        text(
            "DROP TRIGGER parts_no_update"
            if tx.dialect.name == "sqlite"
            else "DROP TRIGGER parts_no_change ON parts"
        )
    ),
}


@pytest.mark.parametrize("check", DAMAGES)
def test_every_damage_is_found_and_named(lived_in: Store, check: str) -> None:
    with lived_in.write() as tx:
        DAMAGES[check](tx)
    assert check in {finding.check for finding in verify(lived_in)}


def test_a_column_that_was_changed_by_hand_is_found(lived_in: Store) -> None:
    with lived_in.write() as tx:
        one = update(tables.deals).where(tables.deals.c.deal_id == "D-4")
        tx.execute(one.values(owner_id="P-thief"))
    found = verify(lived_in)
    assert ("deals", "deal/D-4", "columns differ: owner_id") in {
        (one.check, one.where, one.message) for one in found
    }


def test_a_deal_of_which_the_ledger_knows_nothing_is_found_and_removed(lived_in: Store) -> None:
    with lived_in.write() as tx:
        row = tx.execute(select(tables.deals).where(tables.deals.c.deal_id == "D-0")).mappings()
        tx.execute(insert(tables.deals).values({**row.one(), "deal_id": "D-ghost"}))
    assert ("orphans", "deal/D-ghost") in {(one.check, one.where) for one in verify(lived_in)}
    rebuild(lived_in)
    assert verify(lived_in) == []


def test_an_event_that_cannot_be_read_is_found_and_the_rest_is_checked(lived_in: Store) -> None:
    with lived_in.write() as tx:
        last = tx.execute(select(tables.events.c.position)).scalars().all()
        row = {
            "position": max(last) + 1,
            "stream": "deal/D-5",
            "version": 6,
            "kind": "deal_evaporated",
            "schema": 1,
            "data": {},
            "happened_at": at(),
            "recorded_at": at(),
            "actor": "P-1",
        }
        tx.execute(insert(tables.events).values(row))
        tx.execute(update(tables.deals).where(tables.deals.c.deal_id == "D-4").values(stage="x"))
    found = {(one.check, one.where) for one in verify(lived_in)}
    assert {("events", "deal/D-5"), ("deals", "deal/D-4")} <= found


def test_a_house_of_an_earlier_shape_is_marked_until_it_is_made_anew(store: Store) -> None:
    name = "0024_rebuild_wanted.py"
    spec = spec_from_file_location("mark", ROOT / "store" / "migrations" / "versions" / name)
    assert spec is not None
    assert spec.loader is not None
    migration = module_from_spec(spec)
    spec.loader.exec_module(migration)

    def wanted(tx: Tx) -> bool:
        migration.mark(tx)
        return switches.is_on(tx, switches.REBUILD_WANTED)

    with store.write() as tx:
        record(tx, "D-1", opening(), None)
        assert not wanted(tx)
        record(tx, "D-2", opening(), at(3))
        assert wanted(tx)
    rebuild(store)
    with store.read() as tx:
        assert switches.is_on(tx, switches.REBUILD_WANTED), "what comes next was not asked for"
    rebuild(store, due=lambda tx, some: {})
    with store.read() as tx:
        assert not switches.is_on(tx, switches.REBUILD_WANTED)
        assert switches.of_mailboxes(tx) == []
