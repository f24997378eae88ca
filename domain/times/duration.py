"""Lengths of time as people write them: "14 days", "1 business day", "3-5 days since start"."""

import re
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import ClassVar, Final, Literal, Self, get_args

from domain.written import Written

Unit = Literal["minute", "hour", "day", "week", "month", "year", "business_day"]
Anchor = Literal["previous_touch", "start", "stage_entry"]

LONGEST_DAYS: Final = 3660
"""No duration is longer than ten years, so that no sum leaves the calendar."""

_UNITS: Final[tuple[Unit, ...]] = get_args(Unit)
_ANCHORS: Final[tuple[Anchor, ...]] = get_args(Anchor)
_ELAPSED: Final[dict[Unit, timedelta]] = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_LONGEST: Final[dict[Unit, int]] = {
    "minute": LONGEST_DAYS * 1440,
    "hour": LONGEST_DAYS * 24,
    "day": LONGEST_DAYS,
    "week": LONGEST_DAYS // 7,
    "month": LONGEST_DAYS // 30,
    "year": LONGEST_DAYS // 365,
    "business_day": LONGEST_DAYS * 5 // 7,
}
_UNIT_TEXT: Final = "(minute|hour|day|week|month|year|business day)s?"
_ANCHOR_TEXT: Final = "( since (" + "|".join(_ANCHORS) + "))?"
_DURATION: Final = f"^([1-9][0-9]*) {_UNIT_TEXT}$"
_SPAN: Final = f"^([1-9][0-9]*)(-([1-9][0-9]*))? {_UNIT_TEXT}{_ANCHOR_TEXT}$"
_READ_DURATION: Final = re.compile(_DURATION)
_READ_SPAN: Final = re.compile(_SPAN)


@dataclass(frozen=True, slots=True)
class Duration(Written):
    """A length of time: minutes, hours, days (24 h) and weeks elapse, whatever the clocks do;
    months and years follow the calendar of a zone, business days the hours of a reader.

    Raises ValueError when the amount is below 1 or the whole longer than ten years.
    """

    amount: int
    unit: Unit

    pattern: ClassVar[str] = _DURATION
    examples: ClassVar[tuple[str, ...]] = ("14 days", "1 business day", "48 hours")

    def __post_init__(self) -> None:
        if self.amount < 1:
            raise ValueError(f"a duration is at least 1 {_words(self.unit, 1)}")
        if self.amount > _LONGEST[self.unit]:
            raise ValueError(f"'{self}' is longer than ten years")

    @classmethod
    def parse(cls, text: str) -> Self:
        """The duration of "14 days", "1 business day", "30 minutes", "6 months" …

        Raises ValueError that says what to write instead.
        """
        match = _READ_DURATION.fullmatch(text)
        if match is None:
            raise ValueError(_advice(text, cls.how(), ranges=False))
        return cls(_number(match[1]), _unit(match[2]))

    @property
    def elapsed(self) -> timedelta | None:
        """Its length where that is the same on every day, None where a calendar decides."""
        one = _ELAPSED.get(self.unit)
        return None if one is None else one * self.amount

    def __str__(self) -> str:
        return f"{self.amount} {_words(self.unit, self.amount)}"


@dataclass(frozen=True, slots=True)
class Span(Written):
    """When a step may happen, counted from its anchor: not before `low`, and before `high`.

    Without `high` the window closes 48 h after it opened, or earlier: as long after it as
    `low` itself was. Raises ValueError when `high` is not later than `low` in the same unit.
    """

    low: Duration
    high: Duration | None = None
    anchor: Anchor = "previous_touch"

    pattern: ClassVar[str] = _SPAN
    examples: ClassVar[tuple[str, ...]] = ("3-5 days", "1 business day", "3 months since start")

    def __post_init__(self) -> None:
        if self.high is None:
            return
        if self.high.unit != self.low.unit:
            raise ValueError(f"'{self.low}' and '{self.high}' need the same unit")
        if self.high.amount <= self.low.amount:
            raise ValueError(self._wrong_order(self.low, self.high))

    @classmethod
    def parse(cls, text: str) -> Self:
        """The span of "3-5 days", "14 days" or "3 months since start".

        Raises ValueError that says what to write instead.
        """
        match = _READ_SPAN.fullmatch(text)
        if match is None:
            raise ValueError(_unknown_anchor(text) or _advice(text, cls.how(), ranges=True))
        unit = _unit(match[4])
        low = Duration(_number(match[1]), unit)
        high = Duration(_number(match[3]), unit) if match[3] else None
        return cls(low, high, _anchor(match[6]))

    def __str__(self) -> str:
        last = self.high or self.low
        amounts = f"{self.low.amount}-{last.amount}" if self.high else f"{self.low.amount}"
        since = "" if self.anchor == "previous_touch" else f" since {self.anchor}"
        return f"{amounts} {_words(last.unit, last.amount)}{since}"

    @staticmethod
    def _wrong_order(low: Duration, high: Duration) -> str:
        if low.amount == high.amount:
            return f"the ends are the same: write '{low}'"
        right = f"{high.amount}-{low.amount} {_words(low.unit, low.amount)}"
        return f"the shorter comes first: write '{right}'"


def _words(unit: Unit, amount: int) -> str:
    name = unit.replace("_", " ")
    return name if amount == 1 else name + "s"


def _unit(text: str) -> Unit:
    return next(unit for unit in _UNITS if unit == text.replace(" ", "_"))


def _anchor(text: str | None) -> Anchor:
    return next((anchor for anchor in _ANCHORS if anchor == text), "previous_touch")


def _number(digits: str) -> int:
    if len(digits) > 9:
        raise ValueError(f"'{digits[:9]}…' is longer than ten years")
    return int(digits)


_ALMOST: Final = re.compile(
    r"\s*(?P<low>[1-9][0-9]{0,8})\s*"
    r"(?:[-\u2013]\s*(?P<high>[1-9][0-9]{0,8}))?\s*"
    r"(?P<unit>[A-Za-z _]*?)\s*"
)


def _advice(text: str, how: str, ranges: bool) -> str:
    """What is wrong with this text, with its own amount put right where we can guess it."""
    shown = text if len(text) <= 40 else text[:40] + "…"
    found = _ALMOST.fullmatch(text)
    unit = found and _meant(found["unit"])
    if found is None or (found["unit"] and unit is None):
        return f"'{shown}' is not a length of time: write {how}"
    if found["high"] and not ranges:
        right = Duration(int(found["high"]), unit or "day")
        return f"'{shown}' is a range, one length is wanted here: write '{right}'"
    amounts = f"{found['low']}-{found['high']}" if found["high"] else found["low"]
    if unit is None:
        return f"'{shown}' has no unit: write '{amounts} days' or '{amounts} hours'"
    last = int(found["high"] or found["low"])
    return f"'{shown}' is not a length of time: write '{amounts} {_words(unit, last)}'"


_SHORT: Final[dict[str, Unit]] = {
    "m": "minute", "min": "minute", "mins": "minute", "h": "hour", "hr": "hour", "hrs": "hour",
    "d": "day", "w": "week", "mo": "month", "y": "year", "bd": "business_day",
    "working day": "business_day", "working days": "business_day", "workdays": "business_day",
}  # fmt: skip


def _meant(word: str) -> Unit | None:
    name = word.lower().replace("_", " ").strip()
    if name in _SHORT:
        return _SHORT[name]
    plain = {unit.replace("_", " "): unit for unit in _UNITS}
    close = get_close_matches(name.removesuffix("s"), plain, n=1, cutoff=0.7)
    return plain[close[0]] if close else None


def _unknown_anchor(text: str) -> str | None:
    head, since, anchor = text.partition(" since ")
    if not since or not _READ_SPAN.fullmatch(head):
        return None
    close = get_close_matches(anchor, _ANCHORS, n=1)
    meant = f", did you mean '{close[0]}'?" if close else f": write one of {', '.join(_ANCHORS)}"
    return f"'{anchor}' is no moment to count from{meant}"
