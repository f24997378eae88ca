"""Nurture runs: contacts outside a deal, found by contact, by nurture and by what is due."""

import pytest

from domain import touch_events as e
from domain.event import Happened
from domain.evolution import moved_on
from domain.nurture import NurtureRun
from store import enrollments, nurtures, tasks
from store.database import Store, Tx
from store.errors import VersionConflict
from tests.support.moments import at
from tests.support.stories import ORIGIN, task


def _enrolled(number: int, contact: str, day: float) -> e.Enrolled:
    return e.Enrolled(
        at=at(day),
        enrollment_id=f"E-{number}",
        playbook="care",
        part="nurture:trial",
        version=2,
        contact_id=contact,
        because="event:trial_started",
        anchor_at=at(day),
    )


def _begin(tx: Tx, number: int, contact: str, day: float = 0) -> NurtureRun:
    events: list[Happened] = [_enrolled(number, contact, day)]
    before = NurtureRun(enrollment_id=f"E-{number}")
    after = moved_on(before, events)
    nurtures.record(tx, before, after, events, ORIGIN, at(day + 1))
    return after


def test_a_run_is_loaded_as_its_events_made_it(store: Store) -> None:
    with store.write() as tx:
        run = _begin(tx, 1, "C-1")
        nurtures.set_armed(tx, "E-1", at(1))
        more: list[Happened] = [task()]
        after = moved_on(run, more)
        nurtures.record(tx, run, after, more, ORIGIN, None)
    with store.read() as tx:
        assert nurtures.load(tx, "E-1") == after
        assert nurtures.load(tx, "E-2") is None
        (row,) = nurtures.of_contact(tx, "C-1")
        assert (row.part, row.part_version, row.because) == (
            "nurture:trial",
            2,
            "event:trial_started",
        )
        assert (row.status, row.next_due, row.armed_until) == ("active", None, at(1))
        assert [one.enrollment_id for one in enrollments.of_contact(tx, "C-1")] == ["E-1"]
        assert enrollments.in_cadence(tx, ["C-1"]) == set()
        (open_task,) = tasks.open_for(tx)
        assert (open_task.stream, open_task.deal_id) == ("nurture/E-1", None)


def test_a_lost_race_is_told(store: Store) -> None:
    with store.write() as tx:
        run = _begin(tx, 1, "C-1")
        assert nurtures.lock(tx, "E-1")
        assert not nurtures.lock(tx, "E-2")
    stale = NurtureRun(enrollment_id="E-1")
    with pytest.raises(VersionConflict), store.write() as tx:
        nurtures.record(tx, stale, run, [_enrolled(1, "C-1", 0)], ORIGIN, None)


def test_a_thousand_runs_begin_at_once_and_are_counted(store: Store) -> None:
    begun = []
    for number in range(1_000):
        events: list[Happened] = [_enrolled(number, f"C-{number}", number / 1_000)]
        run = moved_on(NurtureRun(enrollment_id=f"E-{number}"), events)
        begun.append((run, events, ORIGIN, at(1 + number / 1_000)))
    with store.write() as tx:
        nurtures.record_new(tx, begun)
        assert nurtures.counts(tx, "care", "nurture:trial") == {"active": 1_000}
        first = nurtures.page(tx, "care", "nurture:trial", limit=600)
        last = first[-1]
        rest = nurtures.page(
            tx, "care", "nurture:trial", (last.started_at, last.enrollment_id), limit=600
        )
        assert len({row.enrollment_id for row in [*first, *rest]}) == 1_000
        due = nurtures.due(tx, at(1.5), limit=100)
        assert due[-1].next_due is not None
        more = nurtures.due(tx, at(1.5), after=(due[-1].next_due, due[-1].enrollment_id))
        assert len(due) + len(more) == 501


def test_the_newest_run_of_each_contact_is_found(store: Store) -> None:
    with store.write() as tx:
        for number, day in ((1, 0), (2, 30), (3, 10)):
            _begin(tx, number, "C-1", day)
        found = nurtures.last_starts(tx, "care", "nurture:trial", ["C-1", "C-2"])
    assert {key: row.enrollment_id for key, row in found.items()} == {"C-1": "E-2"}
