"""Workflows for imported deals: one for each that has something due, a few at a time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from activities.contract import HOUSE_QUEUE, Label, deal_workflow_id
from operations.desk import reaching
from operations.house import EngineUnreachable, House
from operations.importing.report import Progress
from store import board, deals, nudges
from workflows.deal import DealStart, DealWorkflow

IN_FLIGHT: Final = 10
"""Starts that wait for the server at the same time: more only makes each of them slower."""

_BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class Due:
    """A deal whose workflow does not know yet when to wake."""

    deal_id: str
    at: datetime
    version: int
    label: Label | None = None


def unarmed(house: House, deal_ids: Sequence[str]) -> list[Due]:
    """Those of the deals that have something due and no workflow that sleeps for it.

    After an import that was interrupted; the others are known to the import itself.
    """
    found: list[Due] = []
    with house.store.read() as tx:
        for deal_id in deal_ids:
            row = board.row(tx, deal_id)
            if row is None or row.next_due is None:
                continue
            if row.armed_until is None or row.armed_until > row.next_due:
                found.append(Due(deal_id, row.next_due, row.version))
    return found


async def arm(house: House, due: Sequence[Due], progress: Progress) -> int:
    """Start the workflows; says how many of them were started.

    Where Temporal cannot be reached the rest is left as nudges, which the worker relays.
    """
    started = 0
    try:
        client = await house.temporal()
        for first in range(0, len(due), _BATCH):
            some = due[first : first + _BATCH]
            await _start_all(client, house, some)
            await asyncio.to_thread(_armed, house, some)
            started += len(some)
            progress("workflows", started, len(due))
    except (EngineUnreachable, RPCError):
        await asyncio.to_thread(_leave_to_the_worker, house, due[started:])
    return started


async def _start_all(client: Client, house: House, due: Sequence[Due]) -> None:
    places = asyncio.Semaphore(IN_FLIGHT)

    async def start(one: Due) -> None:
        async with places:
            await client.start_workflow(
                DealWorkflow.run,
                DealStart(
                    deal_id=one.deal_id,
                    wake_at=house.time.to_wall(one.at),
                    version=one.version,
                    label=one.label,
                ),
                id=deal_workflow_id(one.deal_id),
                task_queue=HOUSE_QUEUE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                static_summary="a deal",
            )

    waiting = [asyncio.ensure_future(start(one)) for one in due]
    try:
        await asyncio.gather(*waiting)
    finally:
        for task in waiting:
            task.cancel()


def _armed(house: House, due: Sequence[Due]) -> None:
    with reaching("the database"), house.store.write() as tx:
        for one in due:
            deals.set_armed(tx, one.deal_id, one.at)


def _leave_to_the_worker(house: House, due: Sequence[Due]) -> None:
    with reaching("the database"), house.store.write() as tx:
        streams = [deal_workflow_id(one.deal_id) for one in due]
        nudges.add(tx, streams, "import", house.time.wall())
