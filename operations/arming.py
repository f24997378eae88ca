"""Workflows for what is due later: started a few at a time, each told when to wake."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from activities.contract import HOUSE_QUEUE, Label, deal_workflow_id
from operations.desk import reaching
from operations.house import EngineUnreachable, House
from store import deals, nudges, nurtures
from workflows.deal import DealStart, DealWorkflow
from workflows.nurture import NurtureStart, NurtureWorkflow

T = TypeVar("T")
Progress = Callable[[int, int], None]
"""Called with how many are started, and how many there are."""

IN_FLIGHT: Final = 10
"""Starts that wait for the server at the same time: more only makes each of them slower."""

_BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class Sleeper:
    """A deal or a nurture whose workflow is to sleep until a moment (business time).

    A nurture without a moment looks for itself. `version` is the deal's as of that moment.
    """

    stream: str
    until: datetime | None
    version: int = 0
    label: Label | None = None


async def arm(house: House, sleepers: Sequence[Sleeper], cause: str, progress: Progress) -> int:
    """Start the workflows; says how many. One that runs already is left as it is.

    Where Temporal cannot be reached the rest is left as nudges, which the worker relays.
    """
    started = 0
    try:
        client = await house.temporal()
        for first in range(0, len(sleepers), _BATCH):
            some = sleepers[first : first + _BATCH]
            await a_few_at_once(some, lambda one: _start(client, house, one))
            await asyncio.to_thread(_armed, house, some)
            started += len(some)
            progress(started, len(sleepers))
    except (EngineUnreachable, RPCError):
        await asyncio.to_thread(_leave_to_the_worker, house, sleepers[started:], cause)
    return started


def unarmed(house: House, deal_ids: Sequence[str]) -> list[Sleeper]:
    """Those of the deals that have something due and no workflow that sleeps for it.

    After work that was interrupted between its last commit and its last start.
    """
    with house.store.read() as tx:
        found = deals.unarmed(tx, deal_ids)
    return [Sleeper(deal_workflow_id(one), due, version) for one, due, version in found]


async def a_few_at_once(items: Sequence[T], work: Callable[[T], Awaitable[None]]) -> None:
    """Do the work for every item, `IN_FLIGHT` of them side by side; the first error ends it."""
    places = asyncio.Semaphore(IN_FLIGHT)

    async def do(item: T) -> None:
        async with places:
            await work(item)

    waiting = [asyncio.ensure_future(do(item)) for item in items]
    try:
        await asyncio.gather(*waiting)
    finally:
        for task in waiting:
            task.cancel()


async def _start(client: Client, house: House, one: Sleeper) -> None:
    kind, _, its_id = one.stream.partition("/")
    wake_at = house.time.to_wall(one.until)
    if kind == "deal":
        deal = DealStart(deal_id=its_id, wake_at=wake_at, version=one.version, label=one.label)
        await client.start_workflow(
            DealWorkflow.run,
            deal,
            id=one.stream,
            task_queue=HOUSE_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary="a deal",
        )
    else:
        look = one.until is None
        run = NurtureStart(enrollment_id=its_id, wake_at=wake_at, look=look, label=one.label)
        await client.start_workflow(
            NurtureWorkflow.run,
            run,
            id=one.stream,
            task_queue=HOUSE_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary="a contact in a nurture",
        )


def _armed(house: House, sleepers: Sequence[Sleeper]) -> None:
    with reaching("the database"), house.store.write() as tx:
        for one in sleepers:
            kind, _, its_id = one.stream.partition("/")
            room = deals if kind == "deal" else nurtures
            room.set_armed(tx, its_id, one.until)


def _leave_to_the_worker(house: House, sleepers: Sequence[Sleeper], cause: str) -> None:
    with reaching("the database"), house.store.write() as tx:
        nudges.add(tx, [one.stream for one in sleepers], cause, house.time.wall())
