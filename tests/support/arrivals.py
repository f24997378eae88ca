"""Scenes for workers that die or freeze while they read a mailbox: one mail of every meaning."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError

from activities.contract import INBOX_ID
from domain import commands as c
from domain.events import kind_of
from operations import upkeep
from operations.house import Arriving
from operations.inbound import polling
from operations.inbound.inbox import list_page
from store import ledger
from store.errors import Unreachable
from tests.support.databases import Fresh
from tests.support.doomed import Doomed, Orders
from tests.support.household import add_contact
from tests.support.imap import Letterbox
from tests.support.living import Manor, eventually, manor
from tests.support.post import returned, sent, written
from tests.support.scenes import PATIENCE
from tests.support.servers import namespace
from tests.support.sink import Sink
from tests.support.trials import Trial

WHO = ("soft", "away", "reply", "hard", "stop", "own")
"""The contacts, by what their mail means; each has a deal with a mail that went."""

EFFECTS = {
    "soft": ("contact/soft", "soft_bounced"),
    "away": ("deal/away", "absence_noted"),
    "reply": ("deal/reply", "reply_recorded"),
    "told the owner": ("deal/reply", "notified"),
    "doubt settled": ("deal/reply", "touch_sent"),
    "hard": ("contact/hard", "suppressed"),
    "stop": ("contact/stop", "unsubscribed"),
    "own": ("deal/own", "activity_logged"),
}
"""What the mails lead to: an event of that kind, once, in that stream."""

FAILING = ("reply", "told the owner", "doubt settled")
"""What does not come about where a rule of ours fails on each answer."""

MAILS = 7
"""Six that came in, the answer the third of them, and one among the sent."""

Readings = Callable[[str, int], AbstractAsyncContextManager["Arrivals"]]


class Arrivals:
    """A mailbox with one mail of every meaning; the reader is stopped at its n-th passing."""

    def __init__(self, house: Manor, orders: Orders, box: Letterbox, point: str, nth: int) -> None:
        self.house = house
        self.orders = replace(orders, answers_fail="fault" in point)
        self.box = box
        self.point = point
        self.nth = nth
        self.streams: dict[str, str] = {}

    async def prepare(self) -> None:
        """Deals with mails that went, and the mails that came in since."""
        ours: dict[str, str] = {}
        for name in WHO:
            contact = f"C-{name}"
            with self.house.house.store.write() as tx:
                now = self.house.house.time.now()
                add_contact(tx, contact, f"{name}@them.example", name.title(), now)
            deal = await self.house.open(f"open-{name}", contacts=[c.Party(contact_id=contact)])
            self.streams |= {
                f"deal/{name}": f"deal/{deal}",
                f"contact/{name}": f"contact/{contact}",
            }
            doubtful = {"status": "in_doubt", "sent_at": None, "data_at": now}
            more = doubtful if name == "reply" else {}
            ours[name] = sent(self.house.house, contact, deal, f"t-{name}", **more).message_id
        self.box.put(
            returned("soft@them.example", ours["soft"], "4.4.1", "<1@mx.example>"),
            written(
                "I am away.", sender="away@them.example", answers=ours["away"],
                subject="Automatic reply: A boat", message_id="<2@them.example>",
                Auto_Submitted="auto-replied",
            ),
            written(sender="reply@them.example", answers=ours["reply"], message_id="<3@them>"),
            returned("hard@them.example", ours["hard"], "5.1.1", "<4@mx.example>"),
            written("stop", sender="stop@them.example", answers=ours["stop"], message_id="<5@t>"),
            written(sender="zoe@else.example", message_id="<6@else.example>"),
        )  # fmt: skip
        own = written(
            "Here.", sender="olga@us.example", to="own@them.example", message_id="<7@us.example>"
        )
        self.box.put(own, sent=True)

    def worker(self, how: str = "") -> Doomed:
        """A worker; one that is to KILL or STOP itself at the point."""
        armed = f"{self.point}:{how}:{self.nth}" if how else ""
        return Doomed(replace(self.orders, crashpoint=armed))

    async def reading(self) -> WorkflowHandle[object, object] | None:
        """The reading that goes on, if one does."""
        schedule = self.house.client.get_schedule_handle(INBOX_ID)
        try:
            running = (await schedule.describe()).info.running_actions
        except RPCError:  # no worker has asked for it yet
            return None
        its = [getattr(one, "workflow_id", "") for one in running]
        return self.house.client.get_workflow_handle(its[-1]) if its else None

    async def given_up(self) -> bool:
        """What froze was taken for dead: another attempt is there, or did the work."""
        reading = await self.reading()
        if reading is None:
            return True
        pending = (await reading.describe()).raw_description.pending_activities
        return any(one.attempt > 1 for one in pending)

    async def all_taken(self) -> bool:
        """Every mail is there, both folders are read to their ends, and nobody reads."""
        if await self.reading() is not None:
            return False
        try:
            rows = await asyncio.to_thread(list_page, self.house.house, everything=True)
            places = await asyncio.to_thread(polling.folders, self.house.house)
        except Unreachable:  # who froze holds the database
            return False
        return len(rows.mails) == MAILS and sum(one.last_uid > 0 for one in places) == 2

    def judge(self, trial: Trial) -> None:
        """Each mail had its effect once, and a further reading of everything finds nothing new."""
        house, failing = self.house.house, self.orders.answers_fail
        anew = polling.read_now(house)
        assert [one.fresh for one in anew] == [0, 0], self.point
        with house.store.read() as tx:
            events = {
                name: [kind_of(one.event) for one in ledger.read(tx, stream)]
                for name, stream in self.streams.items()
            }
        found = Counter(
            {name: events[stream].count(kind) for name, (stream, kind) in EFFECTS.items()}
        )
        wanted = {name: 0 if failing and name in FAILING else 1 for name in EFFECTS}
        waiting = len(list_page(house).mails)
        found["for a person"], wanted["for a person"] = waiting, 1 + failing
        for name, times in wanted.items():
            if times:
                trial.count(found[name] - times + 1, lost=found[name] < times)
        assert dict(found) == wanted, self.point
        assert upkeep.check(house).findings == (), self.point


@pytest.fixture
def readings(
    sqlite_databases: Fresh, tmp_path: Path, temporal_server: str, imap_server: int, no_engine: None
) -> Readings:
    """Makes mailboxes that know nothing of each other, so that many can be read at once."""

    @asynccontextmanager
    async def make(point: str, nth: int) -> AsyncIterator[Arrivals]:
        folder = tmp_path / f"{point}-{nth}"
        folder.mkdir()
        url, client = sqlite_databases(), await namespace(temporal_server)
        box = Letterbox(imap_server)
        async with (
            Sink(log=folder / "taken.jsonl") as sink,
            manor(url, folder, sink.url, client) as house,
        ):
            given = replace(house.house.config, arriving=Arriving(mailboxes=(box.url,)))
            house.house.config = given
            clock = house.house.time.clock()
            orders = Orders(
                url, folder, sink.url, temporal_server, client.namespace, clock,
                mailboxes=(box.url,),
            )  # fmt: skip
            arrivals = Arrivals(house, orders, box, point, nth)
            await arrivals.prepare()
            yield arrivals

    return make


async def killed(arrivals: Arrivals, trial: Trial) -> None:
    """The reader dies there, and another one reads on."""
    with arrivals.worker("KILL") as doomed:
        await doomed.gone(PATIENCE)
    with arrivals.worker():
        await eventually(arrivals.all_taken, PATIENCE, every=0.1)
    arrivals.judge(trial)


async def frozen(arrivals: Arrivals, trial: Trial) -> None:
    """Taken for dead while it is frozen; another reader goes on; then it thaws."""
    with arrivals.worker("STOP") as zombie:
        await eventually(lambda: zombie.frozen, PATIENCE)
        with arrivals.worker():
            await eventually(arrivals.given_up, PATIENCE, every=0.1)
            zombie.thaw()
            await eventually(arrivals.all_taken, PATIENCE, every=0.1)
    arrivals.judge(trial)
