"""The rounds of the house: morning mails, and the audit that compares store and workflows."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.contract import MAIL_QUEUE, MAKE_ROUNDS, Payload, Rounds
    from workflows import steady


class RoundsStart(Payload):
    """The rounds need nothing to begin."""


@workflow.defn(name="RoundsWorkflow")
class RoundsWorkflow:
    """One for the whole house; every round says when the next one is wanted."""

    def __init__(self) -> None:
        self._rung = False

    @workflow.run
    async def run(self, start: RoundsStart) -> None:
        """Make rounds for ever."""
        while True:
            done = await workflow.execute_activity(
                MAKE_ROUNDS,
                result_type=Rounds,
                task_queue=MAIL_QUEUE,
                start_to_close_timeout=steady.PERFORMED_WITHIN,
                heartbeat_timeout=steady.LOST_AFTER,
                retry_policy=steady.PATIENT,
                summary="morning mails and audit",
            )
            if steady.has_grown():
                workflow.continue_as_new(start)
            try:
                await workflow.wait_condition(
                    lambda: self._rung,
                    timeout=done.again_in,
                    timeout_summary="until the next rounds",
                )
            except TimeoutError:
                continue
            finally:
                self._rung = False

    @workflow.signal(description="Make rounds now")
    def wake(self) -> None:
        """Somebody wants the rounds made now."""
        self._rung = True
