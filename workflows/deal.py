"""A deal's life: sleep until something is due, perform it, and take commands at any time."""

import asyncio
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.contract import (
        Label,
        NextWake,
        Payload,
        Receipt,
        Submit,
        deal_workflow_id,
    )
    from workflows import steady
    from workflows.alarm import Alarm

IN_FLIGHT_MAX = 6
"""Commands of one deal that may wait for the database at the same time."""


class DealStart(Payload):
    """How a run begins: opened by a command that comes along, or told when to wake."""

    deal_id: str
    wake_at: datetime | None = None
    look: bool = False
    version: int = 0
    label: Label | None = None


class DealStatus(Payload):
    """What the workflow itself knows: when it wakes, and how it is shown."""

    deal_id: str
    wake_at: datetime | None
    version: int
    label: Label
    in_flight: int


@workflow.defn(name="DealWorkflow")
class DealWorkflow:
    """One deal. Holds no deal state: only when to wake, as of which version, and its label."""

    @workflow.init
    def __init__(self, start: DealStart) -> None:
        self._deal_id = start.deal_id
        self._alarm = Alarm(start.wake_at, rung=start.look)
        self._version = start.version
        self._label = start.label or Label()
        self._shown = start.label
        self._informed = start.look or start.wake_at is not None or start.version > 0
        self._in_flight = 0
        self._turn = asyncio.Lock()

    @workflow.run
    async def run(self, start: DealStart) -> None:
        """Sleep and perform until nothing is due; a later command starts a new run."""
        await workflow.wait_condition(lambda: self._informed)
        while True:
            if steady.should_roll_over(self._alarm.at) and not self._alarm.rung:
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(self._carried_on())
            if self._alarm.at is None and not self._alarm.ringing:
                await workflow.wait_condition(workflow.all_handlers_finished)
                if self._alarm.at is None and not self._alarm.ringing:
                    return
            if await self._alarm.wait(self._summary, steady.has_grown):
                await self._perform()

    @workflow.update(description="Apply a command that waits in the store under this id")
    async def submit(self, submit: Submit) -> Receipt:
        """Decide and record the command; the caller can read what was written.

        The answer leaves out when to wake and how to be shown: that is for the workflow.
        """
        self._in_flight += 1
        try:
            async with self._turn:
                receipt = await steady.apply(submit)
                if receipt.status == "done":
                    self._take(receipt)
        finally:
            self._in_flight -= 1
            self._informed = True
        return receipt.model_copy(update={"wake_at": None, "due": False, "label": Label()})

    @submit.validator
    def _may_submit(self, submit: Submit) -> None:
        if submit.deal_id != self._deal_id:
            raise ApplicationError("the command is for another deal", type="WrongDeal")
        if self._in_flight >= IN_FLIGHT_MAX:
            raise ApplicationError("too many commands wait for this deal", type="Busy")

    @workflow.signal(description="Look now at what is due")
    def wake(self) -> None:
        """Something was written that this deal should look at."""
        self._alarm.ring()
        self._informed = True

    @workflow.query(description="When this deal wakes next, and where it stands")
    def status(self) -> DealStatus:
        """What the workflow knows by itself; screens read the store instead."""
        return DealStatus(
            deal_id=self._deal_id,
            wake_at=self._alarm.at,
            version=self._version,
            label=self._label,
            in_flight=self._in_flight,
        )

    async def _perform(self) -> None:
        done = await steady.perform(deal_workflow_id(self._deal_id), self._summary())
        self._take(done)

    def _take(self, told: Receipt | NextWake) -> None:
        """Keep the newest word on when to wake; an older answer that comes late is ignored."""
        if told.version < self._version:
            return
        self._version = told.version
        self._alarm.set(told.wake_at, come=isinstance(told, Receipt) and told.due)
        self._label = told.label
        steady.show(told.label, self._shown)
        self._shown = told.label

    def _summary(self) -> str:
        return self._label.details.rpartition(", ")[2][:180] or "perform what is due"

    def _carried_on(self) -> DealStart:
        return DealStart(
            deal_id=self._deal_id,
            look=self._alarm.ringing,
            wake_at=self._alarm.at,
            version=self._version,
            label=self._label,
        )
