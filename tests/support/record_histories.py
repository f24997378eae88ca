"""Records what workflows do on the real server, for the replay tests.

    python -m tests.support.record_histories

Run it for a release, and when a workflow changed on purpose: the old files stay, for as long as
runs begun with that code may still be open. Histories hold ids and keys only.
"""

import asyncio
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from temporalio.client import Client, WorkflowHistory

from activities.contract import ROUNDS_ID, nurture_workflow_id, webhook_workflow_id
from domain import commands as c
from operations.authoring.playbooks import publish
from operations.embedded import command
from operations.nurturing.choice import Choice
from operations.nurturing.nurtures import enroll
from operations.waking import wake
from operations.webhooks import endpoints
from store.upgrading import upgrade
from tests.support.household import ANN
from tests.support.living import Manor, eventually, manor
from tests.support.receiver import Receiver
from tests.support.servers import SKIPPING, free_port, namespace, wait_for_port, working
from tests.support.sink import Sink
from workflows import steady

HISTORIES = Path(__file__).parents[1] / "histories"


async def record(client: Client, folder: Path) -> dict[str, WorkflowHistory]:
    """One history of each kind of life, by a name for it."""
    url = f"sqlite:///{folder}/recording.db"
    upgrade(url)
    found: dict[str, WorkflowHistory] = {}
    async with (
        Sink() as sink,
        manor(url, folder, sink.url, client, speed=200_000) as house,
    ):
        house.house.config = replace(house.house.config, webhook_loopback=True)
        async with working(house.house, client):
            found |= await _won(house, sink)
            found |= await _busy(house)
            found |= await _slow(house)
            found |= await _rolled_over(house)
            found |= await _nurtured(house)
            found |= await _told(house)
            found["rounds"] = await client.get_workflow_handle(ROUNDS_ID).fetch_history()
    return found


async def _won(house: Manor, sink: Sink) -> dict[str, WorkflowHistory]:
    deal = await house.open("won")
    await sink.arrived(2, within=60)
    await house.ask(c.RecordReply(contact_id="C-1"), deal)
    await house.ask(c.WinDeal(), deal)
    await house.handle(deal).result()
    return {"deal-won": await house.handle(deal).fetch_history()}


async def _busy(house: Manor) -> dict[str, WorkflowHistory]:
    deal = await house.open("busy", contacts=[])
    asked = [house.ask(c.LogActivity(activity="call"), deal, f"call-{n}") for n in range(6)]
    await asyncio.gather(*asked)
    await wake(house.client, f"deal/{deal}")
    await house.ask(c.LoseDeal(reason="price"), deal)
    await house.handle(deal).result()
    return {"deal-busy-lost": await house.handle(deal).fetch_history()}


async def _slow(house: Manor) -> dict[str, WorkflowHistory]:
    """Each command takes too long for the workflow task, and gets a task of its own."""
    kept, steady.QUICK = steady.QUICK, timedelta(milliseconds=1)
    deal = await house.open("slow", contacts=[])
    await house.ask(c.LogActivity(activity="call"), deal, "slow-call")
    await house.ask(c.LoseDeal(reason="price"), deal)
    await house.handle(deal).result()
    steady.QUICK = kept
    return {"deal-slow": await house.handle(deal).fetch_history()}


async def _rolled_over(house: Manor) -> dict[str, WorkflowHistory]:
    kept, steady.EVENTS_MAX = steady.EVENTS_MAX, 12
    deal = await house.open("rolled", contacts=[], enroll=False)
    for number in range(6):
        await house.ask(c.LogActivity(activity="call"), deal, f"rolled-{number}")

    async def rolled() -> bool:
        return len(await house.histories(deal)) > 1

    await eventually(rolled)
    steady.EVENTS_MAX = kept
    await house.ask(c.LoseDeal(reason="price"), deal)
    last = (await house.histories(deal))[-1]
    return {"deal-next-run": last}


async def _nurtured(house: Manor) -> dict[str, WorkflowHistory]:
    """One contact from the first mail, through waiting for an event, to the end."""
    ours = house.house
    publish(ours, "trial-care", actor="P-1")
    begun = await enroll(ours, "trial", Choice(contacts=(ANN,)), actor="P-1")
    handle = house.client.get_workflow_handle(nurture_workflow_id(begun.enrollment_ids[0]))
    await handle.result()
    return {"nurture": await handle.fetch_history()}


async def _told(house: Manor) -> dict[str, WorkflowHistory]:
    """An endpoint that fails once, is told everything, and says at the end that it is gone."""
    ours = house.house
    async with Receiver(answers=[500]) as receiver:
        made = endpoints.add(ours, receiver.url, actor="P-1", kinds=["deal_opened"])
        await house.open("told", contacts=[], enroll=False)
        await receiver.arrived(2)
        await house.open("told-too", contacts=[], enroll=False)
        await receiver.arrived(3)
        receiver.answers = [410]
        await house.open("told-last", contacts=[], enroll=False)
        handle = house.client.get_workflow_handle(webhook_workflow_id(made.webhook_id))
        await handle.result()
    return {"webhook": await handle.fetch_history()}


def anonymous(text: str) -> str:
    """The history without the name of this machine."""
    return re.sub(r'"identity": "[^"]*"', '"identity": "recorder"', text)


@contextmanager
def server() -> Iterator[str]:
    """The address of a server that forgets everything at its end."""
    port = free_port()
    process = subprocess.Popen(
        command(port, None, dynamic=SKIPPING), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for_port(port, process)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


async def main(label: str) -> None:
    """Record and write the files."""
    with tempfile.TemporaryDirectory() as folder, server() as address:
        client = await namespace(address)
        for name, history in (await record(client, Path(folder))).items():
            path = HISTORIES / f"{name}.{label}.json"
            path.write_text(anonymous(history.to_json()) + "\n")
            print(f"{path.name}: {len(history.events)} events")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "0.1"))
