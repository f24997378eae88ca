"""A worker that dies or freezes anywhere sends nothing twice and loses nothing.

Real processes, a real server, a real relay that writes down what it takes before it says so.
The relay's log is the judge.
"""

import ast
import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from activities.crashpoints import POINTS
from domain import commands as c
from domain.ids import deal_id_for
from domain.times.clock import Clock
from operations.desk import ApplyFailed, NotYetRecorded
from store.sends import Send
from tests.support.databases import Fresh
from tests.support.doomed import Doomed, Orders
from tests.support.household import add_contact
from tests.support.living import Manor, eventually, manor
from tests.support.servers import namespace
from tests.support.sink import Dropped, Sink, Visit

ROOT = Path(__file__).parents[2]
IN_DATA = ("perform.data_committed", "perform.after_reply", "perform.before_outcome")
IN_DATA += ("perform.outcome_uncommitted", "relay.data", "relay.dot")
"""Points at which nobody can know whether the mail went: the dot may have left."""

ENDED = ("sent", "refused", "in_doubt", "cancelled", "missed")


Scenes = Callable[[str], AbstractAsyncContextManager["Scene"]]

PATIENCE = 90.0
"""Seconds; on a machine that does nothing else a scene takes about ten."""

AT_ONCE = 3
"""Scenes that play at the same time."""


class Scene:
    """A house, its relay, and the workers that come and go."""

    def __init__(self, house: Manor, sink: Sink, orders: Orders) -> None:
        self.house = house
        self.sink = sink
        self.orders = orders
        self.deals: dict[str, str] = {}

    def worker(self, crashpoint: str = "", mutated: bool = False) -> Doomed:
        orders = replace(self.orders, crashpoint=crashpoint, without_compare_and_set=mutated)
        return Doomed(orders)

    async def open(self, name: str) -> None:
        """Open a deal with a contact of its own; its answer may take several workers."""
        contact = f"C-{name}".replace(".", "-")
        with self.house.house.store.write() as tx:
            now = self.house.house.time.now()
            add_contact(tx, contact, f"{name}@them.example", "Ann Other", now)
        self.deals[name] = deal_id_for(name)
        opening = self.house.open(name, contacts=[c.Party(contact_id=contact)])
        try:
            await opening
        except (NotYetRecorded, ApplyFailed):
            await self.house.open(name, contacts=[c.Party(contact_id=contact)])

    def row(self, name: str) -> Send | None:
        return next(iter(self.house.mails(self.deals[name])), None)

    def ended(self, name: str) -> bool:
        row = self.row(name)
        return row is not None and row.status in ENDED

    def taken(self) -> Counter[str]:
        """How often the relay took each message, from its log on the disk."""
        assert self.sink.log is not None
        if not self.sink.log.exists():
            return Counter()
        lines = self.sink.log.read_text().splitlines()
        return Counter(json.loads(line)["message_id"] for line in lines)

    def judge(self, name: str) -> None:
        """At most one copy; `sent` exactly when the relay has it; a doubt only where one is."""
        row, taken = self.row(name), self.taken()
        assert row is not None, f"{name}: lost"
        copies, told = taken[row.message_id], self.house.kinds(self.deals[name])
        assert copies <= 1, f"{name}: {copies} copies"
        assert row.status in ("sent", "in_doubt"), f"{name}: {row.status}"
        assert row.status == "in_doubt" or copies == 1, f"{name}: sent, and the relay has nothing"
        assert told.count("touch_sent") == (row.status == "sent"), f"{name}: {told}"
        if row.status == "in_doubt":
            assert name in IN_DATA, f"{name}: a doubt where there is none"
            assert "touch_in_doubt" in told
        assert told.count("deal_opened") == 1


@pytest.fixture
def scenes(sqlite_databases: Fresh, tmp_path: Path, temporal_server: str) -> Scenes:
    """Makes scenes that know nothing of each other, so that many can play at once."""

    @asynccontextmanager
    async def make(name: str) -> AsyncIterator[Scene]:
        folder = tmp_path / name
        folder.mkdir()
        url, client = sqlite_databases(), await namespace(temporal_server)
        async with (
            Sink(log=folder / "taken.jsonl") as sink,
            manor(url, folder, sink.url, client, speed=60) as house,
        ):
            clock: Clock = house.house.time.clock()
            address, its_name = temporal_server, client.namespace
            yield Scene(house, sink, Orders(url, folder, sink.url, address, its_name, clock))

    return make


MAIN = (
    "apply.after_commit",
    "plan.after_commit",
    "perform.claimed",
    "perform.after_rcpt",
    "perform.data_committed",
    "perform.after_reply",
    "relay.dot",
)


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    "points",
    [
        pytest.param(MAIN, id="main"),
        pytest.param(
            [one for one in (*POINTS, "relay.data") if one not in MAIN],
            id="others",
            marks=pytest.mark.slow,
        ),
    ],
)
async def test_a_killed_worker_sends_nothing_twice_and_loses_nothing(
    scenes: Scenes, points: Sequence[str]
) -> None:
    """At every point: a worker dies there, and another one finds what it left behind."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def kill(point: str) -> None:
        async with turns, scenes(point) as scene:
            relay, _, stage = point.partition(".")
            inside = relay != "relay"
            with scene.worker(f"{point}:KILL" if inside else "") as doomed:
                if not inside:
                    _kill_at(scene.sink, stage, doomed)
                opening = asyncio.create_task(scene.open(point))
                await doomed.gone()
            with scene.worker():
                await opening
                await eventually(lambda: scene.ended(point), PATIENCE)
            scene.judge(point)

    await asyncio.gather(*(kill(point) for point in points))


def _kill_at(sink: Sink, stage: str, doomed: Doomed) -> None:
    """Kill the worker from outside, at a word of SMTP; at the dot the message is taken first."""

    async def act(visit: Visit) -> None:
        if stage == "dot":
            visit.take()
        doomed.kill()
        raise Dropped

    sink.script(stage, act)


FREEZING = (
    "perform.before_claim",
    "perform.frozen",
    "perform.after_rcpt",
    "perform.data_committed",
    "perform.after_reply",
    "perform.before_outcome",
)


@pytest.mark.timeout(200)
@pytest.mark.parametrize(
    "point",
    [pytest.param(one, marks=[] if one in FREEZING[2:4] else pytest.mark.slow) for one in FREEZING],
)
async def test_a_frozen_worker_that_thaws_sends_no_second_copy(scenes: Scenes, point: str) -> None:
    """Taken for dead while it is frozen; another worker goes on; then it thaws."""
    async with scenes(point) as scene:
        with scene.worker(f"{point}:STOP") as zombie:
            opening = asyncio.create_task(scene.open(point))
            await eventually(lambda: zombie.frozen, PATIENCE)
            with scene.worker():
                await _thawed(scene, point, zombie, opening)


async def _thawed(scene: Scene, point: str, zombie: Doomed, opening: "asyncio.Task[None]") -> None:
    await eventually(lambda: _given_up(scene, point), PATIENCE)
    zombie.thaw()
    await opening
    await eventually(lambda: scene.ended(point), PATIENCE)
    await eventually(lambda: _nothing_pending(scene, point), PATIENCE)
    scene.judge(point)


async def _given_up(scene: Scene, name: str) -> bool:
    """The frozen attempt was taken for dead: a later one is there, or did its work."""
    if scene.ended(name):
        return True
    handle = scene.house.handle(scene.deals[name])
    pending = (await handle.describe()).raw_description.pending_activities
    return any(one.attempt > 1 for one in pending)


async def _nothing_pending(scene: Scene, name: str) -> bool:
    handle = scene.house.handle(scene.deals[name])
    return not (await handle.describe()).raw_description.pending_activities


async def test_without_compare_and_set_this_very_test_finds_a_second_copy(scenes: Scenes) -> None:
    """The check of the check: a harness that finds nothing here would find nothing at all."""
    point = "perform.after_reply"
    async with scenes(point) as scene:
        with scene.worker(f"{point}:KILL", mutated=True) as doomed:
            await scene.open(point)
            await doomed.gone()
        with scene.worker(mutated=True):
            await eventually(lambda: max(scene.taken().values(), default=0) > 1, PATIENCE)
        with pytest.raises(AssertionError, match="copies"):
            scene.judge(point)


def test_every_crash_point_in_the_code_is_known() -> None:
    assert sorted(_named_in_code()) == sorted(POINTS)


def test_every_commit_of_a_mail_or_command_stands_between_two_points() -> None:
    """Each function that opens a transaction names a point, or the one that calls it does."""
    for path in ("applying", "planning", "performing"):
        tree = ast.parse((ROOT / "activities" / f"{path}.py").read_text())
        for function in _outer_functions(tree):
            if "store.write()" in ast.unparse(function) and function.name not in UNBRACKETED:
                assert "crashpoint(" in ast.unparse(function), f"{path}.{function.name}"


UNBRACKETED = {
    "deliver_open": "its rows go through the same claim, data and outcome",
    "_defer": "undoes a claim: before it the row is taken over, after it it is planned",
}


def _outer_functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in [
        *tree.body,
        *(node for one in tree.body if isinstance(one, ast.ClassDef) for node in one.body),
    ]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _named_in_code() -> set[str]:
    found = set()
    for path in (ROOT / "activities").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "crashpoint":
                found.add(ast.literal_eval(node.args[0]))
    return found
