"""Processor time of our deal against bare workflows with the very same activities.

    .venv/bin/python -m benchmarks overhead

Each deal is opened, told of four calls, woken once, and ends. Worker, caller and server count
together. Bar: at most 1.25 times the bare workflow that applies commands as regular activities;
the one with local activities is told beside it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack

from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.worker import Worker

from activities.apply import Registrar
from activities.contract import Submit
from benchmarks.bare import BareDeal, BareLocal
from benchmarks.stage import ROUNDS, Stage, stage, verdict
from domain import commands as c
from domain.ids import deal_id_for
from operations.desk import kept_command, submit
from operations.waking import wake
from store import commands
from worker import Options, hands, house_worker, mail_worker, sandbox

DEALS = 8
AT_ONCE = 8
BAR = 1.25


def main() -> int:
    """Five interleaved rounds; 1 when the median misses the bar."""
    return asyncio.run(_measure())


async def _measure() -> int:
    async with stage() as on, AsyncExitStack() as stack:
        work = await stack.enter_async_context(hands(on.house))
        threads = stack.enter_context(ThreadPoolExecutor(16))
        registrar = Registrar(on.house.store, on.house.time)
        await stack.enter_async_context(house_worker(on.client, registrar, threads, Options()))
        await stack.enter_async_context(mail_worker(on.client, work, Options()))
        bare = Worker(
            on.client,
            task_queue="bare",
            workflows=[BareDeal, BareLocal],
            activities=[registrar.apply],
            activity_executor=threads,
            workflow_runner=sandbox(),
        )
        await stack.enter_async_context(bare)
        lives = {"ours": _ours, "bare": _bare(BareDeal), "local": _bare(BareLocal)}
        spent: dict[str, list[float]] = {name: [] for name in lives}
        for number in range(-1, ROUNDS):  # the first warms up and does not count
            for name, live in lives.items():
                before = on.cpu()
                await _all(on, live, f"{name}-{number}")
                if number >= 0:
                    spent[name].append(on.cpu() - before)
    for name, seconds in spent.items():
        print(f"{name}: {1000 * sorted(seconds)[ROUNDS // 2] / DEALS:.0f} ms of processor a deal")
    local = [a / b for a, b in zip(spent["ours"], spent["local"], strict=True)]
    rounds = ", ".join(f"{ratio:.2f}" for ratio in local)
    middle = sorted(local)[ROUNDS // 2]
    print(f"ours / bare with local activities: {middle:.2f} (no bar; rounds {rounds})")
    ratios = [a / b for a, b in zip(spent["ours"], spent["bare"], strict=True)]
    return verdict("ours / bare", ratios, BAR, lambda ratio: ratio <= BAR)


Live = Callable[[Stage, str], Awaitable[None]]


async def _all(on: Stage, live: Live, name: str) -> None:
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        async with turns:
            await live(on, f"{name}-{number}")

    await asyncio.gather(*(one(number) for number in range(DEALS)))


def _asked(name: str) -> list[tuple[c.AnyCommand, str]]:
    opening = c.OpenDeal(title="A boat", playbook="canal", owner_id="P-1", enroll=False)
    calls = [(c.LogActivity(activity="call"), f"{name}-call-{n}") for n in range(4)]
    return [(opening, name), *calls]


async def _ours(on: Stage, name: str) -> None:
    deal = deal_id_for(name)
    for command, its_id in _asked(name):
        await submit(on.house, command, actor="P-1", deal_id=deal, command_id=its_id)
    await wake(on.client, f"deal/{deal}")
    await submit(
        on.house, c.LoseDeal(reason="price"), actor="P-1", deal_id=deal, command_id=f"{name}-lose"
    )
    await on.client.get_workflow_handle(f"deal/{deal}").result()


def _bare(kind: type[BareDeal]) -> Live:
    async def live(on: Stage, name: str) -> None:
        deal = deal_id_for(name)
        for command, its_id in [*_asked(name), (c.LoseDeal(reason="price"), f"{name}-lose")]:
            await asyncio.to_thread(_keep, on, command, deal, its_id)
            if its_id.endswith("-lose"):
                await on.client.get_workflow_handle(f"bare/{deal}").signal("wake")
            await _update(on.client, kind, deal, its_id)
        handle = on.client.get_workflow_handle(f"bare/{deal}")
        await handle.signal("end")
        await handle.result()

    return live


def _keep(on: Stage, command: c.AnyCommand, deal: str, its_id: str) -> None:
    """What every caller has to do before: keep the command that the activity will read."""
    with on.house.store.write() as tx:
        commands.keep(tx, kept_command(on.house, command, "P-1", deal, its_id))


async def _update(client: Client, kind: type[BareDeal], deal: str, its_id: str) -> None:
    start = WithStartWorkflowOperation(
        kind.run,
        f"deal/{deal}",
        id=f"bare/{deal}",
        task_queue="bare",
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    await client.execute_update_with_start_workflow(
        kind.submit,
        Submit(deal_id=deal, command_id=its_id),
        start_workflow_operation=start,
        id=its_id,
    )
