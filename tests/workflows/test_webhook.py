"""An endpoint is told what happens by a workflow of its own, on the real server."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from temporalio.client import WorkflowExecutionStatus

from activities.contract import webhook_workflow_id
from operations.webhooks import endpoints
from tests.support.living import Manor, eventually
from tests.support.receiver import Receiver
from tests.support.servers import working
from workflows import steady


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as opened:
        yield opened


@pytest.fixture
def calling(idle: Manor) -> Manor:
    """A house without a worker that may call this machine."""
    idle.house.config = replace(idle.house.config, webhook_loopback=True)
    return idle


def add(house: Manor, url: str) -> str:
    return endpoints.add(house.house, url, actor="P-1", kinds=["deal_opened"]).webhook_id


async def opens(house: Manor, name: str) -> str:
    return await house.open(name, contacts=[], enroll=False)


async def test_what_happens_is_told_within_seconds_and_after_a_restart(
    calling: Manor, receiver: Receiver
) -> None:
    its_id = add(calling, receiver.url)
    async with working(calling.house, calling.client):
        deal = await opens(calling, "one")
        [one] = await receiver.arrived(1)
        assert one.told["data"]["stream"] == f"deal/{deal}"
        assert one.told["type"] == "deal_opened"
    async with working(calling.house, calling.client):
        await opens(calling, "two")
        await receiver.arrived(2)
    assert len(set(receiver.ids)) == 2
    handle = calling.client.get_workflow_handle(webhook_workflow_id(its_id))
    assert (await handle.describe()).status == WorkflowExecutionStatus.RUNNING


async def test_what_failed_is_tried_again_by_itself_and_nothing_personal_is_in_the_history(
    calling: Manor, receiver: Receiver
) -> None:
    its_id = add(calling, receiver.url)
    receiver.answers = [500]
    async with working(calling.house, calling.client):
        await calling.open("tried", title="A boat for Ann")
        first, second = await receiver.arrived(2)
        assert first.its_id == second.its_id
        assert first.body == second.body
        handle = calling.client.get_workflow_handle(webhook_workflow_id(its_id))
        await eventually(lambda: endpoints.show(calling.house, its_id).waiting == 0)
    text = (await handle.fetch_history()).to_json()
    for secret in ("Ann", "boat", "127.0.0.1", "whsec"):
        assert secret not in text


async def test_a_long_run_rolls_over_and_a_removed_endpoint_ends_it(
    calling: Manor, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steady, "EVENTS_MAX", 12)
    its_id = add(calling, receiver.url)
    handle = calling.client.get_workflow_handle(webhook_workflow_id(its_id))
    async with working(calling.house, calling.client):
        for number in range(1, 5):
            await opens(calling, f"no-{number}")
            await receiver.arrived(number)
        endpoints.remove(calling.house, its_id, actor="P-1")
        await handle.signal("wake")
        await handle.result()

        async def rolled() -> bool:
            asked = calling.client.list_workflows(f'WorkflowId="{handle.id}"')
            return len([one async for one in asked]) > 1

        await eventually(rolled)
    assert len(set(receiver.ids)) == 4
