"""A database restored from an older backup: what may have gone since then is held in doubt.

The memory that was lost may have sent whatever came due after the backup, and this one knows
nothing of it. So the time between is lived through once more, as the playbooks say it, before a
relay of which nobody learns anything: every mail of that time becomes *in doubt*, keeps its words
and waits for evidence or for a person, and what comes after it is counted from its moment.
"""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from activities.morning import HOUR, house_calendar, staff
from activities.performing import Performer
from domain.refusal import Malformed
from domain.times.calendar import Calendar, Hours
from mail.handover import Pool, Talk
from mail.outcome import InDoubt, Rejected, TryLater
from operations import moments
from operations.by_hand import Wakings
from operations.house import House
from operations.post.mail_work import mail_work
from store.people import Person

REASON: Final = "restore: it may have gone between the backup and its restoring"
"""Why such a mail is in doubt; the first word is stable."""

NAME: Final = "restore"
"""Whose attempts these are, in the send ledger."""


class NoWire(Pool):
    """A relay of which nobody learns anything: it is never connected, every mail is in doubt."""

    def __init__(self) -> None:
        super().__init__("smtp://127.0.0.1:25")
        self.held = 0

    @asynccontextmanager
    async def talk(self) -> AsyncIterator[Talk]:
        """A conversation with nobody."""
        yield _Silence(self)


class _Silence(Talk):
    def __init__(self, wire: NoWire) -> None:
        super().__init__(wire)
        self._wire = wire

    async def envelope(self, sender: str, recipient: str) -> Rejected | TryLater | None:
        return None

    async def data(self, payload: bytes) -> InDoubt:
        self._wire.held += 1
        return InDoubt(REASON)


@dataclass(frozen=True)
class LostTime:
    """The time between a backup and its restoring, on the house's clock."""

    begins: datetime
    ends: datetime

    @classmethod
    def since(cls, house: House, said: str) -> "LostTime":
        """From the moment that a person names until now. Raises Malformed."""
        with house.store.read() as tx:
            hours = Hours.of(house_calendar(tx, house.config.default_playbook))
        now, where = house.time.now(), "--restored-at"
        if len(said.strip()) <= len("2026-03-02"):
            told = "say the time as well, as in 2026-03-02T14:30+01:00: mail depends on it"
            raise Malformed(told, where)
        at = moments.past(said, hours, now, where)
        if at > now:
            told = f"{moments.spoken(at, hours)} is still to come; say when the backup was made"
            raise Malformed(told, where)
        return cls(at, now)


async def live_through(
    past: House,
    hand: list[datetime],
    lost: LostTime,
    due: Iterable[tuple[datetime, str]],
    tell: Callable[[datetime], None] = lambda _: None,
) -> int:
    """Hold what may have gone in the lost time; says how many mails are in doubt now.

    `past` is the house under a clock set by hand, standing where the lost time begins. A mail
    that was unfinished in the backup is held if it was to be tried until now; what is due later
    goes its way.
    No worker may run meanwhile. May be repeated: what was held is held once.
    """
    wire = NoWire()
    async with mail_work(past) as work:
        real = work.performer
        wires = dict.fromkeys(real.pools, wire)
        performer = Performer(past.store, past.time, real.writer, wire, real.limiter, wires)
        wakings = Wakings(past, performer, hand, NAME)
        wakings.sleep_all((stream, at) for at, stream in due)
        with past.store.read() as tx:
            calendar, known = house_calendar(tx, past.config.default_playbook), staff(tx)
        mornings = _mornings(known, calendar, lost)
        for at, person in [*mornings, (lost.ends, None)]:
            while await wakings.wake_next(at):
                tell(wakings.now)
            wakings.reach(at)
            if person is not None:
                work.mornings.plan(person, calendar)
        for person in known:
            await performer.deliver_open(f"person/{person.person_id}", NAME)
    return wire.held


def _mornings(
    known: Iterable[Person], calendar: Calendar, lost: LostTime
) -> list[tuple[datetime, Person]]:
    """Whose morning mail of today was due in the lost time, and when; older ones never go."""
    due = [(_morning(person, calendar, lost.ends), person) for person in known]
    within = [(at, person) for at, person in due if lost.begins < at <= lost.ends]
    return sorted(within, key=lambda one: one[0])


def _morning(person: Person, calendar: Calendar, now: datetime) -> datetime:
    """When today's morning mail of a person was due."""
    hours = Hours.of(calendar, person.zone, person.country)
    return now.astimezone(hours.zone).replace(hour=HOUR, minute=0, second=0, microsecond=0)
