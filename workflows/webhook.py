"""Telling one endpoint what happens, for as long as it is to be told."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.contract import DELIVER, WEBHOOK_QUEUE, NextDelivery, Payload, Told
    from workflows import steady


class WebhookStart(Payload):
    """How a run begins."""

    webhook_id: str


@workflow.defn(name="WebhookWorkflow")
class WebhookWorkflow:
    """One for each endpoint. It sleeps until something happens, or until what failed is tried."""

    @workflow.init
    def __init__(self, start: WebhookStart) -> None:
        self._rung = False

    @workflow.run
    async def run(self, start: WebhookStart) -> None:
        """Tell and sleep, until the endpoint is told nothing any more."""
        while True:
            self._rung = False
            done = await workflow.execute_activity(
                DELIVER,
                Told(webhook_id=start.webhook_id),
                result_type=NextDelivery,
                task_queue=WEBHOOK_QUEUE,
                start_to_close_timeout=steady.PERFORMED_WITHIN,
                heartbeat_timeout=steady.LOST_AFTER,
                retry_policy=steady.PATIENT,
                summary="tell what happened",
            )
            workflow.set_current_details(done.details)
            if done.ended and not self._rung:
                return
            if steady.has_grown():
                workflow.continue_as_new(start)
            if done.ended:
                continue
            try:
                await workflow.wait_condition(
                    lambda: self._rung,
                    timeout=done.again_in,
                    timeout_summary="until what failed is tried again",
                )
            except TimeoutError:
                continue

    @workflow.signal(description="Look now at what is to be told")
    def wake(self) -> None:
        """Something happened that the endpoint wants to be told, or it was changed."""
        self._rung = True
