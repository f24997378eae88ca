"""What Temporal says of a deal's workflow, asked of the real server."""

from temporalio.client import Client

from activities.contract import deal_workflow_id
from operations import engine_view
from operations.house import House
from tests.support.servers import temporal, temporal_server
from tests.support.shortcut import house, no_engine

__all__ = ["house", "no_engine", "temporal", "temporal_server"]


async def test_a_workflow_runs_is_ended_or_was_never_heard_of(
    house: House, temporal: Client
) -> None:
    house.use(temporal)
    handle = await temporal.start_workflow("Any", id=deal_workflow_id("D-1"), task_queue="none")
    running = await engine_view.of_deal(house, "D-1")
    assert (running.workflow_id, running.state) == ("deal/D-1", "running")
    assert running.since is not None
    await handle.terminate("a test")
    assert (await engine_view.of_deal(house, "D-1")).state == "terminated"
    gone = await engine_view.of_deal(house, "D-2")
    assert (gone.state, gone.since) == ("gone", None)
