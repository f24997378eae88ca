"""When somebody leaves: their deals, open tasks and promises are counted, and go to another."""

import asyncio

from activities import streams
from activities.planning import origin
from domain import commands as c
from domain.ahead import due_of
from domain.deal_events import WorkTransferred
from domain.evolution import moved_on
from domain.refusal import Refused
from operations import deals, people
from operations.arming import a_few_at_once
from operations.deal_view import View
from operations.desk import ApplyFailed, NotYetRecorded, reaching
from operations.house import EngineUnreachable, House
from operations.logbook import note
from operations.upkeep import Progress
from store import leaving, nudges, situation


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


def work_of(house: House, who: str) -> Work:
    """Count it. Raises NotFound."""
    with reaching("the database"), house.store.read() as tx:
        person = people.find(tx, who)
        mine = leaving.counted(tx, person.person_id)
    return Work(
        person_id=person.person_id,
        name=person.name,
        open_deals=mine.open_deals,
        ended_deals=mine.ended_deals,
        tasks=mine.tasks,
        nurture_tasks=mine.loose,
        promises=mine.promises,
    )


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
        mine = [f"deal/{one}" for one in leaving.deals_of(tx, was.person_id)]
        mine += leaving.nurtures_of(tx, was.person_id)
        note(tx, house, "transfer_work", actor=actor, stream=f"person/{was.person_id}")
    return was.person_id, now.person_id, mine


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
