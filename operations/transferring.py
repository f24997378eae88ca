"""When somebody leaves: their deals, open tasks and promises are counted, and go to another."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from activities import streams
from activities.planning import origin
from domain import commands as c
from domain.ahead import due_of
from domain.deal import Deal
from domain.deal_events import WorkTransferred
from domain.decisions import has_work
from domain.evolution import moved_on
from domain.refusal import Refused
from operations import deals, people
from operations.arming import a_few_at_once
from operations.deal_view import View
from operations.desk import ApplyFailed, NotYetRecorded, reaching
from operations.house import EngineUnreachable, House
from operations.logbook import note
from operations.upkeep import Progress
from store import deals as kept_deals
from store import nudges, situation, tasks
from store.database import Tx


class Work(View):
    """What a person has to do: open deals and those that ended, open tasks, promises.

    `nurture_tasks` are those of the tasks that belong to no deal.
    """

    person_id: str
    name: str
    open_deals: int
    ended_deals: int
    tasks: int
    nurture_tasks: int
    promises: int


class Transferred(View):
    """What was given away: deals and nurtures that moved, and what did not, with the reason."""

    from_id: str
    to_id: str
    moved: int
    late: int
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Mine:
    """The work of a person as the store has it."""

    deals: dict[str, Deal]
    nurtures: tuple[str, ...]
    tasks: int
    nurture_tasks: int


def work_of(house: House, who: str) -> Work:
    """Count it. Raises NotFound."""
    with reaching("the database"), house.store.read() as tx:
        person = people.find(tx, who)
        mine = _mine(tx, person.person_id)
    return _counted(person.person_id, person.name, mine)


async def transfer(
    house: House,
    who: str,
    to: str,
    *,
    actor: str,
    progress: Progress = lambda done, total: None,
) -> Transferred:
    """Give everything of one person to another, deal by deal, each by its own command.

    Asked again, it goes on with what is left. Raises NotFound, and Refused where nobody can
    take it; what one deal refuses does not keep the others.
    """
    was, now, mine = await asyncio.to_thread(_begin, house, who, to, actor)
    failed: list[str] = []
    late = done = 0

    async def one(stream: str) -> None:
        nonlocal late, done
        kind, _, its_id = stream.partition("/")
        try:
            if kind == "deal":
                asked = c.TransferWork(from_id=was, to_id=now)
                await deals.tell(house, its_id, asked, actor=actor)
            else:
                await asyncio.to_thread(_in_nurture, house, stream, was, now, actor)
        except NotYetRecorded:
            late += 1
        except (Refused, ApplyFailed, EngineUnreachable) as no:
            failed.append(f"{its_id}: {getattr(no, 'message', None) or no}")
        done += 1
        progress(done, len(mine))

    await a_few_at_once(mine, one)
    return Transferred(
        from_id=was,
        to_id=now,
        moved=len(mine) - late - len(failed),
        late=late,
        failed=tuple(sorted(failed)[:20]),
    )


def _begin(house: House, who: str, to: str, actor: str) -> tuple[str, str, list[str]]:
    with reaching("the database"), house.store.write() as tx:
        was, now = people.find(tx, who), people.find(tx, to, "to")
        if was.person_id == now.person_id:
            raise Refused("same_person", "choose somebody else to take it", "to")
        if not now.active:
            raise Refused("has_left", f"{now.person_id} has left and takes nothing", "to")
        mine = _mine(tx, was.person_id)
        note(tx, house, "transfer_work", actor=actor, stream=f"person/{was.person_id}")
    streams_ = [f"deal/{one}" for one in mine.deals]
    return was.person_id, now.person_id, [*streams_, *mine.nurtures]


def _mine(tx: Tx, person_id: str) -> _Mine:
    found = {its_id: deal for its_id, deal in _naming(tx, person_id) if has_work(deal, person_id)}
    todo = tasks.open_for(tx, person_id, limit=10_000)
    loose = [one for one in todo if one.deal_id is None]
    nurtures = tuple(dict.fromkeys(one.stream for one in loose))
    return _Mine(found, nurtures, len(todo), len(loose))


def _naming(tx: Tx, person_id: str) -> Iterator[tuple[str, Deal]]:
    last = ""
    while some := kept_deals.naming(tx, person_id, last):
        yield from some.items()
        last = max(some)


def _in_nurture(house: House, stream: str, was: str, now: str, actor: str) -> None:
    """The same for the tasks of a nurture, which has no commands of its own."""
    with reaching("the database"), house.store.write() as tx:
        run = streams.load(tx, stream, lock=True)
        if all(one.for_id != was for one in run.tasks):
            return
        facts = situation.facts_for(tx, run, house.time.now(), house.time.grace())
        event = WorkTransferred(at=facts.now, from_id=was, to_id=now)
        after = moved_on(run, [event])
        due, told = due_of(after, facts), origin(run, facts, house.time)
        streams.record(tx, run, after, [event], told, due)
        note(tx, house, "transfer_work", actor=actor, stream=stream)
        nudges.add(tx, [stream], "transfer_work", house.time.wall())


def _counted(person_id: str, name: str, mine: _Mine) -> Work:
    owned = [one for one in mine.deals.values() if one.owner_id == person_id]
    promised = [
        promise
        for one in mine.deals.values()
        for promise in one.promises
        if (promise.owner_id or one.owner_id) == person_id
    ]
    return Work(
        person_id=person_id,
        name=name,
        open_deals=sum(one.status == "open" for one in owned),
        ended_deals=sum(one.status != "open" for one in owned),
        tasks=mine.tasks,
        nurture_tasks=mine.nurture_tasks,
        promises=len(promised),
    )
