"""Scenes for workers that die or freeze: a house, its relay, and the workers that come and go."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from activities.contract import ROUNDS_ID
from domain import commands as c
from domain.ids import deal_id_for
from domain.times.clock import Clock
from operations.desk import ApplyFailed, NotYetRecorded
from operations.house import EngineUnreachable
from store import people
from store.errors import Unreachable
from store.sends import Send
from tests.support.databases import Fresh
from tests.support.doomed import Doomed, Orders
from tests.support.household import add_contact
from tests.support.living import Manor, eventually, manor
from tests.support.servers import namespace
from tests.support.sink import Dropped, Sink, Visit, reply
from tests.support.trials import Trial

UNKNOWABLE = (
    "perform.data_uncommitted",  # frozen here, it commits when it thaws
    "perform.data_committed",
    "smtp.before_data",
    "smtp.before_body",
    "smtp.before_dot",
    "perform.after_reply",
    "perform.before_outcome",
    "perform.outcome_uncommitted",
    "relay.data",
    "relay.body",
    "relay.dot",
)
"""Points at which nobody can know whether the mail went: the dot may have left."""

STAGES = ("connect", "ehlo", "mail", "rcpt", "data", "body", "dot")
"""Of the talk with the relay; a worker that stops there has asked and hears no answer."""

ENDED = ("sent", "refused", "in_doubt", "cancelled", "missed")

ASLEEP = "America/Los_Angeles"
"""Where our people live: no morning mail is due, so a worker dies at the mail of the deal."""

PATIENCE = 120.0
"""Seconds; on a machine that does nothing else a scene takes about ten."""

BUSY = (NotYetRecorded, ApplyFailed, EngineUnreachable, Unreachable)
"""What a door says while a worker that froze holds the database, or none is there."""

Scenes = Callable[[str], AbstractAsyncContextManager["Scene"]]


class Scene:
    """One deal that is opened at a point where its worker is stopped."""

    def __init__(self, house: Manor, sink: Sink, orders: Orders, point: str) -> None:
        self.house = house
        self.sink = sink
        self.orders = orders
        self.point = point
        self.deal = deal_id_for(point)
        room, _, self.stage = point.partition(".")
        self.inside = room != "relay"
        if point == "smtp.before_rset":  # said only after a refusal
            sink.script("rcpt", reply("451 4.3.0 later"))

    def worker(self, how: str = "", mutated: bool = False) -> Doomed:
        """A worker; one that is to KILL or STOP itself at the point, if that lies inside it."""
        armed = f"{self.point}:{how}" if how and self.inside else ""
        return Doomed(replace(self.orders, crashpoint=armed, without_compare_and_set=mutated))

    def at_stage(self, act: Callable[[], None], answers: bool) -> None:
        """Do this to the worker when it is at the stage of the relay.

        The relay answers as usual afterwards, or hangs up; a message at the dot is taken before.
        """

        async def stop(visit: Visit) -> None:
            if stop in done:
                return
            done.append(stop)
            if not answers and self.stage == "dot":
                visit.take()
            act()
            if not answers:
                raise Dropped

        done: list[object] = []
        self.sink.script(self.stage, stop)

    async def open(self) -> None:
        """Open the deal with a contact of its own; its answer may take several workers."""
        contact = f"C-{self.point}".replace(".", "-")
        with self.house.house.store.write() as tx:
            now = self.house.house.time.now()
            add_contact(tx, contact, f"{self.point}@them.example", "Ann Other", now)
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    await self.house.open(self.point, contacts=[c.Party(contact_id=contact)])
                except BUSY:
                    await asyncio.sleep(0.1)
                else:
                    return

    def row(self) -> Send | None:
        return next(iter(self.house.mails(self.deal)), None)

    def ended(self) -> bool:
        row = self.row()
        return row is not None and row.status in ENDED

    async def given_up(self) -> bool:
        """What froze was taken for dead: a later attempt is there, or did its work."""
        if self.ended():
            return True
        stream = ROUNDS_ID if self.point.startswith("rounds") else f"deal/{self.deal}"
        handle = self.house.client.get_workflow_handle(stream)
        told = await handle.describe()
        if any(one.attempt > 1 for one in told.raw_description.pending_activities):
            return True
        history = await handle.fetch_history()
        return any(
            event.HasField("workflow_task_timed_out_event_attributes") for event in history.events
        )

    async def nothing_pending(self) -> bool:
        handle = self.house.handle(self.deal)
        return not (await handle.describe()).raw_description.pending_activities

    def taken(self) -> Counter[str]:
        """How often the relay took each message, from its log on the disk."""
        assert self.sink.log is not None
        if not self.sink.log.exists():
            return Counter()
        lines = self.sink.log.read_text().splitlines()
        return Counter(json.loads(line)["message_id"] for line in lines)

    def copies(self) -> int:
        """How often the relay took the deal's mail."""
        row = self.row()
        return self.taken()[row.message_id] if row is not None else 0

    def judge(self, trial: Trial) -> None:
        """At most one copy; `sent` exactly when the relay has it; a doubt only where one is."""
        row, copies, name = self.row(), self.copies(), self.point
        doubt = row is not None and row.status == "in_doubt"
        trial.count(copies, lost=not (copies or doubt), doubt=doubt)
        assert row is not None, f"{name}: lost"
        told = self.house.kinds(self.deal)
        assert copies <= 1, f"{name}: {copies} copies"
        assert row.status in ("sent", "in_doubt"), f"{name}: {row.status}"
        assert row.status == "in_doubt" or copies == 1, f"{name}: sent, and the relay has nothing"
        assert told.count("touch_sent") == (row.status == "sent"), f"{name}: {told}"
        if row.status == "in_doubt":
            assert name in UNKNOWABLE, f"{name}: a doubt where there is none"
            assert "touch_in_doubt" in told
        assert told.count("deal_opened") == 1


@pytest.fixture
def scenes(sqlite_databases: Fresh, tmp_path: Path, temporal_server: str) -> Scenes:
    """Makes scenes that know nothing of each other, so that many can play at once."""

    @asynccontextmanager
    async def make(point: str) -> AsyncIterator[Scene]:
        folder = tmp_path / point
        folder.mkdir()
        url, client = sqlite_databases(), await namespace(temporal_server)
        async with (
            Sink(log=folder / "taken.jsonl") as sink,
            manor(url, folder, sink.url, client, speed=60) as house,
        ):
            with house.house.store.write() as tx:
                for one in people.all_of(tx):
                    people.save(tx, replace(one, zone=ASLEEP))
            clock: Clock = house.house.time.clock()
            orders = Orders(url, folder, sink.url, temporal_server, client.namespace, clock)
            yield Scene(house, sink, orders, point)

    return make


async def killed(scene: Scene, trial: Trial) -> None:
    """A worker dies there, and another one finds what it left behind."""
    with scene.worker("KILL") as doomed:
        if not scene.inside:
            scene.at_stage(doomed.kill, answers=False)
        opening = asyncio.create_task(scene.open())
        await doomed.gone(PATIENCE)
    with scene.worker():
        await opening
        await eventually(scene.ended, PATIENCE)
    scene.judge(trial)


async def frozen(scene: Scene, trial: Trial) -> None:
    """Taken for dead while it is frozen; another worker goes on; then it thaws."""
    with scene.worker("STOP") as zombie:
        if not scene.inside:
            scene.at_stage(zombie.freeze, answers=True)
        opening = asyncio.create_task(scene.open())
        await eventually(lambda: zombie.frozen, PATIENCE)
        with scene.worker():
            await eventually(scene.given_up, PATIENCE)
            zombie.thaw()
            await opening
            await eventually(scene.ended, PATIENCE)
            await eventually(scene.nothing_pending, PATIENCE)
    scene.judge(trial)
