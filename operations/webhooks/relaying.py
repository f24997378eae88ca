"""Waking the workflows of endpoints: what happened, or was changed, is seen in the tables.

The workflow is woken first and that is written down afterwards, so a crash in between wakes it
once more. One that was lost with its server is woken anew when it stays behind.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Final

from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from activities.contract import HOUSE_QUEUE, webhook_workflow_id
from operations.house import EngineUnreachable, House
from store import ledger, webhooks
from store.database import Tx
from store.errors import Unreachable
from store.webhooks import Endpoint
from workflows.webhook import WebhookStart, WebhookWorkflow

EVERY: Final = timedelta(seconds=1)

LOST: Final = timedelta(minutes=2)
"""How late an endpoint may be before its workflow is woken again."""

WINDOW: Final = 5_000
"""Positions that one look searches for an event that an endpoint wants."""

log = logging.getLogger("sluice.webhooks")


async def wake(client: Client, webhook_id: str) -> None:
    """Have the workflow of an endpoint look; it is started if it has ended."""
    await client.start_workflow(
        WebhookWorkflow.run,
        WebhookStart(webhook_id=webhook_id),
        id=webhook_workflow_id(webhook_id),
        task_queue=HOUSE_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        start_signal="wake",
        static_summary="a webhook",
    )


async def relay_once(house: House) -> int:
    """Wake the workflows of endpoints that have something to tell; says how many.

    Raises Unreachable, EngineUnreachable and RPCError; what was not woken is at the next time.
    """
    found = await asyncio.to_thread(_needing, house)
    for endpoint, until, wanted in found:
        if wanted:
            await wake(await house.temporal(), endpoint.webhook_id)
        await asyncio.to_thread(_looked, house, endpoint, until, wanted)
    return sum(wanted for _, _, wanted in found)


async def relay(house: House) -> None:
    """Relay until cancelled; an engine that is down is asked again a second later."""
    failing = False
    while True:
        try:
            await relay_once(house)
            failing = False
        except (Unreachable, EngineUnreachable, RPCError) as error:
            if not failing:
                log.warning("webhooks wait: %s", type(error).__name__)
            failing = True
        await asyncio.sleep(EVERY.total_seconds())


def _needing(house: House) -> list[tuple[Endpoint, int, bool]]:
    """Endpoints that were not looked at up to the newest event, and whether to wake each."""
    now = house.time.wall()
    with house.store.read() as tx:
        endpoints = webhooks.active(tx)
        last = ledger.last_position(tx) if endpoints else 0
        looked = [(one, *_look(tx, one, last, now)) for one in endpoints]
    return [(one, until, wanted) for one, until, wanted in looked if wanted or until > one.told]


def _look(tx: Tx, one: Endpoint, last: int, now: datetime) -> tuple[int, bool]:
    """Up to where it has been looked for something that the endpoint wants, and if there is."""
    late = one.told_at is None or now - one.told_at > LOST
    overdue = one.next_at is not None and now - one.next_at > LOST
    if one.ring > one.rung or (late and overdue):
        return max(one.told, last), True
    if one.next_at is not None:
        return one.told, False  # Its workflow sleeps until then, and looks at everything.
    if one.settled < one.told:
        return (max(one.told, last), True) if late else (one.told, False)
    until = min(one.told + WINDOW, last)
    return until, webhooks.first_wanted(tx, one.told, until, one.kinds) is not None


def _looked(house: House, endpoint: Endpoint, until: int, wanted: bool) -> None:
    with house.store.write() as tx:
        webhooks.looked(tx, endpoint, until, house.time.wall(), woken=wanted)
