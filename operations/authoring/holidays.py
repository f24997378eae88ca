"""Public holidays as dates, resolved when a playbook is published; nothing else asks for them."""

import re
from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from importlib.metadata import version
from typing import Final

from domain.refusal import Malformed

BUSINESS_COUNTRIES: Final = (
    *("AE", "AR", "AT", "AU", "BE", "BG", "BR", "CA", "CH", "CL", "CO", "CY", "CZ", "DE", "DK"),
    *("EE", "EG", "ES", "FI", "FR", "GB", "GR", "HR", "HU", "IE", "IL", "IN", "IT", "JP", "KR"),
    *("LT", "LU", "LV", "MX", "NL", "NO", "NZ", "PL", "PT", "RO", "SA", "SE", "SG", "SI", "SK"),
    *("TR", "UA", "US", "ZA"),
)
"""Where readers mostly are: every playbook knows their holidays without naming them."""

YEARS_AHEAD: Final = 3
"""A published calendar knows the holidays of its own year and the two that follow."""


def resolve(countries: Iterable[str], years: Iterable[int]) -> dict[str, list[date]]:
    """The national public holidays of these countries in these years, in order.

    Countries are ISO 3166-1 codes, listed in the answer in alphabetical order; holidays of
    a region or a bank alone are not among them. A country may truly have none (holidays are
    suspended in Ukraine): its list is empty, and closures go into the playbook's blackout.
    Raises Malformed for a country without a table, with the code that may be meant.
    """
    wanted, span = sorted(set(countries)), tuple(sorted(set(years)))
    for country in wanted:
        _known(country)
    return {country: list(_dates(country, span)) for country in wanted}


def years_from(today: date) -> range:
    """The years whose holidays a calendar published today must know."""
    return range(today.year, today.year + YEARS_AHEAD)


def holidays_from() -> str:
    """Where the dates come from, kept with the calendar: the package and its version."""
    return f"holidays {version('holidays')}"


@lru_cache(maxsize=1024)
def _dates(country: str, years: tuple[int, ...]) -> tuple[date, ...]:
    # Imported when needed: it takes longer to load than the rest of the command line.
    import holidays

    return tuple(sorted(holidays.country_holidays(country, years=years)))


def _known(country: str) -> None:
    names, spellings = _names(), _spellings()
    if country in names:
        return
    squeezed = country.replace(" ", "").lower()[:60]
    close = get_close_matches(squeezed, spellings, n=1, cutoff=0.75) if len(squeezed) > 3 else []
    meant = spellings.get(squeezed) or (spellings[close[0]] if close else None)
    advice = (
        f", did you mean {meant} ({names[meant]})?" if meant else ": write two letters, e.g. PL"
    )
    raise Malformed(f"no holidays are known for the country '{country[:60]}'{advice}")


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """The two-letter codes that have a table, and what the countries are called."""
    return {entry[1]: re.sub("(?<=[a-z])(?=[A-Z])", " ", entry[0]) for entry in _registry()}


@lru_cache(maxsize=1)
def _spellings() -> dict[str, str]:
    """The code by every other way to write the country: "poland", "pol", "uk"."""
    return {other.lower(): entry[1] for entry in _registry() for other in entry}


def _registry() -> list[tuple[str, ...]]:
    from holidays.registry import COUNTRIES

    return list(COUNTRIES.values())
