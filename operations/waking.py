"""Waking workflows: because a fact was written that they should look at, or to make rounds."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from activities.contract import HOUSE_QUEUE, ROUNDS_ID
from operations.house import EngineUnreachable, House
from store import nudges
from store.errors import Unreachable
from store.nudges import Nudge
from workflows.deal import DealStart, DealWorkflow
from workflows.nurture import NurtureStart, NurtureWorkflow
from workflows.rounds import RoundsStart, RoundsWorkflow

BATCH: Final = 100
EVERY: Final = timedelta(seconds=1)
"""How often the store is asked for nudges when there were none."""

RATE: Final = 20.0
"""Workflows that one relay wakes a second: about half of what a small server takes."""

log = logging.getLogger("sluice.waking")


async def wake(client: Client, stream: str) -> None:
    """Have the workflow of `deal/<id>` or `nurture/<id>` look; it is started if it has ended."""
    kind, _, its_id = stream.partition("/")
    if kind == "deal":
        await client.start_workflow(
            DealWorkflow.run,
            DealStart(deal_id=its_id, look=True),
            id=stream,
            task_queue=HOUSE_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            start_signal="wake",
            static_summary="a deal",
        )
    elif kind == "nurture":
        await client.start_workflow(
            NurtureWorkflow.run,
            NurtureStart(enrollment_id=its_id, look=True),
            id=stream,
            task_queue=HOUSE_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            start_signal="wake",
            static_summary="a contact in a nurture",
        )


async def start_rounds(client: Client) -> None:
    """Start the one workflow that makes rounds, unless it runs already."""
    await client.start_workflow(
        RoundsWorkflow.run,
        RoundsStart(),
        id=ROUNDS_ID,
        task_queue=HOUSE_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        static_summary="morning mails and audit",
    )


async def ring_rounds(client: Client) -> None:
    """Have the rounds made now: somebody of ours has mail that waits."""
    await start_rounds(client)
    await client.get_workflow_handle(ROUNDS_ID).signal(RoundsWorkflow.wake)


async def relay_once(
    house: House, rate: float = RATE, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> int:
    """Wake what waiting nudges ask for, each stream once, then forget them; says how many.

    At most `rate` a second. Raises Unreachable, EngineUnreachable and RPCError; what was not
    woken stays.
    """
    client = await house.temporal()
    waiting = await asyncio.to_thread(_waiting, house)
    by_stream: dict[str, list[int]] = {}
    for nudge in waiting:
        by_stream.setdefault(nudge.stream, []).append(nudge.nudge_id)
    for stream, ids in by_stream.items():
        await wake(client, stream)
        await asyncio.to_thread(_forget, house, ids)
        await pause(1 / rate)
    return len(by_stream)


def waits(house: House) -> bool:
    """Whether nudges wait to be relayed. Raises Unreachable."""
    with house.store.read() as tx:
        return bool(nudges.waiting(tx, 1))


async def relay(house: House, rate: float = RATE) -> None:
    """Relay nudges until cancelled; an engine that is down is asked again a second later."""
    failing = False
    while True:
        woken = 0
        try:
            woken = await relay_once(house, rate)
            failing = False
        except (Unreachable, EngineUnreachable, RPCError) as error:
            if not failing:
                log.warning("nudges wait: %s", type(error).__name__)
            failing = True
        if not woken:
            await asyncio.sleep(EVERY.total_seconds())


def _waiting(house: House) -> list[Nudge]:
    with house.store.read() as tx:
        return nudges.waiting(tx, BATCH)


def _forget(house: House, ids: list[int]) -> None:
    with house.store.write() as tx:
        nudges.done(tx, ids)
