"""Business time against wall time: the same thing in production, fast for demo and tests."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
"""An aware datetime, kept in UTC."""


class Clock(BaseModel):
    """Business time = b0 + speed x (wall - w0).

    Pure: the wall time is always an argument. `b0` is the business time at the wall time
    `w0`, `speed` how many business seconds pass in one wall second.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    b0: Moment
    w0: Moment
    speed: float = Field(default=1.0, ge=0.01, le=1e7, allow_inf_nan=False)

    @classmethod
    def real(cls) -> Self:
        """The clock of production: business time is wall time."""
        return cls(b0=_EPOCH, w0=_EPOCH, speed=1.0)

    def now(self, wall: datetime) -> datetime:
        """The business time (UTC) at this wall time."""
        return self.b0 + (wall - self.w0) * self.speed

    def to_wall(self, business_at: datetime) -> datetime:
        """The first wall time (UTC, to the microsecond) at which it is this business time."""
        wall = self.w0 + (business_at - self.b0) / self.speed
        # The division rounds to the nearest microsecond; a timer set from it must never
        # fire a moment too early, or what it was set for would not be due yet.
        while self.now(wall) < business_at:
            wall += _TICK
        return wall

    def resumed(self, stopped: datetime, started: datetime) -> Self:
        """The clock after business time stood still between these two wall times."""
        return type(self)(b0=self.now(stopped), w0=started, speed=self.speed)
