"""A real Temporal server for tests, a namespace of its own for each, and workers in it.

One embedded server serves a whole test process. Workflow ids and task queues are the real ones, so
it is the namespace that keeps tests apart: making one takes a tenth of a second.

    async def test_a_deal_lives(house: House, temporal: Client) -> None:
        async with working(house, temporal):
            ...

`env_skipping` skips time for each workflow by itself: see `temporalio.testing.TimeSkipper`.
"""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper

from cli.children import LAUNCH
from cli.ports import Ports
from operations.embedded import SEARCH_ATTRIBUTES, command
from operations.house import House
from worker import Options, run_worker

SKIPPING = {
    "frontend.WorkflowTimeSkippingEnabled": "true",
    # Otherwise each skip of time costs a second.
    "history.timerProcessorMaxTimeShift": '"1ms"',
}

STARTED_WITHIN_S = 60.0


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with Ports() as ports:
        return ports.pick()


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until something listens there. Fails when the process ends before."""
    deadline = time.monotonic() + STARTED_WITHIN_S
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, "the server ended"
        time.sleep(0.02)
    raise AssertionError("the server does not listen")


@pytest.fixture(scope="session")
def temporal_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that keeps everything in memory; stopped by its pid."""
    port = free_port()
    log = tmp_path_factory.mktemp("temporal") / "server.log"
    # The launcher ends the server with this process, however it ends.
    launcher = [sys.executable, "-I", "-S", str(LAUNCH), str(os.getpid())]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*launcher, *command(port, None, dynamic=SKIPPING)],
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        wait_for_port(port, process)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
async def temporal(temporal_server: str) -> Client:
    """A connection to a namespace that is new and knows the search attributes."""
    return await namespace(temporal_server)


async def namespace(address: str) -> Client:
    """The same for a test that needs several."""
    name = f"test-{uuid4().hex[:12]}"
    async with asyncio.timeout(STARTED_WITHIN_S):
        client = await _connected(address, name)
        await _make(client, name)
    return client


@pytest.fixture
def env_skipping(temporal: Client) -> TimeSkipper:
    """Skips time in the namespace of `temporal`; start workflows through its `client`."""
    return TimeSkipper(temporal)


@asynccontextmanager
async def working(
    house: House, client: Client, options: Options | None = None
) -> AsyncIterator[None]:
    """A worker for the house as long as the block runs; it drains at the end."""
    stop, ready = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(run_worker(house, client, options or Options(), stop, ready.set))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait([running, waiting], return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        waiting.cancel()
        running.result()
    try:
        yield
    finally:
        stop.set()
        await running


async def _connected(address: str, namespace: str) -> Client:
    while True:
        try:
            return await Client.connect(
                address, namespace=namespace, data_converter=pydantic_data_converter
            )
        except RuntimeError:
            await asyncio.sleep(0.02)


async def _retried(ask: Callable[[], Awaitable[object]]) -> None:
    """Ask until the server has heard of the namespace."""
    while True:
        try:
            await ask()
            return
        except RPCError as error:
            if error.status not in (RPCStatusCode.NOT_FOUND, RPCStatusCode.UNAVAILABLE):
                raise
            await asyncio.sleep(0.02)


async def _make(client: Client, namespace: str) -> None:
    kinds = {
        name: IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{kind.upper()}")
        for name, kind in SEARCH_ATTRIBUTES.items()
    }
    kept = Duration(seconds=86_400)
    await _retried(
        lambda: client.workflow_service.register_namespace(
            RegisterNamespaceRequest(namespace=namespace, workflow_execution_retention_period=kept)
        )
    )
    await _retried(
        lambda: client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=namespace, search_attributes=kinds)
        )
    )
