"""When somebody leaves, everything that waits for them goes to another, and nothing else does."""

from datetime import timedelta

import pytest

from domain import commands as c
from domain.refusal import NotFound, Refused
from domain.touch_events import TaskCreated
from operations import deals, people, transferring
from operations.access import auditing
from operations.house import House
from operations.people import NewPerson
from store import ledger, rebuild, tasks
from store.ledger import Origin
from tests.support.shortcut import OLGA, events_of, house, no_engine, opened_deal

__all__ = ["house", "no_engine"]

MAX = "max@us.example"


@pytest.fixture
def office(house: House) -> House:
    people.add(house, NewPerson(email=MAX, name="Max"), actor="test")
    return house


def id_of(house: House, who: str) -> str:
    return people.show(house, who).person_id


async def promise(house: House, deal_id: str, who: str | None) -> None:
    due = house.time.now() + timedelta(days=3)
    asked = c.MakePromise(due_at=due, what="Call", owner_id=who)
    await deals.tell(house, deal_id, asked, actor="test")


async def test_it_is_counted_and_goes_over(office: House) -> None:
    olga, max_ = id_of(office, OLGA), id_of(office, MAX)
    hers = await opened_deal(office)
    lost = await opened_deal(office)
    await deals.tell(office, lost, c.LoseDeal(reason="price"), actor="test")
    his = await opened_deal(office, owner=MAX)
    await promise(office, hers, None)
    await promise(office, his, olga)
    await promise(office, his, max_)
    before = transferring.work_of(office, OLGA)
    assert (before.open_deals, before.ended_deals, before.promises) == (1, 1, 2)
    seen: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        seen.append((done, total))

    told = await transferring.transfer(office, OLGA, MAX, actor="P-9", progress=progress)
    assert (told.moved, told.late, told.failed) == (3, 0, ())
    assert seen[-1] == (3, 3)
    after = transferring.work_of(office, OLGA)
    assert (after.open_deals, after.ended_deals, after.tasks, after.promises) == (0, 0, 0, 0)
    assert transferring.work_of(office, MAX).promises == 3
    last = events_of(office, f"deal/{his}")[-1]
    assert (last.kind, last.origin.actor) == ("work_transferred", "P-9")
    assert (await transferring.transfer(office, OLGA, MAX, actor="P-9")).moved == 0
    log = auditing.list_page(office, stream=f"person/{olga}").entries
    assert "transfer_work" in {one.what for one in log}


async def test_open_tasks_go_with_the_deal_and_a_rebuild_knows_it(office: House) -> None:
    deal_id = await opened_deal(office)
    due = office.time.now() + timedelta(days=1)
    with office.store.write() as tx:
        olga, stream = id_of(office, OLGA), f"deal/{deal_id}"
        made = TaskCreated(
            at=office.time.now(), task_id="T-1", verb="call", name="call", for_id=olga,
            role="owner", due_at=due,
        )  # fmt: skip
        origin = Origin(actor="test", recorded_at=office.time.wall())
        ledger.append(tx, stream, ledger.head(tx, stream), [made], origin)
    again = rebuild.rebuild(office.store, due=lambda tx, some: {}, run_due=lambda tx, some: {})
    assert again
    assert transferring.work_of(office, OLGA).tasks == 1
    await transferring.transfer(office, OLGA, MAX, actor="test")
    max_ = id_of(office, MAX)

    def whose() -> list[str | None]:
        with office.store.read() as tx:
            return [one.person_id for one in tasks.open_for(tx)]

    assert whose() == [max_]
    rebuild.rebuild(office.store, due=lambda tx, some: {}, run_due=lambda tx, some: {})
    assert whose() == [max_]


async def test_nobody_gives_to_themselves_to_strangers_or_to_who_has_left(office: House) -> None:
    with pytest.raises(Refused, match="somebody else"):
        await transferring.transfer(office, OLGA, OLGA, actor="test")
    with pytest.raises(NotFound):
        await transferring.transfer(office, OLGA, "P-none", actor="test")
    people.add(office, NewPerson(email=MAX, active=False), actor="test")
    with pytest.raises(Refused, match="has left"):
        await transferring.transfer(office, OLGA, MAX, actor="test")
