"""Lives replayed with today's code: what a worker does that never heard of them."""

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from worker import sandbox
from workflows.deal import DealWorkflow
from workflows.nurture import NurtureWorkflow
from workflows.rounds import RoundsWorkflow
from workflows.webhook import WebhookWorkflow

WORKED = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED


async def replay(history: WorkflowHistory) -> None:
    """Raises where today's code would not do the same again.

    A run that has done nothing yet has nothing to repeat; a replayer would wait for it for ever.
    """
    if all(event.event_type != WORKED for event in history.events):
        return
    replayer = Replayer(
        workflows=[DealWorkflow, NurtureWorkflow, RoundsWorkflow, WebhookWorkflow],
        workflow_runner=sandbox(),
        data_converter=pydantic_data_converter,
    )
    await replayer.replay_workflow(history)
