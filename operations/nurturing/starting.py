"""Workflows for new nurture runs: started a few at a time, each told when to wake."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from activities.contract import HOUSE_QUEUE, Label, nurture_workflow_id
from operations.desk import reaching
from operations.house import EngineUnreachable, House
from store import nudges, nurtures
from workflows.nurture import NurtureStart, NurtureWorkflow

IN_FLIGHT: Final = 10
"""Starts that wait for the server at the same time."""

_BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class Sleeper:
    """A run whose workflow is to sleep until its first touch."""

    enrollment_id: str
    until: datetime | None
    label: Label


async def start(
    house: House, sleepers: Sequence[Sleeper], progress: Callable[[int, int], None]
) -> int:
    """Start the workflows; says how many. Without Temporal the worker is left to do it."""
    started = 0
    try:
        client = await house.temporal()
        for first in range(0, len(sleepers), _BATCH):
            some = sleepers[first : first + _BATCH]
            await _start_all(client, house, some)
            await asyncio.to_thread(_armed, house, some)
            started += len(some)
            progress(started, len(sleepers))
    except (EngineUnreachable, RPCError):
        await asyncio.to_thread(_leave_to_the_worker, house, sleepers[started:])
    return started


async def _start_all(client: Client, house: House, sleepers: Sequence[Sleeper]) -> None:
    places = asyncio.Semaphore(IN_FLIGHT)

    async def begin(one: Sleeper) -> None:
        async with places:
            await client.start_workflow(
                NurtureWorkflow.run,
                NurtureStart(
                    enrollment_id=one.enrollment_id,
                    wake_at=house.time.to_wall(one.until),
                    look=one.until is None,
                    label=one.label,
                ),
                id=nurture_workflow_id(one.enrollment_id),
                task_queue=HOUSE_QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                static_summary="a contact in a nurture",
            )

    waiting = [asyncio.ensure_future(begin(one)) for one in sleepers]
    try:
        await asyncio.gather(*waiting)
    finally:
        for one in waiting:
            one.cancel()


def _armed(house: House, sleepers: Sequence[Sleeper]) -> None:
    with reaching("the database"), house.store.write() as tx:
        for one in sleepers:
            nurtures.set_armed(tx, one.enrollment_id, one.until)


def _leave_to_the_worker(house: House, sleepers: Sequence[Sleeper]) -> None:
    with reaching("the database"), house.store.write() as tx:
        streams = [nurture_workflow_id(one.enrollment_id) for one in sleepers]
        nudges.add(tx, streams, "enrolled", house.time.wall())
