"""Whole lists, page after page, and the event feed as it grows."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from client.shapes.events import FeedEvent
from client.sluice import Sluice


async def every(
    call: Callable[..., Awaitable[Any]], items: str, **filters: Any
) -> AsyncIterator[Any]:
    """Each item of a list: `every(api.list_deals, "deals", status="open")`."""
    cursor: str | None = None
    while True:
        page = await call(cursor=cursor, **filters)
        for one in page[items]:
            yield one
        cursor = page["next"]
        if cursor is None:
            return


async def follow(
    api: Sluice, after: int = 0, *, kind: list[str] | None = None, stream: str | None = None
) -> AsyncIterator[FeedEvent]:
    """Each event behind a position, for ever. Keep `position` to go on from there later."""
    while True:
        page = await api.read_events(after=after, kind=kind, stream=stream, wait=25)
        for one in page["events"]:
            yield one
        after = page["next"]
