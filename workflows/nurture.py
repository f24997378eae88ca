"""A nurture's life: sleep until the next step is due, perform it, until the sequence ends."""

from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.contract import (
        Label,
        Payload,
        nurture_workflow_id,
    )
    from workflows import steady
    from workflows.alarm import Alarm


class NurtureStart(Payload):
    """How a run begins: it is told when to wake, or to look at once."""

    enrollment_id: str
    wake_at: datetime | None = None
    look: bool = False
    label: Label | None = None


@workflow.defn(name="NurtureWorkflow")
class NurtureWorkflow:
    """One contact in one nurture; the same engine as a deal's follow-ups."""

    @workflow.init
    def __init__(self, start: NurtureStart) -> None:
        self._enrollment_id = start.enrollment_id
        self._alarm = Alarm(start.wake_at, rung=start.look)
        self._label = start.label or Label()
        self._shown = start.label

    @workflow.run
    async def run(self, start: NurtureStart) -> None:
        """Sleep and perform until the nurture has ended."""
        while self._alarm.at is not None or self._alarm.rung:
            if steady.should_roll_over(self._alarm.at) and not self._alarm.rung:
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(
                    NurtureStart(
                        enrollment_id=self._enrollment_id,
                        wake_at=self._alarm.at,
                        label=self._label,
                    )
                )
            if await self._alarm.wait(self._summary, steady.has_grown):
                await self._perform()

    @workflow.signal(description="Look now at what is due")
    def wake(self) -> None:
        """Something was written that this nurture should look at."""
        self._alarm.ring()

    async def _perform(self) -> None:
        done = await steady.perform(nurture_workflow_id(self._enrollment_id), self._summary())
        self._alarm.set(done.wake_at)
        self._label = done.label
        steady.show(done.label, self._shown)
        self._shown = done.label

    def _summary(self) -> str:
        return self._label.details[:180] or "perform what is due"
