"""Ways in which a relay breaks the rules of SMTP, as actions for `tests/support/sink.py`."""

import asyncio

from tests.support.sink import Action, Dropped, Visit

PIECE = 0.01  # seconds between two pieces of a slow reply


def raw(data: bytes) -> Action:
    """Answer with these bytes and nothing added."""

    async def act(visit: Visit) -> bytes:
        return data

    return act


def cut(data: bytes) -> Action:
    """Answer with the beginning of a reply, then close."""

    async def act(visit: Visit) -> None:
        visit.writer.write(data)
        await visit.writer.drain()
        visit.writer.write_eof()
        raise Dropped

    return act


def stall(data: bytes) -> Action:
    """Answer with the beginning of a reply, then no more."""

    async def act(visit: Visit) -> None:
        visit.writer.write(data)
        await visit.writer.drain()
        await asyncio.Event().wait()

    return act


def dribble(line: str) -> Action:
    """Answer byte by byte."""

    async def act(visit: Visit) -> bytes:
        whole = line.encode() + b"\r\n"
        for place in range(len(whole)):
            visit.writer.write(whole[place : place + 1])
            await visit.writer.drain()
            await asyncio.sleep(PIECE)
        return b""  # all is said

    return act


async def dribble_for_ever(visit: Visit) -> None:
    """A reply that never ends, a byte at a time."""
    visit.writer.write(b"250 ")
    while True:
        visit.writer.write(b"x")
        await visit.writer.drain()
        await asyncio.sleep(PIECE)


async def lines_for_ever(visit: Visit) -> None:
    """A reply of many lines that never comes to its last."""
    while True:
        visit.writer.write(b"250-and\r\n")
        await visit.writer.drain()
        await asyncio.sleep(PIECE)


def take_and(action: Action) -> Action:
    """At `dot`: take the message for good, then behave like this."""

    async def act(visit: Visit) -> str | bytes | None:
        visit.take()
        return await action(visit)

    return act


def say_and_drop(line: str) -> Action:
    """Say this whole line, then close at once."""
    return cut(line.encode() + b"\r\n")


FLOOD = b"250 " + b"x" * 40_000 + b"\r\n"
"""A reply longer than anybody reads."""
