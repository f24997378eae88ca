"""The demo: a world with a past, made once, and a few things that people do while one watches."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from activities.contract import Receipt, deal_workflow_id
from domain import commands as c
from domain.ids import deal_id_for
from domain.refusal import Refused
from operations.by_hand import clock_by_hand
from operations.demonstration import people as demo_people
from operations.demonstration import world as demo_world
from operations.demonstration.rehearsal import ACTOR, Rehearsal
from operations.desk import NotYetRecorded, submit
from operations.house import EngineUnreachable, House
from operations.post.mail_work import mail_work
from store import board, contacts, deals, nudges

DEMO = "demo"

FAR = timedelta(days=3650)


@dataclass(frozen=True)
class Act:
    """Something that a person does in the demo, so many wall seconds after it began."""

    after_s: float
    play: int
    command: c.AnyCommand
    told: str


ACTS = (
    Act(8, 29, c.WinDeal(reason="Signed"), "Grace wins a deal: its welcome mail follows"),
    Act(20, 3, c.RecordReply(channel="email", note="Sounds good!"), "a reply stops a cadence"),
    Act(35, 36, c.LoseDeal(reason="timing"), "a deal is lost: check-ins in 3 and 6 months"),
    Act(50, 30, c.WinDeal(reason="Signed"), "another deal is won"),
)
"""`play` is the number of the deal in the demo's world."""


def is_made(house: House) -> bool:
    """Whether the world was made in this house before.

    Raises Refused where somebody's own contacts live: the demo is no guest.
    """
    with house.store.read() as tx:
        if deals.load(tx, _deal(0)) is not None:
            return True
        if contacts.page(tx, limit=1):
            told = "this folder holds contacts of your own; name another with --data"
            raise Refused("not_a_demo", told, str(house.config.data_dir))
        return False


async def make_world(
    house: House, now: datetime, tell: Callable[[float], None] = lambda _: None
) -> int:
    """Make the past up to `now` (business time) and say how many deals it has.

    Mails of the past go to the house's relay, the local mailbox, with the dates that they had.
    Raises AssertionError when the script asks for what the rules refuse.
    """
    start = now - demo_world.LONGEST_AGO
    with clock_by_hand(house, start) as (past, hand):
        staff, guests = demo_people.settle_in(past, demo_world.COUNT, DEMO)
        scenes = demo_world.scenes(now, staff, guests)
        whole = (now - start).total_seconds()
        async with mail_work(past) as work:
            rehearsal = Rehearsal(past, work, hand)
            await rehearsal.live(scenes, now, lambda at: tell((at - start).total_seconds() / whole))
        assert not rehearsal.refused, rehearsal.refused
    await asyncio.to_thread(_wake_all, house)
    return demo_world.COUNT


def _wake_all(house: House) -> None:
    """Ask for a workflow of every deal that has something due; the worker relays it."""
    with house.store.write() as tx:
        rows = board.due(tx, house.time.now() + FAR)
        streams = [deal_workflow_id(row.deal_id) for row in rows]
        nudges.add(tx, streams, "demo", house.time.wall())


async def act(house: House, tell: Callable[[str], None]) -> None:
    """Do what people do in the demo, at its moments; what a rule refuses by now is left out."""
    begun = asyncio.get_running_loop().time()
    for one in ACTS:
        await asyncio.sleep(max(0.0, begun + one.after_s - asyncio.get_running_loop().time()))
        try:
            await _do(house, one)
        except (Refused, NotYetRecorded, EngineUnreachable):
            continue
        tell(one.told)


async def _do(house: House, one: Act) -> Receipt:
    return await submit(house, one.command, actor=DEMO, deal_id=_deal(one.play))


def _deal(number: int) -> str:
    return deal_id_for(f"{ACTOR}:demo-{number:02}")


def start_of_world(now: datetime) -> datetime:
    """A Tuesday's or Wednesday's 8:50 UTC not after `now`: the first minute meets office hours."""
    day = now.replace(hour=8, minute=50, second=0, microsecond=0)
    while day > now or day.weekday() not in (1, 2):
        day -= timedelta(days=1)
    return day
