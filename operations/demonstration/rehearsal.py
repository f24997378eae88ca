"""Living through a stretch of time at once: commands at their moments, and what is due between."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from activities.applying import apply_command
from activities.contract import deal_workflow_id
from domain import commands as c
from domain.ids import deal_id_for
from operations.by_hand import Wakings
from operations.desk import kept_command
from operations.house import House
from operations.post.mail_work import MailWork
from store import commands

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
        self.wakings = Wakings(house, work.performer, now, ACTOR)
        self.refused: list[str] = []

    async def live(
        self, scenes: Sequence[Scene], until: datetime, tell: Callable[[datetime], None]
    ) -> None:
        """Play all scenes and perform what is due, in the order of time, up to `until`."""
        coming = deque(sorted(scenes))
        while True:
            scene = coming[0] if coming else None
            if not await self.wakings.wake_next(scene.at if scene else until):
                if scene is None or scene.at > until:
                    break
                self._apply(coming.popleft())
            tell(self.wakings.now)
        self.wakings.reach(until)

    def _apply(self, scene: Scene) -> None:
        self.wakings.reach(scene.at)
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
        self.wakings.look(deal_workflow_id(deal_id))
