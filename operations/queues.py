"""The task queues of Temporal: who asks each for work, and how much waits there."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from activities.contract import HOUSE_QUEUE, MAIL_QUEUE, WEBHOOK_QUEUE
from operations.house import EngineUnreachable, House

_WORKFLOW: Final = TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW
_ACTIVITY: Final = TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY

QUEUES: Final = (
    (HOUSE_QUEUE, _WORKFLOW, "workflows: time and order"),
    (HOUSE_QUEUE, _ACTIVITY, "commands, when the database was slow"),
    (MAIL_QUEUE, _ACTIVITY, "mail, rounds, and mailboxes that are read"),
    (WEBHOOK_QUEUE, _ACTIVITY, "messages to other programs"),
)
"""Each queue and what waits in it."""


@dataclass(frozen=True, slots=True)
class Queue:
    """One queue: workers that asked lately, tasks that wait, and for how long the oldest does.

    `kind` is workflow or activity. Temporal's numbers are approximate.
    """

    name: str
    kind: str
    what: str
    pollers: int
    backlog: int
    age: timedelta


async def queues(house: House) -> list[Queue]:
    """Every queue. Raises EngineUnreachable."""
    client = await house.temporal()
    asked = [_one(client, name, kind, what) for name, kind, what in QUEUES]
    try:
        return list(await asyncio.gather(*asked))
    except RPCError as error:
        raise EngineUnreachable("Temporal", error.message or error.status.name) from error


async def _one(client: Client, name: str, kind: "TaskQueueType.ValueType", what: str) -> Queue:
    answer = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=name),
            task_queue_type=kind,
            report_stats=True,
        )
    )
    return Queue(
        name=name,
        kind="workflow" if kind == _WORKFLOW else "activity",
        what=what,
        pollers=len({poller.identity for poller in answer.pollers}),
        backlog=answer.stats.approximate_backlog_count,
        age=answer.stats.approximate_backlog_age.ToTimedelta(),
    )
