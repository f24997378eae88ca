"""A worker tells its own figures where a setting says, in the names of Temporal's SDK."""

import httpx
import pytest
from temporalio.client import Client

from domain.refusal import Malformed
from operations.connecting import connect
from tests.support.servers import free_port


async def test_a_connection_tells_its_figures_at_the_place_that_was_set(temporal: Client) -> None:
    place = f"127.0.0.1:{free_port()}"
    address = temporal.service_client.config.target_host
    client = await connect(address, temporal.namespace, place)
    await client.service_client.check_health()
    async with httpx.AsyncClient() as http:
        told = (await http.get(f"http://{place}/metrics")).text
    assert "temporal_request" in told
    with pytest.raises(Malformed, match="no worker can tell its figures there"):
        await connect(address, temporal.namespace, "nowhere:1")
