"""Reading the clock: the one place, beside the doors, that knows what time it is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from domain.times.clock import Clock

GRACE = timedelta(seconds=3)
"""How much later than its slot, in wall time, a touch may go whose timer was already due."""


def wall_time() -> datetime:
    """Now, as the machine has it."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Timekeeper:
    """Business time and wall time. Workflows never ask it: they are given wall moments."""

    clock: Callable[[], Clock] = Clock.real
    wall: Callable[[], datetime] = wall_time

    def now(self) -> datetime:
        """Business time."""
        return self.clock().now(self.wall())

    def to_wall(self, business_at: datetime | None) -> datetime | None:
        """The wall time at which it is that business time."""
        return None if business_at is None else self.clock().to_wall(business_at)

    def grace(self) -> timedelta:
        """`GRACE` as business time."""
        return GRACE * self.clock().speed
