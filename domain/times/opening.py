"""When an office is open, as people write it: working days, the send window, days of rest."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Final, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from domain.written import Written

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
"""Names of the days of the week in a file, in the order of `date.weekday()`."""

_DAY: Final = "(" + "|".join(DAYS) + ")"
_MINUTES_A_DAY: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class WorkingDays(Written):
    """The days of the week on which people work: "Mon-Fri", "Sun-Thu" or a list of days.

    `days` are numbers as `date.weekday()` gives them, in the order of the week.
    Raises ValueError when there is none.
    """

    days: tuple[int, ...]

    pattern: ClassVar[str] = f"^{_DAY}(-{_DAY})?$"
    examples: ClassVar[tuple[str, ...]] = ("Mon-Fri", "Sun-Thu")

    def __post_init__(self) -> None:
        if not self.days:
            raise ValueError("at least one working day is needed: write Mon-Fri")

    @classmethod
    def parse(cls, text: str) -> Self:
        """The days of "Mon-Fri", "Sun-Thu" (over the end of the week) or "Mon"."""
        match = re.fullmatch(cls.pattern, text)
        if match is None:
            raise ValueError(f"'{text[:40]}' is not a range of days: write {cls.how()}")
        first, last = DAYS.index(match[1]), DAYS.index(match[3] or match[1])
        return cls(tuple(sorted((first + n) % 7 for n in range((last - first) % 7 + 1))))

    @classmethod
    def accept(cls, value: object) -> Self:
        """As `parse`; a list names the days one by one, each once."""
        if not isinstance(value, Sequence) or isinstance(value, str):
            return super(WorkingDays, cls).accept(value)
        for day in value:
            if day not in DAYS:
                raise ValueError(f"{day!r} is not a day: write {', '.join(DAYS)}")
        if len(set(value)) != len(value):
            raise ValueError("a day stands here twice")
        return cls(tuple(sorted(DAYS.index(day) for day in value)))

    def written(self) -> str | list[str]:
        """As a file says it: a range where the days follow each other, else a list."""
        starts = [day for day in self.days if (day - 1) % 7 not in self.days]
        if len(self.days) == 7:
            return "Mon-Sun"
        if len(starts) > 1:
            return [DAYS[day] for day in self.days]
        if len(self.days) == 1:
            return DAYS[self.days[0]]
        return f"{DAYS[starts[0]]}-{DAYS[(starts[0] + len(self.days) - 1) % 7]}"

    def __str__(self) -> str:
        written = self.written()
        return written if isinstance(written, str) else ", ".join(written)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validated,
            serialization=core_schema.plain_serializer_function_ser_schema(
                cls.written, when_used="json"
            ),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        text = super(WorkingDays, cls).__get_pydantic_json_schema__(schema, handler)
        one = {"type": "string", "enum": list(DAYS)}
        days = {"type": "array", "items": one, "minItems": 1, "uniqueItems": True}
        return {"anyOf": [text, days]}


@dataclass(frozen=True, slots=True)
class SendWindow(Written):
    """The hours of a day in which a mail may go: from `opens` up to, not including, `closes`.

    Both are minutes after midnight on the reader's clock. Raises ValueError when nothing
    lies between them.
    """

    opens: int
    closes: int

    pattern: ClassVar[str] = "^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
    examples: ClassVar[tuple[str, ...]] = ("09:00-17:00", "08:30-18:00")

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= _MINUTES_A_DAY:
            raise ValueError(
                f"'{self}' is empty, a window closes on the day it opens: write {self.how()}"
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """The window of "09:00-17:00". Raises ValueError that says what to write instead."""
        if not re.fullmatch(cls.pattern, text):
            raise ValueError(f"'{text[:40]}' is not a window of hours: write {cls.how()}")
        opens, closes = (int(clock[:2]) * 60 + int(clock[3:]) for clock in text.split("-"))
        return cls(opens, closes)

    def __str__(self) -> str:
        return "-".join(f"{at // 60:02}:{at % 60:02}" for at in (self.opens, self.closes))


@dataclass(frozen=True, slots=True)
class Blackout(Written):
    """Days, both ends included, on which nothing goes out and nobody works.

    Raises ValueError when the end comes first or lies over a year later.
    """

    first: date
    last: date

    pattern: ClassVar[str] = "^[0-9]{4}-[0-9]{2}-[0-9]{2}( to [0-9]{4}-[0-9]{2}-[0-9]{2})?$"
    examples: ClassVar[tuple[str, ...]] = ("2026-12-24", "2026-12-24 to 2027-01-01")

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"the earlier day comes first: write '{self.last} to {self.first}'")
        if (self.last - self.first).days > 366:
            raise ValueError(f"'{self}' is longer than a year")

    @classmethod
    def parse(cls, text: str) -> Self:
        """The days of "2026-12-24" or "2026-12-24 to 2027-01-01"."""
        if not re.fullmatch(cls.pattern, text):
            raise ValueError(f"'{text[:40]}' is not a day or a range of days: write {cls.how()}")
        first, _, last = text.partition(" to ")
        return cls(_date(first), _date(last or first))

    @classmethod
    def accept(cls, value: object) -> Self:
        """As `parse`; a date, as some readers of YAML give it, is that one day."""
        if isinstance(value, date) and not isinstance(value, datetime):
            return cls(value, value)
        return super(Blackout, cls).accept(value)

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"there is no day '{text}': write year-month-day") from None


_FRIDAY_SATURDAY: Final = frozenset(
    # Common local practice, which CLDR's week data confirms for all but BD, MV and PS.
    {"BD", "BH", "DZ", "EG", "IL", "IQ", "JO", "KW", "LY", "MV", "OM", "PS", "QA", "SA"}
    | {"SD", "SY", "YE"}
)
_SUNDAY_TO_THURSDAY: Final = WorkingDays((0, 1, 2, 3, 6))
_MONDAY_TO_FRIDAY: Final = WorkingDays((0, 1, 2, 3, 4))


def usual_week(country: str | None) -> WorkingDays:
    """The working week that is common in a country: Sunday to Thursday where people rest
    on Friday and Saturday, else Monday to Friday."""
    return _SUNDAY_TO_THURSDAY if country in _FRIDAY_SATURDAY else _MONDAY_TO_FRIDAY
