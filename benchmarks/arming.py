"""Workflows armed a second, after an import for instance, against bare sleepers.

    .venv/bin/python -m benchmarks arming

Armed: started, its first task done, its timer set. Bar: at least 0.8 times the sleepers' rate.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from temporalio.client import Client
from temporalio.worker import Worker

from activities.apply import Registrar
from activities.contract import HOUSE_QUEUE, Label
from benchmarks.bare import Sleeper
from benchmarks.stage import ROUNDS, stage, verdict
from worker import Options, house_worker, sandbox
from workflows.deal import DealStart, DealWorkflow
from workflows.steady import filters_of

WORKFLOWS = 60
AT_ONCE = 10
ARMED_EVENTS = 5
"""Started, task scheduled, started and completed, timer started."""
BAR = 0.8


def main() -> int:
    """Five interleaved rounds; 1 when the median misses the bar."""
    return asyncio.run(_measure())


async def _measure() -> int:
    rates: dict[str, list[float]] = {"bare": [], "ours": []}
    async with stage() as on:
        with ThreadPoolExecutor(16) as threads:
            registrar = Registrar(on.house.store, on.house.time)
            bare = Worker(
                on.client, task_queue="bare", workflows=[Sleeper], workflow_runner=sandbox()
            )
            async with bare, house_worker(on.client, registrar, threads, Options()):
                for number in range(-1, ROUNDS):
                    for name, start in (("bare", _sleeper), ("ours", _deal)):
                        rate = await _armed(on.client, start, WORKFLOWS if number >= 0 else 20)
                        if number >= 0:
                            rates[name].append(rate)
    for name, found in rates.items():
        print(f"{name}: {sorted(found)[ROUNDS // 2]:.0f} armed a second")
    ratios = [a / b for a, b in zip(rates["ours"], rates["bare"], strict=True)]
    return verdict("ours / bare sleepers", ratios, BAR, lambda ratio: ratio >= BAR)


Start = Callable[[Client, str], Awaitable[object]]


async def _armed(client: Client, start: Start, count: int) -> float:
    """Start so many, wait until the last is armed, give the rate."""
    turns, ids = asyncio.Semaphore(AT_ONCE), [uuid4().hex for _ in range(count)]

    async def one(its_id: str) -> None:
        async with turns:
            await start(client, its_id)

    began = time.perf_counter()
    await asyncio.gather(*(one(its_id) for its_id in ids))
    for its_id in ids:
        handle = client.get_workflow_handle(its_id)
        while (await handle.describe()).history_length < ARMED_EVENTS:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return count / (time.perf_counter() - began)


async def _sleeper(client: Client, its_id: str) -> object:
    return await client.start_workflow(Sleeper.run, 2_592_000, id=its_id, task_queue="bare")


async def _deal(client: Client, its_id: str) -> object:
    label = Label(stage="hello", owner="P-1", playbook="canal", details="hello, 3 days in stage")
    due = datetime.now(UTC) + timedelta(days=30)
    return await client.start_workflow(
        DealWorkflow.run,
        DealStart(deal_id=its_id, wake_at=due, version=5, label=label),
        id=its_id,
        task_queue=HOUSE_QUEUE,
        search_attributes=filters_of(label),
    )
