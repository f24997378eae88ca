"""Events: one method an operation."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import cast

from client.shapes.events import FeedPage
from client.wire import Wire


class EventsCalls(Wire):
    """The feed of everything that happened."""

    async def read_events(
        self,
        *,
        after: int | None = None,
        limit: int | None = None,
        kind: list[str] | None = None,
        stream: str | None = None,
        wait: int | None = None,
    ) -> FeedPage:
        """Read what happened, in the order in which it was recorded; never a name in it."""
        return cast(
            "FeedPage",
            await self._call(
                "GET",
                "/events",
                query={
                    "after": after,
                    "limit": limit,
                    "kind": kind,
                    "stream": stream,
                    "wait": wait,
                },
            ),
        )
