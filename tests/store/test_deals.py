"""Deals as they stand: state, columns, totals, texts, tasks and enrollments move together."""

from decimal import Decimal
from typing import Any

import pytest

from domain import deal_events as d
from domain import touch_events as e
from domain.ahead import NOTHING, Due
from domain.deal import Deal, fold
from store import board, deals, enrollments, ledger, tasks, texts, timeline, totals
from store.board import Wanted
from store.database import Store
from store.errors import VersionConflict
from store.totals import Total
from tests.support.moments import at
from tests.support.plans import asked_of
from tests.support.stories import ORIGIN, enrolled, opening, record, task


def test_a_deal_is_loaded_as_its_events_made_it(store: Store) -> None:
    events = [*opening(), enrolled(), task(), d.ReplyRecorded(at=at(1), channel="email")]
    with store.write() as tx:
        record(tx, "D-1", events, at(2))
        texts.save(tx, "D-1", {"title": "Ein Gespräch 🙂", "field:pain": "slow"})
    with store.read() as tx:
        assert deals.load(tx, "D-1") == fold(Deal(deal_id="D-1"), events)
        assert deals.load(tx, "D-2") is None
        assert deals.of_contact(tx, "C-1") == ["D-1"]
        row = board.row(tx, "D-1")
    assert row is not None
    assert (row.title, row.stage, row.version) == ("Ein Gespräch 🙂", "new", len(events))
    assert (row.amount, row.currency, row.next_due) == (Decimal(1000), "EUR", at(2))
    assert row.our_turn_since == at(1)


def test_a_lost_race_writes_neither_event_nor_deal(store: Store) -> None:
    with store.write() as tx:
        record(tx, "D-1", opening())
    with store.read() as tx:
        stale = deals.load(tx, "D-1")
    assert stale is not None
    with store.write() as tx:
        record(tx, "D-1", [d.OwnerAssigned(at=at(1), owner_id="P-2")])
    late = [d.OwnerAssigned(at=at(1), owner_id="P-3")]
    with pytest.raises(VersionConflict), store.write() as tx:
        deals.record(tx, stale, fold(stale, list(late)), late, ORIGIN, NOTHING)
    with store.read() as tx:
        found = deals.load(tx, "D-1")
        assert found is not None
        assert found.owner_id == "P-2"
        assert ledger.head(tx, "deal/D-1") == found.version


def test_totals_follow_every_change_of_a_deal(store: Store) -> None:
    def kept() -> list[Total]:
        with store.read() as tx:
            assert totals.all_of(tx) == totals.counted(tx)
            return totals.all_of(tx)

    with store.write() as tx:
        record(tx, "D-1", opening(amount="10.50"))
        record(tx, "D-2", opening(amount="0.25"))
        record(tx, "D-3", opening(amount=None, owner=None))
    assert [(one.owner_id, one.currency, one.deals, one.amount) for one in kept()] == [
        (None, None, 1, Decimal(0)),
        ("P-rep", "EUR", 2, Decimal("10.75")),
    ]
    with store.write() as tx:
        changed = d.DetailsChanged(at=at(1), changed=["amount"], amount=Decimal(20))
        record(tx, "D-1", [changed])
        record(tx, "D-2", [d.StageEntered(at=at(1), stage="offer")])
        record(tx, "D-3", [d.DealLost(at=at(1), reason="price")])
    assert [(one.stage, one.status, one.deals, one.amount) for one in kept()] == [
        ("new", "lost", 1, Decimal(0)),
        ("new", "open", 1, Decimal(20)),
        ("offer", "open", 1, Decimal("0.25")),
    ]
    with store.read() as tx:
        assert len(totals.by_stage(tx, "simple", "P-rep")) == 2
        flag = d.StagnationFlagged(at=at(2), reason="silence", since=at(1), limit="1 day", rule="x")
    with store.write() as tx:
        record(tx, "D-1", [flag])
        assert (totals.stagnant(tx), totals.all_of(tx)) == (1, totals.counted(tx))
        record(tx, "D-1", [d.StageEntered(at=at(3), stage="offer")])
        assert totals.all_of(tx) == totals.counted(tx)
        assert sum(one.deals for one in totals.by_stage(tx, "simple")) == 3


def test_many_new_deals_are_kept_at_once(store: Store) -> None:
    fresh = []
    for number in range(600):
        events = [*opening(amount=f"{number}"), enrolled(number), task(number)]
        deal = fold(Deal(deal_id=f"D-{number:03}"), events)
        fresh.append((deal, events, ORIGIN, Due(at(number))))
    with store.write() as tx:
        recorded = deals.record_new(tx, fresh)
        assert len(recorded) == 600 * len(fresh[0][1])
    with store.read() as tx:
        assert totals.all_of(tx) == totals.counted(tx)
        assert len(deals.load_many(tx, [f"D-{n:03}" for n in range(700)])) == 600
        assert len(tasks.open_for(tx, limit=1_000)) == 600
        assert board.ids(tx, "D-597") == ["D-598", "D-599"]
    with pytest.raises(VersionConflict), store.write() as tx:
        deals.record_new(tx, fresh[:1])


def test_lists_are_read_page_by_page_without_a_gap(store: Store) -> None:
    with store.write() as tx:
        for number in range(7):
            # Three share one moment, so that the id has to break the tie.
            record(tx, f"D-{number}", opening(when=at(number // 3)))
    found: list[str] = []
    after = None
    with store.read() as tx:
        while True:
            rows, after = board.page(tx, Wanted(status="open"), after=after, limit=2)
            found += [row.deal_id for row in rows]
            if after is None:
                break
    assert found == ["D-6", "D-5", "D-4", "D-3", "D-2", "D-1", "D-0"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(), ["D-4", "D-3", "D-2", "D-1"]),
        (Wanted(status="open"), ["D-4", "D-3", "D-1"]),
        (Wanted(status="lost"), ["D-2"]),
        (Wanted(owner_id="P-2"), ["D-3"]),
        (Wanted(stage="offer"), ["D-4"]),
        (Wanted(contact_id="C-2"), ["D-3"]),
        (Wanted(account_id="A-1"), ["D-4"]),
        (Wanted(stagnant=True), ["D-1"]),
        (Wanted(stagnant=False, status="open"), ["D-4", "D-3"]),
        (Wanted(paused=True), ["D-4"]),
        (Wanted(playbook="other"), []),
    ],
)
def test_lists_show_what_is_wanted(store: Store, wanted: Wanted, expected: list[str]) -> None:
    flag = d.StagnationFlagged(
        at=at(1), reason="silence", since=at(), limit="7 days", rule="simple/limits@1"
    )
    with store.write() as tx:
        record(tx, "D-1", [*opening(), flag])
        record(tx, "D-2", [*opening(), d.DealLost(at=at(2), reason="price")])
        record(tx, "D-3", opening(owner="P-2", contact="C-2", when=at(3)))
        paused = [d.AccountSet(at=at(4), account_id="A-1"), d.DealPaused(at=at(4))]
        record(tx, "D-4", [*opening(stage="offer", when=at(4)), *paused])
    with store.read() as tx:
        rows, more = board.page(tx, wanted)
    assert [row.deal_id for row in rows] == expected
    assert more is None


def test_the_board_shows_open_and_won_deals_by_stage(store: Store) -> None:
    with store.write() as tx:
        record(tx, "D-1", opening())
        record(tx, "D-2", [*opening(), d.DealLost(at=at(1), reason="price")])
        won = [d.DealWon(at=at(1)), d.StageEntered(at=at(1), stage="onboarding", how="won")]
        record(tx, "D-3", [*opening(owner="P-2"), *won])
    with store.read() as tx:
        columns = board.board(tx, "simple", ["new", "onboarding", "customer"])
        assert {stage: [row.deal_id for row in rows] for stage, (rows, _) in columns.items()} == {
            "new": ["D-1"],
            "onboarding": ["D-3"],
            "customer": [],
        }
        own = board.board(tx, "simple", ["new", "onboarding"], owner_id="P-2")
        assert [len(rows) for rows, _ in own.values()] == [0, 1]
        assert [row.deal_id for row in board.of_owner(tx, "P-rep")] == ["D-1"]


def test_what_is_due_comes_in_the_order_of_its_moments(store: Store) -> None:
    with store.write() as tx:
        for number, moment in enumerate([at(3), at(1), None, at(2), at(1)]):
            record(tx, f"D-{number}", opening(), moment)
    with store.read() as tx:
        first = board.due(tx, at(2), limit=2)
        assert [row.deal_id for row in first] == ["D-1", "D-4"]
        assert first[-1].next_due is not None
        rest = board.due(tx, at(2), after=(first[-1].next_due, "D-4"))
        assert [row.deal_id for row in rest] == ["D-3"]
    with store.write() as tx:
        deals.set_due(tx, [("D-1", Due(at(9))), ("D-3", NOTHING)])
        deals.set_armed(tx, "D-4", at(1))
    with store.read() as tx:
        assert [row.deal_id for row in board.due(tx, at(2))] == ["D-4"]
        assert board.due(tx, at(2))[0].armed_until == at(1)


def test_saving_a_deal_keeps_what_its_workflow_sleeps_for(store: Store) -> None:
    with store.write() as tx:
        record(tx, "D-1", opening())
        deals.set_armed(tx, "D-1", at(5))
        record(tx, "D-1", [d.OwnerAssigned(at=at(1), owner_id="P-2")])
        row = board.row(tx, "D-1")
    assert row is not None
    assert row.armed_until == at(5)


def test_tasks_follow_their_events(store: Store) -> None:
    with store.write() as tx:
        told = [task(1, at(3)), task(2, at(2)), task(3, at(1), person=None)]
        record(tx, "D-1", [*opening(), *told])
    with store.read() as tx:
        assert [one.task_id for one in tasks.open_for(tx, "P-rep")] == ["T-2", "T-1"]
        assert [one.task_id for one in tasks.open_for(tx)] == ["T-3", "T-2", "T-1"]
    with store.write() as tx:
        done = e.TaskDone(at=at(1), task_id="T-1")
        dropped = e.TaskDropped(at=at(1), task_id="T-2", reason="deal_closed")
        record(tx, "D-1", [done, dropped])
    with store.read() as tx:
        assert [(one.status, one.reason) for one in tasks.of_deal(tx, "D-1")] == [
            ("done", None),
            ("dropped", "deal_closed"),
            ("open", None),
        ]
        found = tasks.load(tx, "T-1")
        assert found is not None
        assert (found.deal_id, found.settled_at) == ("D-1", at(1))


def test_enrollments_tell_who_is_in_which_version_of_what(store: Store) -> None:
    ended = e.EnrollmentEnded(at=at(1), enrollment_id="E-2", reason="reply")
    with store.write() as tx:
        record(tx, "D-1", [*opening(), enrolled(1)])
        record(tx, "D-2", [*opening(contact="C-2"), enrolled(2, "C-2"), ended])
    with store.read() as tx:
        assert enrollments.counts(tx, "simple", "cadence:new-lead") == {
            (1, "active"): 1,
            (1, "ended"): 1,
        }
        (active,) = enrollments.of_part(tx, "simple", "cadence:new-lead")
        assert (active.enrollment_id, active.deal_id) == ("E-1", "D-1")
        assert enrollments.of_contact(tx, "C-2") == []
        (old,) = enrollments.of_contact(tx, "C-2", active=False)
        assert (old.status, old.reason) == ("ended", "reply")
        assert enrollments.in_cadence(tx, ["C-1", "C-2"]) == {"C-1"}


def test_texts_can_be_erased_and_the_deal_lives_on(store: Store) -> None:
    with store.write() as tx:
        record(tx, "D-1", opening())
        texts.save(tx, "D-1", {"title": "one", "note:n1": "two"})
        texts.save(tx, "D-1", {"title": "three"})
        assert texts.of(tx, "D-1") == {"title": "three", "note:n1": "two"}
        assert texts.erase(tx, "D-1", ["note:n1"]) == 1
        assert texts.erase(tx, "D-1") == 1
        row = board.row(tx, "D-1")
    assert row is not None
    assert row.title is None


def test_a_timeline_tells_a_deal_and_a_contact(store: Store) -> None:
    with store.write() as tx:
        record(tx, "D-1", opening())
        record(tx, "D-1", [d.DealWon(at=at(2))])
    with store.read() as tx:
        assert [one.version for one in timeline.of_deal(tx, "D-1", after=3)] == [4, 5]
        assert len(timeline.of_contact(tx, "C-1")) == 5


def test_a_timeline_of_a_contact_is_read_a_page_at_a_time(store: Store) -> None:
    """However much happened, no more is read out than is shown."""
    with store.write() as tx:
        for deal_id in ("D-1", "D-2"):
            record(tx, deal_id, opening())
        for number in range(40):
            record(tx, f"D-{number % 2 + 1}", [d.ReplyRecorded(at=at(1), channel="email")])
    with store.read() as tx:
        whole = timeline.of_contact(tx, "C-1")
        assert [one.position for one in whole] == [*range(1, 49)]
        with asked_of(tx.engine) as asked:
            page = timeline.of_contact(tx, "C-1", after=5, limit=3)
        assert page == whole[5:8]
        assert timeline.of_contact(tx, "C-1", after=47, limit=3) == whole[47:]
        assert timeline.of_contact(tx, "C-none") == []
        bound = [value for _, values in asked for value in _values(values)]
        assert bound.count(3) == 1, "the limit is the database's"
        assert len(asked) == 3
        steps = ledger.newest_of(tx, "deal/D-1", ["deal_opened", "reply_recorded"], 10, 2)
        assert [(one.version, one.kind) for one in steps] == [
            (9, "reply_recorded"), (8, "reply_recorded")
        ]  # fmt: skip


def _values(parameters: Any) -> list[Any]:
    return list(parameters.values() if isinstance(parameters, dict) else parameters)
