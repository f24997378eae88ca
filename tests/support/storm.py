"""A town of deals on a server of its own that can be killed, started again and forgotten."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.timekeeping import Timekeeper
from cli.children import LAUNCH
from domain import commands as c
from domain.ids import deal_id_for
from domain.times.clock import Clock
from operations import upkeep
from operations.embedded import command
from store import sends
from store.sends import Send
from tests.support.doomed import Doomed, Orders
from tests.support.household import ROOT, add_contact
from tests.support.living import Manor, eventually, manor
from tests.support.scenes import BUSY, ENDED
from tests.support.servers import free_port, wait_for_port
from tests.support.sink import Sink, Visit
from tests.support.trials import Trial

PLAYBOOK: Final = ROOT / "tests" / "data" / "storm.yaml"
MAILS: Final = 2
"""Of each deal that are judged: the first one and a follow-up."""

EARLIEST: Final = timedelta(hours=72)
LEAP: Final = timedelta(hours=71)
"""From the first mail to just before the window of the next, which is 48 hours long."""
RATE: Final = 4.0
"""Deals a second that the worker performs, so that there is work as long as the storm lasts."""

SENT: Final = ("sent", None)
THEIRS: Final = "@them.example"
OPENING_AT_ONCE: Final = 20


class Server:
    """A Temporal server on a file; the same port through all its lives."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "temporal.db"
        self.log = folder / "temporal.log"
        self.port = free_port()
        self.lives = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        self._process = self._spawn()
        self.lives += 1
        await asyncio.to_thread(wait_for_port, self.port, self._process)

    def _spawn(self) -> subprocess.Popen[bytes]:
        launcher = [sys.executable, "-I", "-S", str(LAUNCH), str(os.getpid())]
        words = [*launcher, *command(self.port, None, self.file)]
        with self.log.open("ab") as output:
            return subprocess.Popen(words, stdout=output, stderr=output, start_new_session=True)

    async def kill(self) -> None:
        """As the machine does that is out of memory: at once, and nothing is tidied up."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            await asyncio.to_thread(self._process.wait, 30)
            self._process = None

    def forget(self) -> None:
        """Delete everything that it knew."""
        for file in self.file.parent.glob(f"{self.file.name}*"):
            file.unlink()

    async def client(self) -> Client:
        async with asyncio.timeout(60):
            while True:
                try:
                    return await Client.connect(
                        self.address, data_converter=pydantic_data_converter
                    )
                except RuntimeError:
                    await asyncio.sleep(0.05)


@dataclass
class Town:
    """Deals that write to contacts of their own, and when the relay took what they wrote."""

    house: Manor
    server: Server
    sink: Sink
    orders: Orders
    worker: Doomed
    arrived: dict[str, list[datetime]] = field(default_factory=dict)
    deals: list[str] = field(default_factory=list)

    async def note(self, visit: Visit) -> str:
        """Take the message, and note when, if it is one to a contact."""
        visit.take()
        mail = self.sink.messages[-1]
        if mail.recipient.endswith(THEIRS):
            self.arrived.setdefault(mail.message_id, []).append(self.house.house.time.now())
        return "250 2.0.0 taken"

    async def open(self, count: int) -> None:
        """Open so many deals; each door asks again until it is answered."""
        turns = asyncio.Semaphore(OPENING_AT_ONCE)
        with self.house.house.store.write() as tx:
            now = self.house.house.time.now()
            for number in range(count):
                add_contact(tx, f"C-s{number}", f"s{number}{THEIRS}", "Ann Other", now)

        async def one(number: int) -> None:
            async with turns:
                await self._opened(f"storm-{number}", f"C-s{number}")

        await asyncio.gather(*(one(number) for number in range(count)))
        self.deals = [deal_id_for(f"storm-{number}") for number in range(count)]

    async def _opened(self, its_id: str, contact: str) -> None:
        party = [c.Party(contact_id=contact)]
        while self.worker.alive:
            try:
                await self.house.open(its_id, playbook="storm", contacts=party)
            except BUSY:
                await asyncio.sleep(0.2)
            else:
                return
        raise AssertionError("the worker ended")

    async def hurry(self, speed: float) -> None:
        """Leap to where the follow-ups are due soon, and let time go so fast from there.

        For another worker, which takes its time; all deals are woken to see it.
        """
        self.worker.end()
        begin = self.house.house.time.now() + LEAP
        clock = Clock(b0=begin, w0=datetime.now(UTC), speed=speed)
        self.house.house.time = Timekeeper(lambda: clock)
        self.worker = Doomed(replace(self.orders, clock=clock, mail_rate=RATE)).start()
        await upkeep.arm(self.house.house)

    async def storm(self, kills: int, seed: int) -> None:
        """Kill the server so often, each time in the midst of work, when the seed says so."""
        chance = random.Random(seed)
        for _ in range(kills):
            await self.more(1)
            await asyncio.sleep(chance.uniform(0.0, 1.5))
            await self.server.kill()
            await asyncio.sleep(chance.uniform(0.0, 1.0))
            await self.server.start()

    async def more(self, mails: int) -> None:
        """Wait until the relay has taken so many more mails to contacts."""
        wanted = len(self.arrived) + mails
        await eventually(lambda: len(self.arrived) >= wanted, 60)

    def rows(self) -> list[Send]:
        """All mails to contacts."""
        with self.house.house.store.read() as tx:
            return [row for row in sends.page(tx, limit=100_000) if row.contact_id]

    async def until(self, mails: int, within: float) -> None:
        """Wait until so many mails of each deal have come to their end, whatever it is."""

        def done() -> bool:
            assert self.worker.alive, "the worker ended"
            ended = Counter(row.stream for row in self.rows() if row.status in ENDED)
            return all(ended[f"deal/{deal}"] >= mails for deal in self.deals)

        await eventually(done, within, every=0.5)

    def judge(self, trial: Trial) -> None:
        """Every mail of every deal once, as the relay saw it, and none before its time."""
        copies = Counter({key: len(times) for key, times in self.arrived.items()})
        rows = [row for row in self.rows() if row.status in ENDED]
        for row in rows:
            had = copies.pop(row.message_id, 0)
            doubt = row.status == "in_doubt"
            trial.count(had, lost=not had and not doubt, doubt=doubt)
        assert trial.duplicates == 0
        assert {(row.status, row.reason) for row in rows if row.status != "in_doubt"} == {SENT}
        assert trial.losses == 0
        assert set(copies) <= {row.message_id for row in self.rows()}, "unplanned mail"
        assert self._early(rows) == []

    def _early(self, rows: list[Send]) -> list[str]:
        """Mails that came before their slot, or less than three days after the one before."""
        found, last = [], dict[str, datetime]()
        for row in sorted(rows, key=lambda row: row.planned_at):
            for at in self.arrived.get(row.message_id, ()):
                before = last.get(row.stream)
                early = row.slot_at is not None and at < row.slot_at
                close = before is not None and at - before < EARLIEST
                found += [f"{row.template} of {row.stream} at {at}"] * (early or close)
                last[row.stream] = row.sent_at or at
        return found


@asynccontextmanager
async def town(url: str, folder: Path) -> AsyncIterator[Town]:
    """A house with its own server, a relay that notes the time, and one worker process.

    Time is real until `hurry`: opening many deals takes a while.
    """
    server = Server(folder)
    await server.start()
    try:
        async with Sink(log=folder / "taken.jsonl") as sink:
            client = await server.client()
            async with manor(url, folder, sink.url, client, 1.0, PLAYBOOK) as house:
                clock = house.house.time.clock()
                orders = Orders(url, folder, sink.url, server.address, "default", clock)
                made = Town(house, server, sink, orders, Doomed(orders).start())
                sink.script("dot", made.note, times=None)
                try:
                    yield made
                finally:
                    made.worker.end()
    finally:
        await server.kill()
