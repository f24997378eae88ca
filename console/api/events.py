"""The event feed: from any position on, in the order of the commits, waiting for what comes."""

import asyncio
from time import monotonic
from typing import Annotated, Final
from weakref import WeakKeyDictionary, ref

from fastapi import APIRouter, Query

from console.api.asking import Here, Number
from console.api.paging import LIMIT_MAX
from console.api.route import router
from operations import feed
from operations.feed import FeedPage
from operations.house import House

WAIT_MAX: Final = 30
POSITION_MAX: Final = 2**53 - 1

LOOK_S: Final = 0.25
"""How often the newest position is read while anybody waits, once for all who do."""

Kinds = Annotated[
    list[Annotated[str, Query(pattern=r"^[a-z_]{1,60}$")]],
    Query(max_length=20, description="Only these kinds; may be said several times"),
]
Stream = Annotated[
    str | None, Query(pattern=r"^[\w.:+/-]{1,160}$", description="Only this one: deal/D-…")
]


class Watch:
    """One look at the ledger for everybody who waits; none while nobody does."""

    def __init__(self, house: House) -> None:
        # Weakly: the watches are kept by their houses.
        self._house = ref(house)
        self._looking: asyncio.Task[int] | None = None

    async def beyond(self, position: int, seconds: float) -> None:
        """Return once the ledger goes beyond the position, or after so many seconds."""
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0:
            if self._looking is None or self._looking.done():
                self._looking = asyncio.create_task(self._look())
            looking = self._looking
            await asyncio.wait({looking}, timeout=left)
            if looking.done() and looking.result() > position:
                return

    async def _look(self) -> int:
        await asyncio.sleep(LOOK_S)
        house = self._house()
        return await asyncio.to_thread(feed.last, house) if house is not None else 0


_WATCHES: Final[WeakKeyDictionary[House, Watch]] = WeakKeyDictionary()


def routes() -> APIRouter:
    """`/events`."""
    api = router("/events", "Events")

    @api.get("")
    async def read_events(
        house: Here,
        after: Annotated[
            Number, Query(ge=0, le=POSITION_MAX, description="The position to go on behind")
        ] = 0,
        limit: Annotated[Number, Query(ge=1, le=LIMIT_MAX)] = 100,
        kind: Kinds = [],  # noqa: B006  (the framework makes a new one for each request)
        stream: Stream = None,
        wait: Annotated[
            Number, Query(ge=0, le=WAIT_MAX, description="Seconds to wait where nothing is new")
        ] = 0,
    ) -> FeedPage:
        """Read what happened, in the order in which it was recorded; never a name in it.

        Go on with `after` = `next` of the page before, also where a page is empty: it has then
        looked at some thousand events of other kinds. With `wait` the answer comes as soon as
        something new fits, or empty after so many seconds.
        """
        until = monotonic() + wait
        watch = _WATCHES.setdefault(house, Watch(house))
        while True:
            found = await asyncio.to_thread(
                feed.page, house, after=after, limit=limit, kinds=kind, stream=stream
            )
            left = until - monotonic()
            if found.events or found.next < found.last or left <= 0:
                return found
            after = found.next
            await watch.beyond(found.last, left)

    return api
