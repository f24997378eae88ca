"""The slowest of many openings with 50 in flight, against the bare SDK's slowest in the same run.

    .venv/bin/python -m benchmarks slowest

The bare workflow is started with an update that runs one activity, which does nothing, under the
SDK's own defaults; ours runs with its fixed pollers.
Bar: at most 1.5 times the bare SDK's slowest.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from uuid import uuid4

from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.worker import Worker

from activities.apply import Registrar
from benchmarks.bare import Opened, nothing
from benchmarks.stage import ROUNDS, Stage, stage, verdict
from domain import commands as c
from operations.desk import submit
from worker import Options, house_worker

OPENINGS = 100
IN_FLIGHT = 50
BAR = 1.5


def main() -> int:
    """Five interleaved rounds; 1 when the shipped settings miss the bar."""
    return asyncio.run(_measure())


async def _measure() -> int:
    found: dict[str, list[float]] = {"bare": [], "ours": []}
    async with stage() as on:
        for number in range(-1, ROUNDS):
            for name in found:
                slowest, each = await _round(on, name, OPENINGS if number >= 0 else 20)
                if number >= 0:
                    found[name].append(slowest)
                    print(f"{name}: slowest {slowest:.2f} s, median {each:.2f} s", flush=True)
    ratios = [a / b for a, b in zip(found["ours"], found["bare"], strict=True)]
    return verdict("ours / bare", ratios, BAR, lambda ratio: ratio <= BAR)


async def _round(on: Stage, name: str, count: int) -> tuple[float, float]:
    async with AsyncExitStack() as stack:
        threads = stack.enter_context(ThreadPoolExecutor(16))
        if name == "bare":
            worker = Worker(on.client, task_queue="bare", workflows=[Opened], activities=[nothing])
            open_one = _bare(on.client)
        else:
            registrar = Registrar(on.house.store, on.house.time)
            worker = house_worker(on.client, registrar, threads, Options())
            open_one = _ours(on)
        await stack.enter_async_context(worker)
        return await _openings(open_one, count)


async def _openings(open_one: Callable[[], Awaitable[object]], count: int) -> tuple[float, float]:
    turns, took = asyncio.Semaphore(IN_FLIGHT), []

    async def one() -> None:
        async with turns:
            began = time.perf_counter()
            await open_one()
            took.append(time.perf_counter() - began)

    await asyncio.gather(*(one() for _ in range(count)))
    return max(took), sorted(took)[len(took) // 2]


def _ours(on: Stage) -> Callable[[], Awaitable[object]]:
    def open_one() -> Awaitable[object]:
        opening = c.OpenDeal(title="A boat", playbook="canal", owner_id="P-1", enroll=False)
        return submit(on.house, opening, actor="P-1")

    return open_one


def _bare(client: Client) -> Callable[[], Awaitable[object]]:
    async def open_one() -> None:
        start = WithStartWorkflowOperation(
            Opened.run,
            id=uuid4().hex,
            task_queue="bare",
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )
        await client.execute_update_with_start_workflow(
            Opened.begin, start_workflow_operation=start
        )

    return open_one
