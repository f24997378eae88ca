"""Dates as exports write them: the order of day and month is found out, never guessed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final, Literal

from domain.commands import BEYOND, FIRST
from domain.refusal import Malformed

Order = Literal["iso", "dmy", "mdy"]

MIDDAY: Final = time(12, tzinfo=UTC)
"""What a date without an hour stands for: from UTC-12 to UTC+11 it is the same day."""

SOME_DAY: Final = datetime(9999, 12, 31, 13, tzinfo=UTC)

_HOUR: Final = r"(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?"
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})" + _HOUR)
_PARTS: Final = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?: \d{1,2}:\d\d(?::\d\d)?)?")
_CENTURY_TURNS: Final = 69
"""Two-digit years: 00 to 68 are 2000 to 2068, 69 to 99 are 1969 to 1999 (as POSIX has it)."""


@dataclass(frozen=True, slots=True)
class Written:
    """A date of one column in its place."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a column says about its order: the first value that only fits one."""

    iso: Written | None = None
    dmy: Written | None = None
    mdy: Written | None = None
    either: Written | None = None


def orders_of(
    columns: Mapping[str, Sequence[Written]], file: str, asked: Order | None = None
) -> dict[str, Order]:
    """The order of day and month in each column, from all of its values.

    A column that would fit both follows the file's other columns; where they say nothing
    either, it is refused: a wrong guess would be silent. `asked` decides instead. Raises
    Malformed with the column, and a line for each order that was found in it.
    """
    if asked is not None:
        return dict.fromkeys(columns, asked)
    seen = {name: _evidence(values) for name, values in columns.items()}
    found = {name: _decided(name, one, file) for name, one in seen.items()}
    sure = {order for order in found.values() if order is not None and order != "iso"}
    settled: dict[str, Order] = {}
    for name, order in found.items():
        if order is not None:
            settled[name] = order
        elif seen[name].either is None:
            settled[name] = "iso"
        elif len(sure) == 1:
            settled[name] = next(iter(sure))
        else:
            raise _ambiguous(name, seen[name], file)
    return settled


def parsed(text: str, order: Order, *, far: bool = False) -> datetime:
    """The moment of a date: midday UTC where no hour is given. Raises ValueError.

    `far`: what is only planned may lie at the end of time, as exports say "some day".
    """
    at, beyond = _parsed(text, order), SOME_DAY if far else BEYOND
    if not FIRST <= at < beyond:
        told = f"lies outside of the years {FIRST.year} to {beyond.year - (not far)}"
        raise ValueError(f'"{text[:40]}" {told}')
    return at.astimezone(UTC)


def _parsed(text: str, order: Order) -> datetime:
    iso = _ISO.fullmatch(text)
    try:
        if iso is not None:
            return _iso(iso)
        parts = _PARTS.fullmatch(text)
        if parts is not None and order != "iso":
            day, month = int(parts[1]), int(parts[3])
            if order == "mdy":
                day, month = month, day
            return datetime.combine(date(_year(parts[4]), month, day), MIDDAY)
    except ValueError:
        raise ValueError(f'"{text[:40]}" is no date that exists') from None
    raise ValueError(f'"{text[:40]}" is not a date as {_SHOWN[order]}')


_SHOWN: Final = {"iso": "year-month-day", "dmy": "day, month, year", "mdy": "month, day, year"}


def _iso(match: re.Match[str]) -> datetime:
    day = date(int(match[1]), int(match[2]), int(match[3]))
    if match[4] is None:
        return datetime.combine(day, MIDDAY)
    hour = time.fromisoformat(match[4])
    zone = (match[5] or "Z").replace("Z", "+00:00")
    return datetime.fromisoformat(f"{day}T{hour.isoformat()}{zone}")


def _year(text: str) -> int:
    number = int(text)
    if len(text) == 4:
        return number
    return number + (2000 if number < _CENTURY_TURNS else 1900)


def _evidence(values: Iterable[Written]) -> Evidence:
    found: dict[str, Written] = {}
    for one in values:
        if _ISO.fullmatch(one.text):
            found.setdefault("iso", one)
        elif parts := _PARTS.fullmatch(one.text):
            found.setdefault(_kind(parts), one)
    return Evidence(**found)


def _kind(parts: re.Match[str]) -> str:
    first, second = int(parts[1]), int(parts[3])
    if first > 12 >= second or (parts[2] == "." and second <= 12):
        return "dmy"  # with dots the day comes first, wherever dots are used
    if second > 12 >= first:
        return "mdy"
    return "either"


def _decided(name: str, seen: Evidence, file: str) -> Order | None:
    if seen.dmy is not None and seen.mdy is not None:
        told = (
            f'{name} has "{seen.dmy.text}" (line {seen.dmy.line}) and "{seen.mdy.text}" '
            f"(line {seen.mdy.line}): no one order of day and month fits both; "
            "say which one holds with --dates dmy or --dates mdy"
        )
        raise Malformed(told, f"{file}:{max(seen.dmy.line, seen.mdy.line)}")
    if seen.dmy is not None:
        return "dmy"
    if seen.mdy is not None:
        return "mdy"
    return "iso" if seen.iso is not None and seen.either is None else None


def _ambiguous(name: str, seen: Evidence, file: str) -> Malformed:
    one = seen.either
    assert one is not None
    told = (
        f'the dates of {name} can be read in two ways ("{one.text}"): '
        "say --dates dmy (day first) or --dates mdy (month first)"
    )
    return Malformed(told, f"{file}:{one.line}")
