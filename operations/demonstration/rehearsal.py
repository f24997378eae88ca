"""Living through a stretch of time at once: commands at their moments, and what is due between.

The real code does everything, over a clock that is set by hand: the same transactions, the same
mails, the same ledger. Only Temporal is left out, whose part (waking in time) is played here.
"""

import heapq
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from activities.applying import apply_command
from activities.contract import deal_workflow_id
from domain import commands as c
from domain.ids import deal_id_for
from domain.times.clock import Clock
from operations.desk import kept_command
from operations.house import House
from operations.post.mail_work import MailWork, mail_work
from store import board, commands

ACTOR = "rehearsal"


@dataclass(frozen=True, order=True)
class Scene:
    """One command at its moment (business time). `play` names the deal it belongs to."""

    at: datetime
    number: int
    play: str
    command: Any


class Rehearsal:
    """A house whose clock stands where it is put, and the deals that live through the time."""

    def __init__(self, house: House, work: MailWork, now: list[datetime]) -> None:
        self.house = house
        self.work = work
        self._now = now
        self._due: dict[str, datetime] = {}
        self._ahead: list[tuple[datetime, str]] = []
        self.refused: list[str] = []

    async def live(
        self, scenes: Sequence[Scene], until: datetime, tell: Callable[[datetime], None]
    ) -> None:
        """Play all scenes and perform what is due, in the order of time, up to `until`."""
        coming = sorted(scenes)
        while True:
            scene = coming[0] if coming else None
            stream = self._next_stream(scene.at if scene else until)
            if stream is not None:
                await self._perform(stream)
            elif scene is not None and scene.at <= until:
                coming.pop(0)
                self._apply(scene)
            else:
                break
            tell(self._now[0])
        self._now[0] = until

    def _next_stream(self, before: datetime) -> str | None:
        while self._ahead:
            at, stream = self._ahead[0]
            if self._due.get(stream) != at:
                heapq.heappop(self._ahead)
                continue
            if at > before:
                return None
            heapq.heappop(self._ahead)
            self._now[0] = max(at, self._now[0])
            return stream
        return None

    async def _perform(self, stream: str) -> None:
        await self.work.performer.perform(stream, f"{ACTOR}/{self._now[0].isoformat()}")
        self._look(stream)

    def _apply(self, scene: Scene) -> None:
        self._now[0] = max(scene.at, self._now[0])
        opening = f"{ACTOR}:{scene.play}"
        deal_id = deal_id_for(opening)
        opens = isinstance(scene.command, c.OpenDeal)
        command_id = opening if opens else f"{opening}:{scene.number}"
        with self.house.store.write() as tx:
            kept = kept_command(self.house, scene.command, ACTOR, deal_id, command_id)
            commands.keep(tx, kept)
        receipt = apply_command(self.house.store, self.house.time, command_id)
        if receipt.status == "refused":
            self.refused.append(f"{scene.play}: {receipt.message}")
        self._look(deal_workflow_id(deal_id))

    def _look(self, stream: str) -> None:
        with self.house.store.read() as tx:
            row = board.row(tx, stream.partition("/")[2])
        at = row.next_due if row is not None else None
        if at is None:
            self._due.pop(stream, None)
            return
        self._due[stream] = at
        heapq.heappush(self._ahead, (at, stream))


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


async def rehearse(
    house: House,
    scenes: Sequence[Scene],
    start: datetime,
    until: datetime,
    tell: Callable[[datetime], None] = lambda _: None,
) -> list[str]:
    """Live from `start` to `until`; gives the refusals, of which a sound script has none.

    Mails go to the house's relay, which has to be on loopback: history goes to nobody.
    """
    with clock_by_hand(house, start) as (past, now):
        async with mail_work(past) as work:
            rehearsal = Rehearsal(past, work, now)
            await rehearsal.live(scenes, until, tell)
            return rehearsal.refused
