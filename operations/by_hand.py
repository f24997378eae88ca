"""Time that is passed by hand: streams woken in the order of time, over a clock that stands still.

The real code does everything, with the same transactions, the same mails and the same ledger.
Only Temporal is left out, whose part (waking in time) is played here.
"""

import heapq
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

from activities.performing import Performer
from domain.times.clock import Clock
from operations.house import House
from store import board, nurtures


class Wakings:
    """What sleeps in a house whose clock is set by hand, and wakes when its moment comes."""

    def __init__(self, house: House, performer: Performer, now: list[datetime], name: str) -> None:
        self.house = house
        self.performer = performer
        self.name = name
        self._now = now
        self._due: dict[str, datetime] = {}
        self._ahead: list[tuple[datetime, str]] = []

    @property
    def now(self) -> datetime:
        """Where the clock stands."""
        return self._now[0]

    def reach(self, at: datetime) -> None:
        """Put the clock forward; never back."""
        self._now[0] = max(at, self._now[0])

    def look(self, stream: str) -> None:
        """See when a deal or a nurture wants to be woken next."""
        self.sleep(stream, self._next_due(stream))

    def sleep(self, stream: str, until: datetime | None) -> None:
        """Wake the stream then, and not when it wanted to be woken before; None: never."""
        if until is None:
            self._due.pop(stream, None)
        elif self._due.get(stream) != until:
            self._due[stream] = until
            heapq.heappush(self._ahead, (until, stream))

    def sleep_all(self, streams: Iterable[tuple[str, datetime]]) -> None:
        """Wake each of these at its moment."""
        for stream, until in streams:
            self.sleep(stream, until)

    async def wake_next(self, until: datetime) -> bool:
        """Put the clock to the next moment, at most to `until`, and perform what is due then.

        False when nothing is due until then; the clock stands where it stood.
        """
        stream = self._next(until)
        if stream is None:
            return False
        await self.performer.perform(stream, f"{self.name}/{self.now.isoformat()}")
        self.look(stream)
        return True

    def _next(self, until: datetime) -> str | None:
        while self._ahead:
            at, stream = self._ahead[0]
            if at > until and self._due.get(stream) == at:
                return None
            heapq.heappop(self._ahead)
            if self._due.get(stream) == at:
                del self._due[stream]
                self.reach(at)
                return stream
        return None

    def _next_due(self, stream: str) -> datetime | None:
        kind, _, its_id = stream.partition("/")
        with self.house.store.read() as tx:
            if kind == "deal":
                row = board.row(tx, its_id)
                return row.next_due if row is not None else None
            run = nurtures.row(tx, its_id)
            return run.next_due if run is not None else None


@contextmanager
def clock_by_hand(house: House, start: datetime) -> Iterator[tuple[House, list[datetime]]]:
    """The same house under a clock that stands where the list says."""
    now = [start]

    def clock() -> Clock:
        return Clock(b0=now[0], w0=datetime.now(UTC), speed=1)

    other = House(replace(house.config, clock=clock))
    try:
        yield other, now
    finally:
        other.close()
