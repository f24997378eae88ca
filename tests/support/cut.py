"""A program that loses Temporal in the middle of a call: `python -m tests.support.cut ADDRESS`.

A program of its own, since the first connection of a process decides what all of them log.
"""

import asyncio
import sys

from temporalio.service import RPCError

from operations.connecting import connect
from tests.support.shutting import shut


class Line:
    """A line to Temporal that can be cut."""

    def __init__(self, address: str) -> None:
        self.host, _, self.port = address.rpartition(":")
        self.cut = asyncio.Event()

    async def carry(self, inward: asyncio.StreamReader, outward: asyncio.StreamWriter) -> None:
        if not self.cut.is_set():
            answers, asking = await asyncio.open_connection(self.host, int(self.port))
            ways = ((inward, asking), (answers, outward))
            both = [asyncio.create_task(copied(*way)) for way in ways]
            await self.cut.wait()
            for one in both:
                one.cancel()
            asking.close()
        outward.close()


async def copied(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while piece := await source.read(65_536):
        target.write(piece)


async def main(address: str, quiet: bool = True) -> None:
    """Connect, lose the line, and ask until the client itself gives up."""
    line = Line(address)
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    client = await connect(f"{host}:{port}", "default", quiet=quiet)
    line.cut.set()
    try:
        await client.count_workflows()
    except RPCError:
        print("gave up")
    await shut(server)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
