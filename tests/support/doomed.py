"""Workers in processes of their own, to be killed or frozen at a named moment."""

import asyncio
import dataclasses
import multiprocessing
import os
import signal
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any

from domain.times.clock import Clock

_PROCESSES = multiprocessing.get_context("forkserver")
# Forked with everything loaded, a worker is there in a fraction of a second.
_PROCESSES.set_forkserver_preload(["worker", "tests.support.living"])


@dataclass(frozen=True)
class Orders:
    """What a worker process is to work for, and where it is to end (`name:KILL`, `name:STOP`)."""

    url: str
    folder: Path
    smtp_url: str
    address: str
    namespace: str
    clock: Clock
    crashpoint: str = ""
    without_compare_and_set: bool = False
    mail_rate: float | None = None
    mailboxes: tuple[str, ...] = ()
    answers_fail: bool = False


class Doomed:
    """One worker process."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self._ready = _PROCESSES.Event()
        self.process: BaseProcess = _PROCESSES.Process(
            target=_work, args=(orders, self._ready), daemon=True
        )

    def start(self) -> "Doomed":
        self.process.start()
        return self

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self.process.is_alive()

    @property
    def frozen(self) -> bool:
        stat = Path(f"/proc/{self.pid}/stat")
        return self.alive and stat.read_text().rpartition(")")[2].split()[0] == "T"

    def kill(self) -> None:
        if self.alive:
            os.kill(self.pid, signal.SIGKILL)

    def freeze(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    async def gone(self, within: float) -> None:
        await asyncio.to_thread(self.process.join, within)
        assert not self.alive, "it passed the point and lived"

    def __enter__(self) -> "Doomed":
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def end(self) -> None:
        self.kill()
        self.process.join(10)
        self.process.close()


def _work(orders: Orders, ready: Any) -> None:
    """The process: real activities, real workflows; only what takes long is shortened."""
    from activities import crashpoints, perform
    from store import sends
    from workflows import steady

    crashpoints._ARMED = orders.crashpoint
    perform.BEAT_S = 0.3
    steady.LOST_AFTER = timedelta(seconds=4)
    steady.APPLIED_WITHIN = timedelta(seconds=4)
    if orders.without_compare_and_set:
        forget_to_compare(sends)
    if orders.answers_fail:
        fail_at_answers()
    asyncio.run(_serve(orders, ready))


def forget_to_compare(sends: Any) -> None:
    """The mutation: every move is made, whoever holds the row and however far it is."""
    from sqlalchemy import true

    real = sends._move

    def move(tx: Any, touch_id: str, held: Any, **values: Any) -> bool:
        return bool(real(tx, touch_id, true(), **values))

    def doubt(*_: Any, **__: Any) -> bool:
        return False

    sends._move, sends.doubt = move, doubt
    listed = sends.open_of

    def open_of(tx: Any, stream: str) -> list[Any]:
        planned: list[Any] = [
            dataclasses.replace(one, status="planned") for one in listed(tx, stream)
        ]
        return planned

    sends.open_of = open_of


def fail_at_answers() -> None:
    """A rule of ours that fails on every mail in which somebody answers."""
    from operations import stop_facts

    def fails(*_: Any, **__: Any) -> None:
        raise KeyError("a fault")

    stop_facts.answered_in = fails


async def _serve(orders: Orders, ready: Any) -> None:
    from temporalio.client import Client
    from temporalio.contrib.pydantic import pydantic_data_converter

    from operations.house import Arriving, House
    from tests.support.living import config_of
    from worker import Options, run_worker

    config = config_of(orders.url, orders.folder, orders.smtp_url)
    client = await Client.connect(
        orders.address, namespace=orders.namespace, data_converter=pydantic_data_converter
    )
    arriving = Arriving(mailboxes=orders.mailboxes)
    given = dataclasses.replace(config, clock=lambda: orders.clock, arriving=arriving)
    with House(given) as house:
        await run_worker(
            house,
            client,
            Options(pollers=4, mail_rate=orders.mail_rate),
            asyncio.Event(),
            ready.set,
        )
