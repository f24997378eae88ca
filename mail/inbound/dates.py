"""Dates as people write them in mails, in many languages, read relative to the mail's own day.

Names of months and weekdays come from the Unicode CLDR through Babel. A date without a year is
the next one at most `FARTHEST_GUESS` days ahead; figures that could be day/month or month/day
are read only where one reading alone is possible.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from babel.dates import get_day_names, get_month_names

FARTHEST_GUESS = 200  # days from the mail's day, for a date without a year
FARTHEST = 550  # days, for a date with one

LOCALES = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "tr", "bg", "id", "ru", "uk", "sv", "da",
           "nb", "fi", "cs", "sk", "ro", "hu")  # fmt: skip
_ALSO = {"sept": 9, "mär": 3, "märz": 3, "feber": 2, "jänner": 1, "agt": 8, "okt": 10, "des": 12,
         "marzec": 3, "ноем": 11}  # fmt: skip
_TOMORROW = (r"\btomorrow\b|\bdemain\b|\bdomani\b|\bjutro\b|\byarın\b|\bзавтра\b|\bутре\b|\bbesok\b"
             r"|明天|明日")  # fmt: skip


@dataclass(frozen=True)
class Found:
    """A date at a place of the text; `range_end` where it ends a range like "10-14 Nov"."""

    start: int
    end: int
    date: date
    range_end: bool = False


def folded(text: str) -> str:
    """Text as the patterns want it: one width, no case (ß is ss), plain apostrophes."""
    plain = unicodedata.normalize("NFKC", text).replace("İ", "i").casefold()
    return plain.replace("’", "'").replace("–", "-").replace("—", "-")


def dates_in(text: str, sent: date, month_first: bool) -> list[Found]:
    """The dates in folded text that are not before `sent`, in the order of the text.

    `month_first`: the writer's language may put the month first (English).
    """
    taken: list[Found] = []
    for found in _candidates(text, sent, month_first):
        if all(found.end <= other.start or found.start >= other.end for other in taken):
            taken.append(found)
    return sorted(taken, key=lambda found: found.start)


def _candidates(text: str, sent: date, month_first: bool) -> Iterator[Found]:
    patterns = _patterns()
    for match in patterns["iso"].finditer(text):
        yield from _on(match, sent, match["y"], match["m"], match["d"])
    for match in patterns["cjk"].finditer(text):
        yield from _on(match, sent, match["y"], match["m"], match["d"])
    for match in patterns["month_range"].finditer(text):
        yield from _on(match, sent, match["y"], _month(match["m"]), match["d"], True)
    for name in ("day_month", "month_day"):
        for match in patterns[name].finditer(text):
            yield from _on(match, sent, match["y"], _month(match["m"]), match["d"])
    for match in patterns["dots"].finditer(text):
        yield from _on(match, sent, match["y"], match["m"], match["d"])
    for match in patterns["slash"].finditer(text):
        yield from _either(match, sent, month_first)
    for match in patterns["weekday"].finditer(text):
        ahead = (_weekdays()[match.group().rstrip(".")] - sent.weekday() - 1) % 7 + 1
        yield Found(match.start(), match.end(), sent + timedelta(days=ahead))
    for match in patterns["tomorrow"].finditer(text):
        yield Found(match.start(), match.end(), sent + timedelta(days=1))


def _on(
    match: re.Match[str],
    sent: date,
    year: str | None,
    month: str | int,
    day: str,
    range_end: bool = False,
) -> Iterator[Found]:
    found = _date(sent, year, int(month), int(day))
    if found:
        yield Found(match.start(), match.end(), found, range_end)


def _either(match: re.Match[str], sent: date, month_first: bool) -> Iterator[Found]:
    one, two = int(match["a"]), int(match["b"])
    readings = {_date(sent, match["y"], two, one)}
    if month_first:
        readings.add(_date(sent, match["y"], one, two))
    possible = {reading for reading in readings if reading}
    if len(possible) == 1:
        yield Found(match.start(), match.end(), possible.pop())


def _date(sent: date, year: str | None, month: int, day: int) -> date | None:
    if year:
        whole = int(year) if len(year) == 4 else 2000 + int(year)
        return _fit(sent, whole, month, day, FARTHEST)
    this = _fit(sent, sent.year, month, day, FARTHEST_GUESS)
    return this or _fit(sent, sent.year + 1, month, day, FARTHEST_GUESS)


def _fit(sent: date, year: int, month: int, day: int, farthest: int) -> date | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if timedelta(0) <= found - sent <= timedelta(days=farthest) else None


def _month(name: str) -> int:
    return _months()[name.rstrip(".")]


@cache
def _months() -> dict[str, int]:
    """Name to number; a word that means two months in two languages is left out."""
    names: dict[str, set[int]] = {}
    for locale in LOCALES:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in get_month_names(width, context, locale).items():
                    word = folded(name).rstrip(".")
                    if len(word) >= 3 and not word.isdigit():
                        names.setdefault(word, set()).add(number)
    for word, number in _ALSO.items():
        names.setdefault(word, set()).add(number)
    return {word: numbers.pop() for word, numbers in names.items() if len(numbers) == 1}


@cache
def _weekdays() -> dict[str, int]:
    names: dict[str, set[int]] = {}
    for locale in LOCALES:
        for number, name in get_day_names("wide", "format", locale).items():
            names.setdefault(folded(name), set()).add(number)
    # Inflected after a preposition, as in "w poniedziałek", "во вторник", "в среду".
    for word, number in {"среду": 2, "пятницу": 4, "субботу": 5, "środę": 2, "sobotę": 5,
                         "segunda": 0, "terça": 1, "quarta": 2, "quinta": 3, "sexta": 4,
                         "星期一": 0, "星期二": 1, "星期三": 2, "星期四": 3, "星期五": 4,
                         "周一": 0, "周二": 1, "周三": 2, "周四": 3, "周五": 4,
                         "月曜日": 0, "火曜日": 1, "水曜日": 2, "木曜日": 3, "金曜日": 4,
                         }.items():  # fmt: skip
        names.setdefault(word, set()).add(number)
    # "thứ", "luni" and the like: a word for two days in two languages is no help.
    return {word: numbers.pop() for word, numbers in names.items() if len(numbers) == 1}


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    months = "|".join(sorted(map(re.escape, _months()), key=len, reverse=True))
    days = "|".join(sorted(map(re.escape, _weekdays()), key=len, reverse=True))
    year = r"(?:,?\s{0,2}(?:(?:de|del|of)\s)?(?P<y>20\d\d)(?!\d))?"
    ordinal = r"(?:st|nd|rd|th|er|ère|e|º|ª|°|\.)?"
    return {
        "iso": re.compile(r"(?<!\d)(?P<y>20\d\d)[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})(?!\d)"),
        "cjk": re.compile(
            r"(?:(?P<y>20\d\d)\s?年\s?)?(?<!\d)(?P<m>\d{1,2})\s?月\s?(?P<d>\d{1,2})\s?[日号號]"
        ),
        "month_range": re.compile(
            rf"\b(?P<m>{months})\.?\s{{1,2}}\d{{1,2}}\s?-\s?(?P<d>\d{{1,2}})(?!\d){year}"
        ),
        "day_month": re.compile(
            rf"(?<!\d)(?P<d>\d{{1,2}}){ordinal}\s{{0,2}}(?:(?:of|de|di|d')\s{{0,2}})?"
            rf"(?:the\s)?(?P<m>{months})(?![^\W\d_])\.?{year}"
        ),
        "month_day": re.compile(
            rf"\b(?P<m>{months})\.?\s{{1,2}}(?:the\s)?(?P<d>\d{{1,2}})(?!\d|:\d\d)"
            rf"(?:st|nd|rd|th)?{year}"
        ),
        "dots": re.compile(
            r"(?<![\d.])(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.(?:\s?(?P<y>20\d\d|\d\d)(?![\d:]))?"
            r"(?!\d)"
        ),
        "slash": re.compile(
            r"(?<![\d/.-])(?P<a>\d{1,2})(?P<s>[/-])(?P<b>\d{1,2})"
            r"(?:(?P=s)(?P<y>20\d\d|\d\d))?(?![\d/-])"
        ),
        "weekday": re.compile(
            rf"(?<!\w)(?:{days})(?!\w)|星期[一二三四五]|周[一二三四五]|[月火水木金]曜日"
        ),
        "tomorrow": re.compile(_TOMORROW),
    }
