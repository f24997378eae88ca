"""A wake-up that can be moved: one timer, however far, replaced when the moment changes."""

from collections.abc import Callable
from datetime import datetime, timedelta

from temporalio import workflow


class Alarm:
    """When a workflow is to wake, and whether somebody rang before."""

    def __init__(self, at: datetime | None, rung: bool = False) -> None:
        self.at = at
        self.rung = rung
        self._come = False
        self._moved = False

    @property
    def ringing(self) -> bool:
        """Whether it is time, whatever the clock of this run says."""
        return self.rung or self._come

    def set(self, at: datetime | None, come: bool = False) -> None:
        """Wake at another moment; None: only when rung. `come`: that moment is now."""
        if (at, come) != (self.at, self._come):
            self.at, self._come = at, come
            self._moved = True

    def ring(self) -> None:
        """Wake now."""
        self.rung = True

    async def wait(self, summary: Callable[[], str], stirred: Callable[[], bool]) -> bool:
        """Sleep until the moment, a ring, a change of the moment, or until `stirred`.

        True when it is time.
        """
        self._moved = False
        if self._due():
            return self._taken()
        timeout = None if self.at is None else max(self.at - workflow.now(), timedelta(0))
        try:
            await workflow.wait_condition(
                lambda: self.rung or self._moved or stirred(),
                timeout=timeout,
                timeout_summary=summary(),
            )
        except TimeoutError:
            return self._taken()
        return self._taken() if self.rung else False

    def _due(self) -> bool:
        return self.ringing or (self.at is not None and self.at <= workflow.now())

    def _taken(self) -> bool:
        self.rung = False
        return True
