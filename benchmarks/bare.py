"""Bare workflows to compare with: the same activities, and nothing that makes a deal a deal."""

import asyncio
from datetime import timedelta

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from activities.contract import APPLY, MAIL_QUEUE, PERFORM, NextWake, Receipt, Submit, Wake


@workflow.defn
class BareDeal:
    """A command is an activity, a wake-up is an activity; no labels, no bounds, no ends."""

    def __init__(self) -> None:
        self._woken = False
        self._ended = False

    @workflow.run
    async def run(self, stream: str) -> None:
        while not self._ended:
            await workflow.wait_condition(lambda: self._woken or self._ended)
            if self._woken:
                self._woken = False
                await workflow.execute_activity(
                    PERFORM,
                    Wake(stream=stream),
                    result_type=NextWake,
                    task_queue=MAIL_QUEUE,
                    start_to_close_timeout=timedelta(hours=1),
                )
        await workflow.wait_condition(workflow.all_handlers_finished)

    @workflow.update
    async def submit(self, submit: Submit) -> Receipt:
        return await self._apply(submit)

    async def _apply(self, submit: Submit) -> Receipt:
        receipt: Receipt = await workflow.execute_activity(
            APPLY, submit, result_type=Receipt, start_to_close_timeout=timedelta(seconds=30)
        )
        return receipt

    @workflow.signal
    def wake(self) -> None:
        self._woken = True

    @workflow.signal
    def end(self) -> None:
        self._ended = True


@workflow.defn
class BareLocal(BareDeal):
    """The same, but a command is a local activity, as in our deals."""

    @workflow.run
    async def run(self, stream: str) -> None:
        await super().run(stream)

    async def _apply(self, submit: Submit) -> Receipt:
        receipt: Receipt = await workflow.execute_local_activity(
            APPLY, submit, result_type=Receipt, schedule_to_close_timeout=timedelta(seconds=5)
        )
        return receipt


@workflow.defn
class Sleeper:
    """Sleeps for as long as it is told."""

    @workflow.run
    async def run(self, seconds: int) -> None:
        await asyncio.sleep(seconds)


@activity.defn
async def nothing() -> None:
    """Does nothing."""


@workflow.defn
class Opened:
    """Waits for ever; an update runs an activity."""

    @workflow.run
    async def run(self) -> None:
        await workflow.wait_condition(lambda: False)

    @workflow.update
    async def begin(self) -> None:
        await workflow.execute_activity(nothing, start_to_close_timeout=timedelta(seconds=30))
