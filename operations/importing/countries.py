"""Countries as people write them in a column: names in English, codes, and common mistakes."""

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Final

_ALSO: Final = {
    "uk": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "great britain": "GB",
    "usa": "US",
    "u.s.": "US",
    "u.s.a.": "US",
    "america": "US",
    "uae": "AE",
    "korea": "KR",
    "holland": "NL",
    "czech republic": "CZ",
    "turkey": "TR",
    "russia": "RU",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A country's code and name; `exact` when the text named it without a doubt."""

    code: str
    name: str
    exact: bool


def country_of(text: str) -> Place | None:
    """The country that a text means (ISO 3166-1), None when it cannot be told."""
    names = _names()
    wanted = " ".join(text.casefold().split())
    if wanted.upper() in _codes():
        return Place(wanted.upper(), _codes()[wanted.upper()], True)
    if wanted in names:
        return Place(names[wanted], _codes()[names[wanted]], True)
    if wanted in _ALSO:
        return Place(_ALSO[wanted], _codes()[_ALSO[wanted]], False)
    near = get_close_matches(wanted[:60], names, n=1, cutoff=0.85)
    return Place(names[near[0]], _codes()[names[near[0]]], False) if near else None


@cache
def _codes() -> dict[str, str]:
    # Imported when needed: the command line should not wait for it.
    from babel import Locale

    named = Locale.parse("en").territories
    return {code: name for code, name in named.items() if len(code) == 2 and code.isalpha()}


@cache
def _names() -> dict[str, str]:
    return {name.casefold(): code for code, name in _codes().items()}
