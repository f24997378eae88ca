"""The rounds: morning mails, doubts, the audit that wakes what should have woken, and upkeep."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.applying import LEFT_BEHIND
from activities.contract import MAKE_ROUNDS, Rounds, deal_workflow_id, nurture_workflow_id
from activities.crashpoints import crashpoint
from activities.leftovers import end_left_over
from activities.morning import Mornings, house_calendar, next_morning, staff
from activities.perform import heartbeats
from activities.performing import Performer
from domain.times.calendar import Calendar
from mail.flaws import Flawed, RenderFailed
from store import board, commands, nudges, nurtures
from store.errors import Unreachable
from store.people import Person

AUDIT_EVERY = timedelta(minutes=5)
"""Wall time between two audits."""

OVERDUE = timedelta(minutes=2)
"""How late, in wall time, a stream may be before the audit has its workflow woken."""

AUDITED_MAX = 500
"""Of one sort, what one audit looks at; the oldest first, the rest at the next one."""

SHORTEST = timedelta(seconds=1)

log = logging.getLogger("sluice.rounds")


class RoundsMaker:
    """Goes round the house when Temporal says so."""

    def __init__(
        self,
        performer: Performer,
        mornings: Mornings,
        playbook: str,
        settle_doubts: Callable[[], int] = lambda: 0,
        forget_ignored: Callable[[], int] = lambda: 0,
    ) -> None:
        self.performer = performer
        self.settle_doubts = settle_doubts
        self.forget_ignored = forget_ignored
        self.mornings = mornings
        self.playbook = playbook
        self.store, self.time = mornings.store, mornings.time

    @activity.defn(name=MAKE_ROUNDS)
    async def make_rounds(self) -> Rounds:
        """Plan and hand over morning mails, nudge what is overdue, say when to come again."""
        crashpoint("rounds.begun")
        info = activity.info()
        owner = f"{info.workflow_run_id}/{info.activity_id}/{info.attempt}"
        async with heartbeats():
            try:
                again_in = await self.go_round(owner)
            except Unreachable as down:
                raise ApplicationError(down.reason, type="Unreachable") from None
        crashpoint("rounds.answered")
        return Rounds(again_in=again_in)

    async def go_round(self, owner: str) -> timedelta:
        """One round; how long until the next one, in wall time."""

        def look() -> tuple[list[str], timedelta]:
            with self.store.read() as tx:
                calendar, known = house_calendar(tx, self.playbook), staff(tx)
            now = self.time.now()
            coming = [next_morning(person, now, calendar) for person in known]
            for person in known:
                self._plan(person, calendar)
            waits = [AUDIT_EVERY, *(self._wall_until(at) for at in coming)]
            return [f"person/{person.person_id}" for person in known], min(waits)

        streams, wait = await asyncio.to_thread(look)
        for stream in streams:
            await self.performer.deliver_open(stream, owner)
        settler = self.performer.settler
        await asyncio.to_thread(end_left_over, self.store, settler, owner, streams)
        await asyncio.to_thread(self.settle_doubts)
        await asyncio.to_thread(self.audit)
        await asyncio.to_thread(self.forget_ignored)
        return max(wait, SHORTEST)

    def _plan(self, person: Person, calendar: Calendar) -> None:
        """Words that are wrong cost the morning mail, never the audit behind it."""
        try:
            self.mornings.plan(person, calendar)
        except (Flawed, RenderFailed) as wrong:
            log.warning("no morning mail can be written: %s", type(wrong).__name__)

    def audit(self) -> int:
        """Nudge what should have moved by itself; says how many nudges that took.

        Streams whose moment has passed and that nobody woke, and those with a command that was
        accepted and left. A stream with a nudge gets no second one: while the engine is down
        they would add up at every round.
        """
        wall = self.time.wall()
        late = self.time.clock().now(wall - OVERDUE)
        with self.store.write() as tx:
            overdue = board.due(tx, late, limit=AUDITED_MAX)
            runs = nurtures.due(tx, late, limit=AUDITED_MAX)
            left = commands.unanswered(tx, wall - LEFT_BEHIND, AUDITED_MAX)
            found = [deal_workflow_id(row.deal_id) for row in overdue]
            found += [nurture_workflow_id(row.enrollment_id) for row in runs]
            found += [kept.stream for kept in left if kept.stream.startswith("deal/")]
            missing = nudges.without(tx, found)
            nudges.add(tx, missing, "audit", wall)
        return len(missing)

    def _wall_until(self, at: datetime) -> timedelta:
        return self.time.clock().to_wall(at) - self.time.wall()
