"""Whether a calendar's rules close it for good, asked of a file before it is published."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from typing import Any, Final, TypeVar

from domain.strict import Objection, sequence
from domain.times.opening import Blackout, WorkingDays, usual_week

CLOSED_MAX: Final = 366
"""Days in a row that may be closed in a file; weekends and holidays may come on top."""

Said = TypeVar("Said", WorkingDays, Blackout)


def closed_objections(raw: Mapping[str, Any]) -> Iterator[Objection]:
    """Objects to a calendar without an open day for over a year: deals would have no date.

    In the week of the file or in one that is usual somewhere: readers may have any of them.
    Not asked of what was published before: deals in flight hold on to it and must be read.
    """
    blackouts = list(_read(Blackout, sequence(raw.get("blackout"))))
    weeks = [*_read(WorkingDays, [raw.get("working_days")]), usual_week("PL"), usual_week("EG")]
    black = {
        one.first.toordinal() + day
        for one in blackouts
        for day in range((one.last - one.first).days + 1)
    }
    for week in weeks:
        begun = None
        for day in range(min(black, default=1), max(black, default=0) + 1):
            if day not in black and date.fromordinal(day).weekday() in week.days:
                begun = None
            elif begun is None:
                begun = day
            elif day - begun > CLOSED_MAX:
                told = f"no day is open for a year from {date.fromordinal(begun)}; leave one open"
                yield Objection(("blackout",), told)
                return


def _read(kind: type[Said], values: Iterable[object]) -> Iterator[Said]:
    """Those of the values that can be read; of the others something else complains."""
    for value in values:
        with suppress(ValueError, TypeError):
            yield kind.accept(value)
