"""How often a program may ask: counted in this process, a minute at a time."""

from collections import OrderedDict
from collections.abc import Callable
from math import ceil
from time import monotonic
from typing import Final

WINDOW_S: Final = 60.0
KEPT_MAX: Final = 10_000


class Pace:
    """Counts of the running minute, by who asks; nothing is kept over a restart."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def wait_s(self, who: str, per_minute: int) -> int:
        """Count one request; 0 when it may pass, else after how many seconds to ask again."""
        now = self._clock()
        since, count = self._counts.pop(who, (now, 0))
        if now - since >= WINDOW_S:
            since, count = now, 0
        self._counts[who] = (since, count + 1)
        if len(self._counts) > KEPT_MAX:
            self._counts.popitem(last=False)
        return ceil(WINDOW_S - (now - since)) if count >= per_minute else 0
