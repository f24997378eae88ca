"""Long work and whose it is: jobs that beat, and deals in which somebody has something to do."""

from domain import deal_events as d
from store import deals, jobs, leaving, tasks
from store.database import Store
from store.jobs import Job
from tests.support.moments import at
from tests.support.stories import opening, record, task


def test_only_a_job_that_beats_counts_as_running(store: Store) -> None:
    job = Job(job_id="J-1", kind="verify", actor="P-1", started_at=at(), beat_at=at())
    with store.write() as tx:
        jobs.add(tx, job)
        assert jobs.beating(tx, "verify", at(hours=-1)) == job
        assert jobs.beating(tx, "verify", at()) is None
        assert jobs.beating(tx, "backup", at(hours=-1)) is None
        jobs.change(tx, "J-1", status="done", result={"whole": True}, ended_at=at(1))
        assert jobs.beating(tx, "verify", at(hours=-1)) is None
        [kept] = jobs.newest(tx)
    assert (kept.status, kept.result, kept.ended_at) == ("done", {"whole": True}, at(1))


def test_deals_are_found_by_whoever_has_something_to_do_in_them(store: Store) -> None:
    promised = d.PromiseMade(at=at(1), promise_id="R-1", owner_id="P-7", due_at=at(2), note_id="n")
    with store.write() as tx:
        record(tx, "D-1", [*opening(), promised])
        record(tx, "D-2", opening())
        record(tx, "D-3", [*opening(), d.OwnerAssigned(at=at(1), owner_id="P-7")])
        record(tx, "D-4", [*opening(), d.OwnerAssigned(at=at(1), owner_id="P-77")])
        record(tx, "D-5", [*opening(owner="P-7"), d.DealLost(at=at(1), reason="price")])
        record(tx, "D-6", [*opening(), promised, d.DealLost(at=at(2), reason="price")])
        record(tx, "D-7", [*opening(), task(7, person="P-7"), task(8)])
        assert leaving.deals_of(tx, "P-7") == ["D-1", "D-3", "D-5", "D-6", "D-7"]
        found = leaving.counted(tx, "P-7")
    assert (found.open_deals, found.ended_deals) == (1, 1)
    assert (found.tasks, found.loose, found.promises) == (1, 0, 2)


def test_open_tasks_change_hands_in_their_stream_alone(store: Store) -> None:
    moved = d.WorkTransferred(at=at(1), from_id="P-rep", to_id="P-2")
    with store.write() as tx:
        record(tx, "D-1", [*opening(), task(1), task(2, person="P-3"), moved])
        record(tx, "D-2", [*opening(), task(3)])
        whose = {one.task_id: one.person_id for one in tasks.open_for(tx)}
        state = deals.load(tx, "D-1")
    assert whose == {"T-1": "P-2", "T-2": "P-3", "T-3": "P-rep"}
    assert state is not None
    assert [one.for_id for one in state.tasks] == ["P-2", "P-3"]
    assert state.owner_id == "P-2"
