"""Closing a server of a test so that nothing it has just accepted is lost."""

import asyncio

import uvicorn


async def shut(server: asyncio.Server) -> None:
    """Listen no more, and close once everything that was accepted has its protocol.

    CPython 3.11 makes the transport of a connection one turn of the loop after it accepted it.
    A server that is closed in between drops it unclosed, and whichever test the garbage is
    collected in fails for it.
    """
    loop = asyncio.get_running_loop()
    for listening in server.sockets:
        loop.remove_reader(listening.fileno())
    await asyncio.sleep(0)
    server.close()


async def stop(server: uvicorn.Server, serving: asyncio.Task[None]) -> None:
    """End a console that a test serves."""
    if server.started:
        for one in server.servers:
            await shut(one)
    server.should_exit = True
    await serving
