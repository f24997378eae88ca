"""A furnished house with workers on the real server; its deals live there.

Time is real, runs fast, or is that of the deal's own workflow, which the server can skip.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from temporalio import activity
from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowHistory,
)
from temporalio.testing import TimeSkipper

from activities.contract import Receipt, deal_workflow_id
from activities.timekeeping import Timekeeper, wall_time
from domain import commands as c
from domain.events import kind_of
from domain.times.clock import Clock
from operations.desk import NotYetRecorded, submit
from operations.house import Company, Config, House
from store import ledger, sends
from store.sends import Send
from tests.support.household import CANAL, ROOT, SECRET, furnish
from tests.support.moments import at
from workflows.deal import DealStatus, DealWorkflow

BEGIN = at(hours=1)
"""Monday at ten."""


def config_of(
    url: str, folder: Path, smtp_url: str, speed: float = 1.0, begin: datetime = BEGIN
) -> Config:
    """A house whose business time begins at `begin` and runs `speed` times as fast."""
    clock = Clock(b0=begin, w0=datetime.now(UTC), speed=speed)
    return Config(
        database_url=url,
        secret=SECRET,
        data_dir=folder,
        smtp_url=smtp_url,
        default_playbook="canal",
        company=Company(name="Us Ltd", sender="sales@us.example"),
        playbooks=ROOT / "playbooks",
        templates=ROOT / "templates",
        clock=lambda: clock,
    )


PAST = timedelta(seconds=37)
"""A skip ends so much past what was asked for, never on it.

What is due whole days after the opening would otherwise fall between two skips, in the few
milliseconds in which the server skips nothing; it has lost such timers there.
"""


class Skipped:
    """Time as the workflow has it whose activity asks, when the server skips time for it."""

    def __init__(self) -> None:
        self.last = wall_time()

    def read(self) -> datetime:
        if activity.in_activity():
            at_ = activity.info().current_attempt_scheduled_time
            self.last = max(self.last, at_)
        return self.last


class Manor:
    """What a test asks of a living house."""

    def __init__(self, house: House, client: Client) -> None:
        self.house = house
        self.client = client

    async def open(self, command_id: str | None = None, **more: Any) -> str:
        """Open a deal with Ann; its first mail is due at once."""
        told: dict[str, Any] = {"title": "A boat", "playbook": "canal", "owner_id": "P-1"}
        told["contacts"] = [c.Party(contact_id="C-1")]
        receipt = await self.ask(c.OpenDeal(**{**told, **more}), None, command_id)
        return receipt.deal_id

    async def ask(
        self, command: c.AnyCommand, deal_id: str | None = None, command_id: str | None = None
    ) -> Receipt:
        return await submit(
            self.house, command, actor="P-1", deal_id=deal_id, command_id=command_id
        )

    async def ask_patiently(self, command: c.AnyCommand, deal_id: str) -> Receipt:
        """Ask as a caller should: what is accepted and not yet recorded is asked for again."""
        command_id = uuid4().hex
        while True:
            with suppress(NotYetRecorded):
                return await self.ask(command, deal_id, command_id)

    def handle(self, deal_id: str) -> WorkflowHandle[DealWorkflow, None]:
        # What the decorator makes of it the type checker sees or not, as its order has it.
        run: Any = DealWorkflow.run
        found: WorkflowHandle[DealWorkflow, None] = self.client.get_workflow_handle_for(
            run, deal_workflow_id(deal_id)
        )
        return found

    async def status(self, deal_id: str) -> DealStatus:
        found: DealStatus = await self.handle(deal_id).query("status", result_type=DealStatus)
        return found

    def mails(self, deal_id: str) -> list[Send]:
        with self.house.store.read() as tx:
            found = sends.page(tx, deal_id=deal_id)
        return sorted(
            (one for one in found if one.contact_id), key=lambda one: (one.planned_at, one.template)
        )

    def kinds(self, deal_id: str) -> list[str]:
        with self.house.store.read() as tx:
            return [kind_of(one.event) for one in ledger.read(tx, deal_workflow_id(deal_id))]

    async def histories(self, deal_id: str) -> list[WorkflowHistory]:
        """The histories of all runs of the deal, first run first."""
        query = f'WorkflowId = "{deal_workflow_id(deal_id)}"'
        found = []
        async for one in self.client.list_workflows(query):
            handle = self.client.get_workflow_handle(one.id, run_id=one.run_id)
            found.append(await handle.fetch_history())
        return sorted(found, key=lambda history: history.events[0].event_time.ToDatetime())


async def eventually(told: Callable[[], Any], within: float = 30.0, every: float = 0.02) -> Any:
    """Ask again every so many seconds until the answer is true; for what another process does."""
    import asyncio

    async with asyncio.timeout(within):
        while True:
            found = told()
            if hasattr(found, "__await__"):
                found = await found
            if found:
                return found
            await asyncio.sleep(every)


@asynccontextmanager
async def manor(
    url: str, folder: Path, smtp_url: str, client: Client, speed: float = 1.0,
    playbook: Path = CANAL, begin: datetime = BEGIN,
) -> AsyncIterator[Manor]:  # fmt: skip
    """A furnished house that knows the client; workers are the test's own affair."""
    with House(config_of(url, folder, smtp_url, speed, begin)) as house:
        house.use(client)
        furnish(house.store, house.time.now(), playbook)
        yield Manor(house, client)


class Skipping(Manor):
    """A living house whose time is that of one deal's workflow, moved to begin at `begin`."""

    def __init__(self, house: House, client: Client, begin: datetime = BEGIN) -> None:
        super().__init__(house, client)
        self.skipper = TimeSkipper(client)
        self.skipped = Skipped()
        clock = Clock(b0=begin, w0=self.skipped.last, speed=1.0)
        house.time = Timekeeper(lambda: clock, self.skipped.read)

    async def pass_(self, deal_id: str, **span: float) -> None:
        """Skip so much of the deal's time and a little; what was due in it has been done."""
        skip = timedelta(**span) + PAST
        handle, until = self.handle(deal_id), self.skipped.last + skip
        if (await handle.describe()).status == WorkflowExecutionStatus.RUNNING:
            await self.skipper.fast_forward(handle, skip)
            until = await self.skipper.get_current_time(handle)
        self.skipped.last = max(until, self.skipped.last)
