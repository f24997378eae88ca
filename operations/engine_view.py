"""What Temporal says of a deal's workflow: whether it waits, has ended, or is forgotten there."""

from datetime import datetime, timedelta
from typing import Final, Literal

from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from activities.contract import deal_workflow_id
from operations.deal_view import View
from operations.house import EngineUnreachable, House

PATIENCE: Final = timedelta(seconds=2)


class WorkflowView(View):
    """The newest run of a deal's workflow. `since` is wall time: when it began, or ended.

    `gone`: Temporal keeps no trace of it, because it ended longer ago than the namespace's
    retention, or never ran there. The deal itself stands in the ledger.
    """

    workflow_id: str
    state: Literal["running", "completed", "failed", "canceled", "terminated", "gone"]
    since: datetime | None = None


_STATES: Final[dict[WorkflowExecutionStatus, str]] = {
    WorkflowExecutionStatus.RUNNING: "running",
    WorkflowExecutionStatus.CONTINUED_AS_NEW: "running",
    WorkflowExecutionStatus.COMPLETED: "completed",
    WorkflowExecutionStatus.CANCELED: "canceled",
    WorkflowExecutionStatus.TERMINATED: "terminated",
}


async def of_deal(house: House, deal_id: str) -> WorkflowView:
    """The state of a deal's workflow. Raises EngineUnreachable."""
    client, its_id = await house.temporal(), deal_workflow_id(deal_id)
    try:
        told = await client.get_workflow_handle(its_id).describe(rpc_timeout=PATIENCE)
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            return WorkflowView(workflow_id=its_id, state="gone")
        raise EngineUnreachable("Temporal", error.status.name) from error
    state = _STATES.get(told.status, "failed") if told.status else "failed"
    since = told.close_time or told.start_time
    return WorkflowView.model_validate({"workflow_id": its_id, "state": state, "since": since})
