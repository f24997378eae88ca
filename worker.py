"""Runs workflows and activities: connect, build, run, drain.

`python worker.py` is the whole program, `sluice worker` the same, and `python worker.py --check`
says by its exit whether a worker of this machine is well. Start more of them to do more.
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from typing import Any, Final

from temporalio.client import Client
from temporalio.worker import PollerBehaviorSimpleMaximum, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.apply import Registrar
from activities.contract import HOUSE_QUEUE, MAIL_QUEUE, WEBHOOK_QUEUE
from activities.delivering import Courier
from activities.perform import Hands
from activities.rounds import RoundsMaker
from domain.refusal import Malformed, Refused
from operations import pulse, readiness, waking
from operations.clock import safe_with
from operations.house import EngineUnreachable, House
from operations.inbound import polling
from operations.inbound.forgetting import forget_ignored
from operations.post.mail_work import mail_work
from operations.webhooks import relaying
from operations.webhooks.deliveries import poster
from settings import Settings, load
from workflows.deal import DealWorkflow
from workflows.inbox import InboxWorkflow
from workflows.nurture import NurtureWorkflow
from workflows.rounds import RoundsWorkflow
from workflows.webhook import WebhookWorkflow

APPLIES_AT_ONCE: Final = 16
"""Commands that one worker applies side by side, each in a thread with its own transaction."""

BUILD: Final = version("sluice")
"""Names this program in every history; the default, a hash of all its code, is slow and long."""

PERFORMS_AT_ONCE: Final = 50
"""Streams that one worker performs side by side; the pool bounds the mails among them."""

TELLS_AT_ONCE: Final = 50
"""Endpoints of webhooks that one worker tells side by side; there are no more of them."""

GRACE: Final = timedelta(seconds=30)
"""How long what has begun may take to finish once the worker is asked to stop."""

PATIENCE: Final = timedelta(seconds=60)
"""How long a starting worker waits for Temporal, the database and their set-up."""

Activities = Sequence[Callable[..., Any]]

log = logging.getLogger("sluice.worker")


@dataclass(frozen=True)
class Options:
    """How much one worker takes on; measured, see docs/decisions and benchmarks/."""

    pollers: int = 10
    cached_workflows: int = 500
    mail_rate: float | None = None
    nudge_rate: float = waking.RATE
    house_queue: str = HOUSE_QUEUE
    mail_queue: str = MAIL_QUEUE
    webhook_queue: str = WEBHOOK_QUEUE

    @classmethod
    def of(cls, settings: Settings) -> "Options":
        """As the settings say."""
        return cls(settings.pollers, settings.cached_workflows, settings.mail_rate)


async def run_worker(
    house: House,
    client: Client,
    options: Options,
    stop: asyncio.Event,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Work until `stop` is set, then drain. Raises what ends a worker for good."""
    house.use(client)
    async with AsyncExitStack() as stack:
        activities = await stack.enter_async_context(hands(house))
        threads = stack.enter_context(ThreadPoolExecutor(APPLIES_AT_ONCE, "apply"))
        registrar = Registrar(house.store, house.time)
        workers = [
            house_worker(client, registrar, threads, options),
            mail_worker(client, activities, options),
            webhook_worker(house, client, options),
        ]
        relays = [
            asyncio.create_task(waking.relay(house, options.nudge_rate)),
            asyncio.create_task(relaying.relay(house)),
        ]
        running = [asyncio.create_task(worker.run()) for worker in workers]
        stopping = asyncio.create_task(stop.wait())
        await waking.start_rounds(client)
        await polling.schedule(house, client)
        on_ready()
        await asyncio.wait([stopping, *relays, *running], return_when=asyncio.FIRST_COMPLETED)
        for one in (stopping, *relays):
            one.cancel()
        await asyncio.gather(*(worker.shutdown() for worker in workers))
        ends = await asyncio.gather(*relays, *running, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end


def house_worker(
    client: Client, registrar: Registrar, threads: ThreadPoolExecutor, options: Options
) -> Worker:
    """Workflows, and `apply` beside them.

    Fixed pollers, most of them on the queue that new deals arrive at: with the defaults one
    poller alone takes first tasks, and a burst of openings waits behind it.
    """
    return Worker(
        client,
        task_queue=options.house_queue,
        build_id=BUILD,
        workflows=[
            DealWorkflow,
            InboxWorkflow,
            NurtureWorkflow,
            RoundsWorkflow,
            WebhookWorkflow,
        ],
        activities=[registrar.apply],
        activity_executor=threads,
        max_concurrent_activities=APPLIES_AT_ONCE,
        workflow_runner=sandbox(),
        workflow_task_poller_behavior=PollerBehaviorSimpleMaximum(options.pollers),
        nonsticky_to_sticky_poll_ratio=0.8,
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=3),
        max_cached_workflows=options.cached_workflows,
        graceful_shutdown_timeout=GRACE,
    )


def mail_worker(
    client: Client, activities: Sequence[Callable[..., Any]], options: Options
) -> Worker:
    """Everything that may talk to a mail server, on a queue of its own."""
    return Worker(
        client,
        task_queue=options.mail_queue,
        build_id=BUILD,
        activities=activities,
        max_concurrent_activities=PERFORMS_AT_ONCE,
        max_task_queue_activities_per_second=options.mail_rate,
        graceful_shutdown_timeout=GRACE,
    )


def webhook_worker(house: House, client: Client, options: Options) -> Worker:
    """Messages to other programs, on a queue of their own: a slow one holds up no mail."""
    courier = Courier(house.store, house.time, house.config.secret, poster(house))
    return Worker(
        client,
        task_queue=options.webhook_queue,
        build_id=BUILD,
        activities=[courier.deliver],
        max_concurrent_activities=TELLS_AT_ONCE,
        activity_task_poller_behavior=PollerBehaviorSimpleMaximum(2),
        graceful_shutdown_timeout=GRACE,
    )


def sandbox() -> SandboxedWorkflowRunner:
    """The sandbox, on guard, but without loading the domain anew for every workflow."""
    ours = ("domain", "activities", "workflows")
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules(*ours)
    )


@asynccontextmanager
async def hands(house: House) -> AsyncIterator[Activities]:
    """The activities of mail: writing, handing over with a pool of its own, and reading."""
    async with mail_work(house) as work:
        playbook, settle = house.config.default_playbook, work.doubts.settle
        forget = partial(forget_ignored, house)
        rounds = RoundsMaker(work.performer, work.mornings, playbook, settle, forget)
        reader = polling.reader(house)
        yield [Hands(work.performer).perform, rounds.make_rounds, reader.read_mailboxes]


async def serve(settings: Settings) -> None:
    """Wait for the engines, work until SIGTERM or SIGINT, drain."""
    stop = asyncio.Event()
    _listen(stop)
    config = replace(settings.config(), engine_metrics=settings.worker_metrics)
    with House(config) as house:
        for relay in (house.config.smtp_url, *(one.relay for one in house.config.outboxes)):
            safe_with(house.time.clock(), relay)
        wrist = pulse.Wrist(house.config.data_dir)
        wrist.beat("starting")
        try:
            await _engines(house, stop)
            if stop.is_set():
                return
            client = await house.temporal()
            beating = asyncio.create_task(_beat(house, wrist, stop))
            await run_worker(house, client, Options.of(settings), stop, lambda: _ready(wrist))
            beating.cancel()
        finally:
            wrist.leave()
    log.info("stopped")


def _listen(stop: asyncio.Event) -> None:
    """The first signal drains, the second leaves at once."""

    def asked() -> None:
        if stop.is_set():
            os._exit(130)
        log.info("draining: what has begun may finish, for %s s at most", GRACE.seconds)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, asked)


async def _engines(house: House, stop: asyncio.Event) -> None:
    """Wait until the engines are there and set up; say once what is missing. Raises the last."""
    deadline = asyncio.get_running_loop().time() + PATIENCE.total_seconds()
    told = ""
    while not stop.is_set():
        try:
            await readiness.check(house)
            return
        except (EngineUnreachable, Refused) as missing:
            if asyncio.get_running_loop().time() > deadline:
                raise
            if str(missing) != told:
                told = str(missing)
                log.warning("waiting: %s", told)
        try:
            await asyncio.wait_for(stop.wait(), 0.25)
        except TimeoutError:
            continue


def _ready(wrist: pulse.Wrist) -> None:
    wrist.beat("running")
    log.info("working")


async def _beat(house: House, wrist: pulse.Wrist, stop: asyncio.Event) -> None:
    """Leave a pulse every few seconds; it tells what cannot be reached."""
    while True:
        await asyncio.sleep(pulse.BEAT_S)
        state = "draining" if stop.is_set() else await _state(house)
        wrist.beat(state)


async def _state(house: House) -> str:
    try:
        async with asyncio.timeout(pulse.BEAT_S):
            await asyncio.to_thread(house.store.ping)
            client = await house.temporal()
            await client.service_client.check_health()
    except Exception as error:
        return f"cannot reach its engines: {type(error).__name__}"
    return "running"


def main(arguments: Sequence[str] = ()) -> int:
    """The program; gives its exit."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        settings = load()
        if "--check" in arguments:
            return pulse.check(settings.data_dir, print)
        asyncio.run(serve(settings))
    except Malformed as wrong:
        log.error("%s: %s", wrong.where, wrong.message)
        return 2
    except Refused as no:
        log.error("%s", no.message)
        return 3
    except EngineUnreachable as down:
        log.error("%s", down)
        return 5
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
