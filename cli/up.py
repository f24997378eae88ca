"""`sluice up`: everything on this machine in one terminal, ready in seconds, stopped in order.

Temporal server and mailbox start first, the database is brought to its shape meanwhile, then the
worker and the console. What ends by itself is started again; Ctrl-C or SIGTERM stops the worker,
the console, the mailbox and the server, in this order, and nothing is left running.
"""

import asyncio
import fcntl
import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cli import output
from cli.children import Child, ChildFailed
from cli.opening import config
from cli.plan import Plan, children, plan
from cli.ports import LOOPBACK, Ports
from domain.refusal import Refused
from operations import clock, embedded, pulse
from settings import ADDRESSES, Settings, addresses

if TYPE_CHECKING:
    from operations.house import House

Work = Callable[["House"], Awaitable[None]]
"""Something done with the house beside the programs: the demo's world, and what people do in it."""

WITHIN_S: Final = 60.0
"""How long everything may take to answer before `up` gives up."""

PORTS: Final = "ports.json"
"""The ports of the last start, so that bookmarks stay good."""


async def up(
    settings: Settings,
    port: int | None = None,
    speed: float | None = None,
    begins: datetime | None = None,
    *,
    prepare: Work | None = None,
    meanwhile: Work | None = None,
) -> None:
    """Run until asked to stop.

    `prepare` is awaited when the engines answer and no worker runs yet, with the clock standing
    still; `meanwhile` runs from the ready line on. Raises Refused (runs already, port in use,
    fast clock with a real relay), EngineUnreachable and ChildFailed.
    """
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with alone(settings.data_dir), Ports() as ports:
        chosen = plan(settings, port, _ports_before(settings.data_dir), ports)
        running = Running(chosen)
        try:
            running.set_clock(speed, begins)
            await running.start(prepare)
            running.announce()
            await running.watch(meanwhile)
        except asyncio.CancelledError:
            output.note("stopping; Ctrl-C again to wait for nothing")
        finally:
            await running.stop()


class Running:
    """One run of `up`: its children, its clock and what it told."""

    def __init__(self, chosen: Plan) -> None:
        self.plan = chosen
        self.clock = clock.ClockFile(chosen.data_dir)
        file = chosen.data_dir / "temporal.db"
        server = embedded.command(chosen.temporal_port, chosen.ui_port, file)
        self.children = children(chosen, server)
        self.house: House | None = None
        # A server that begins with nothing knows of no deal; the store does.
        self.arm = not file.is_file()

    def set_clock(self, speed: float | None, begins: datetime | None) -> None:
        """Set the clock and hold it until everything is ready. Raises Refused."""
        relay = self.plan.shared().get("smtp_url")
        relay = relay or self.plan.settings.smtp_url.get_secret_value()
        # Asked before anything is written: a refused start leaves the folder as it was.
        if speed not in (None, 1.0) or begins is not None or self.clock.exists():
            clock.only_on_loopback(relay)
        before = self.clock.read().speed
        self.clock.start(speed, begins)
        self.clock.stop()
        # Workflows sleep for a wall time, which another speed makes wrong.
        self.arm = self.arm or self.clock.read().speed != before

    async def start(self, prepare: Work | None = None) -> None:
        """Start everything and wait until it answers."""
        task = asyncio.current_task()
        assert task is not None
        _on_signals(task.cancel)
        # All at once: they wait for each other, and each takes a second to load.
        for name, child in reversed(self.children.items()):
            if name != "worker" or prepare is None:
                await child.start()
        self.house = await asyncio.to_thread(_open, self.plan)
        self._done("database", await asyncio.to_thread(_prepare, self.house))
        await self._until("Temporal server", self._temporal_answers)
        if "mailbox" in self.children:
            await self._until("mailbox", self._mailbox_answers)
        if self.arm:
            self._done("workflows", f"{await _arm(self.house)} woken")
        if prepare is not None:
            await prepare(self.house)
            await self.children["worker"].start()
        await self._until("console", self._console_answers)
        await self._until("worker", self._worker_works)
        if self.clock.exists():
            # On a fast clock hours would pass while workflows are still being woken.
            await self._until("worker", self._nobody_waits, "has woken the workflows")
        self.clock.start()
        self._remember()

    def announce(self) -> None:
        """Tell where everything is; the last line begins with `ready`."""
        chosen = self.plan
        if output.speaks_json():
            output.say(self._addresses())
        else:
            output.say(None, _status(chosen, self.clock.read(), output.age()))
        mailbox = f" mailbox {chosen.mailbox}" if chosen.mailbox else ""
        output.line(f"ready console {chosen.link}{mailbox} temporal-ui {chosen.temporal_ui}")

    async def watch(self, meanwhile: Work | None = None) -> None:
        """Keep the clock going and the children alive until cancelled. Raises ChildFailed."""
        beside = [asyncio.create_task(self._beat())]
        if meanwhile is not None and self.house is not None:
            beside.append(asyncio.create_task(_told(meanwhile(self.house))))
        ends = {asyncio.create_task(child.ended()) for child in self.children.values()}
        try:
            while True:
                done, ends = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                for end in done:
                    ends.add(asyncio.create_task(await self._again(end.result())))
        finally:
            for task in (*beside, *ends):
                task.cancel()

    async def stop(self) -> None:
        """Stop the worker, the console, the mailbox and the server; the clock stands still."""
        _on_signals(self._hurry)
        for child in self.children.values():
            await child.stop()
        self.clock.stop()
        if self.house is not None:
            self.house.close()
        (self.plan.data_dir / ADDRESSES).unlink(missing_ok=True)

    def _hurry(self) -> None:
        """Asked to stop a second time: nothing is waited for."""
        for child in self.children.values():
            child.kill()

    async def _again(self, child: Child) -> Any:
        if not child.may_restart():
            raise ChildFailed(child)
        code = child.process.returncode if child.process else None
        output.note(f"the {child.name} ended with {code} and is started again; see {child.log}")
        await child.start()
        self._write_addresses()
        output.note(f"the {child.name} runs again")
        return child.ended()

    async def _until(
        self, name: str, answers: Callable[[], Awaitable[bool]], done: str = "answers"
    ) -> None:
        """Wait until a child answers. Raises ChildFailed when it ends or takes too long."""
        child, deadline = self.children[name], time.monotonic() + WITHIN_S
        while not await answers():
            if child.pid is None or time.monotonic() > deadline:
                raise ChildFailed(child)
            await asyncio.sleep(0.05)
        if child.pid is None:
            # What answered is another program that listens where this one could not.
            raise ChildFailed(child)
        self._done(name, done)

    async def _temporal_answers(self) -> bool:
        from operations import readiness
        from operations.house import EngineUnreachable

        assert self.house is not None
        try:
            return not await readiness.missing_attributes(self.house)
        except EngineUnreachable:
            return False

    async def _console_answers(self) -> bool:
        return await asyncio.to_thread(_is_up, f"{self.plan.console}/healthz")

    async def _worker_works(self) -> bool:
        felt = pulse.Wrist(self.plan.data_dir, self.children["worker"].pid).feel()
        return felt is not None and felt.well

    async def _nobody_waits(self) -> bool:
        from operations import waking

        assert self.house is not None
        return not await asyncio.to_thread(waking.waits, self.house)

    async def _mailbox_answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection(LOOPBACK, self.plan.mail_port)
        except OSError:
            return False
        writer.close()
        return True

    async def _beat(self) -> None:
        while True:
            self.clock.beat()
            await asyncio.sleep(clock.BEAT_S)

    def _done(self, what: str, how: str) -> None:
        output.note(f"  {output.age():4.1f} s  {what} {how}")

    def _addresses(self) -> dict[str, Any]:
        pids = {name: child.pid for name, child in self.children.items()}
        kept = self.clock.read().model_dump(mode="json")
        return self.plan.addresses({"up": os.getpid(), **pids}, kept)

    def _write_addresses(self) -> None:
        _write(self.plan.data_dir / ADDRESSES, self._addresses())

    def _remember(self) -> None:
        chosen = self.plan
        ports = {"temporal": chosen.temporal_port, "ui": chosen.ui_port, "mail": chosen.mail_port}
        _write(chosen.data_dir / PORTS, {name: port for name, port in ports.items() if port})
        self._write_addresses()


@contextmanager
def alone(data_dir: Path) -> Iterator[None]:
    """Hold the data folder; it is let go by the kernel however this process ends."""
    with (data_dir / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            found = addresses(data_dir)
            where = f", at {found['console']}" if "console" in found else ""
            pid = f" (pid {found['pids']['up']})" if "pids" in found else ""
            told = f"`sluice up` runs already with the data in {data_dir}{pid}{where}"
            raise Refused("runs_already", f"{told}; use another --data", "--data") from None
        yield


def _status(chosen: Plan, now: Any, took: float) -> str:
    rows = [("console", chosen.link)]
    rows += [("mailbox", chosen.mailbox)] if chosen.mailbox else []
    rows += [("Temporal UI", chosen.temporal_ui), ("data", str(chosen.data_dir))]
    moment = now.now(clock.wall_time())
    if now.speed != 1 or abs(moment - clock.wall_time()).total_seconds() > 1:
        rows.append(("clock", f"{moment:%a %d %b %Y %H:%M} UTC, {now.speed:g} times real time"))
    lines = [f"  {name:<12} {value}" for name, value in rows]
    foot = "Ctrl-C stops it; the next start goes on where this one ends."
    return "\n".join(["", f"Sluice is up, after {took:.1f} s", *lines, "", foot])


async def _told(work: Awaitable[None]) -> None:
    """Do something beside; when it fails, say so and go on."""
    try:
        await work
    except Exception as error:
        output.tell(error)


def _open(chosen: Plan) -> "House":
    """The house of this start. Takes a moment: Temporal's client and the database are loaded."""
    from operations.house import House

    own = {**chosen.settings.model_dump(), "data_dir": chosen.data_dir}
    return House(config(Settings(**{**own, **chosen.shared()})))


def _prepare(house: "House") -> str:
    """Bring the database to its shape, publish playbooks that ship; what was done, in words."""
    from operations import readiness
    from operations.authoring.playbooks import publish_shipped

    revision, published = readiness.upgrade(house), publish_shipped(house)
    return f"at {revision}, {len(published)} playbooks published"


async def _arm(house: "House") -> int:
    """Wake or start the workflow of everything that is due some day; says how many."""
    from operations.upkeep import arm

    return await arm(house)


def _is_up(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _on_signals(do: Callable[[], Any]) -> None:
    """What Ctrl-C, a SIGTERM or a closed terminal mean from now on."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, do)


def _ports_before(data_dir: Path) -> dict[str, int]:
    try:
        found: dict[str, int] = json.loads((data_dir / PORTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _write(path: Path, content: dict[str, Any]) -> None:
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    fresh.replace(path)
