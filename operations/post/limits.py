"""The limits of sending as they stand: what each mailbox has sent, and what its breaker counts."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from activities.limiting import tallied
from domain.limits import DAY, caps_of
from operations.deal_view import View
from operations.house import House
from operations.post.mailboxes import Halted, halted_in, names
from store import departures
from store.database import Tx

MANY: Final = 10_000
"""Mails of a day are counted up to here where no limit ends the counting before."""


class MailboxStands(View):
    """A mailbox: what it sent in the last minute (wall time) and day, of how many it may.

    None: there is no limit. `waiting` mails stand in its queues. `left`, `bounces` and
    `complaints` are what its breaker judges by: its last mails since it was last let go on.
    """

    mailbox: str
    minute: int
    per_minute: int | None
    day: int
    per_day: int | None
    waiting: int
    left: int
    bounces: int
    complaints: int
    halted: tuple[Halted, ...] = ()


def stand_in(tx: Tx, house: House) -> Iterator[MailboxStands]:
    """How each mailbox stands now, in a transaction that reads more."""
    limits, now = house.config.limits, house.time.now()
    rates = {one.name: one.rate for one in house.config.outboxes}
    minute = timedelta(minutes=1) * house.time.clock().speed
    halted = halted_in(tx)
    for name in names(house):
        rate = rates.get(name) or limits.mailbox
        caps = caps_of(name, None, limits, rates.get(name), minute)
        _, (left, bounces, complaints) = tallied(tx, name, limits)
        yield MailboxStands(
            mailbox=name,
            minute=departures.tally(tx, name, now - minute, rate.per_minute or MANY)[0],
            per_minute=rate.per_minute,
            day=departures.tally(tx, name, now - DAY, rate.per_day or MANY)[0],
            per_day=rate.per_day,
            waiting=sum(departures.waiting(tx, cap.key, now, but="") for cap in caps),
            left=left,
            bounces=bounces,
            complaints=complaints,
            halted=tuple(one for one in halted if one.mailbox == name),
        )
