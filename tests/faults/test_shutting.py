"""A server that is shut loses no connection that came in the very moment."""

import asyncio
import socket

from tests.support.shutting import shut


async def test_a_connection_that_is_being_accepted_is_not_dropped_unclosed() -> None:
    came = asyncio.Event()

    async def visit(_: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        came.set()
        out.close()

    server = await asyncio.start_server(visit, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    ours, other = socket.socketpair()
    rung = asyncio.Event()
    asyncio.get_running_loop().add_reader(ours, rung.set)
    with ours, other, socket.socket() as client:
        # Both are heard in one turn of the loop, the bell first.
        other.send(b"!")
        client.connect(address)
        await rung.wait()
        asyncio.get_running_loop().remove_reader(ours)
        await shut(server)
        await asyncio.wait_for(came.wait(), 5)
