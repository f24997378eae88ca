"""Where a reader is: the names of time zones and countries, checked with a suggestion."""

import re
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

_COUNTRY: Final = "^[A-Z]{2}$"
_MEANT: Final = {"UK": "GB", "EL": "GR", "EN": "GB"}
_NOT_PLACES: Final = ("right/", "posix/", "localtime", "posixrules", "Factory")


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo:
    """The time zone of this IANA name. Raises ValueError with the nearest name there is."""
    if name.startswith(_NOT_PLACES):
        raise ValueError(f"'{name}' is no place: write a name such as 'Europe/Warsaw'")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone '{name[:60]}'{_nearest_zone(name)}") from None


def zone(value: object) -> str:
    """The name itself when there is such a time zone, else ValueError."""
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a time zone: write a name such as 'Europe/Warsaw'")
    return zone_named(value).key


def country(value: object) -> str:
    """The two upper-case letters of a country (ISO 3166-1), else ValueError.

    Whether the letters stand for a country is asked when its holidays are looked up.
    """
    if value is False:
        raise ValueError('without quotes this reads as "no": write country: "NO"')
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a country: write two letters such as PL")
    meant = _MEANT.get(value.upper())
    if meant or (len(value) == 2 and re.match(_COUNTRY, value.upper()) and value.upper() != value):
        raise ValueError(f"'{value}' is not a country code, did you mean {meant or value.upper()}?")
    if not re.fullmatch(_COUNTRY, value):
        raise ValueError(f"'{value[:60]}' is not a country code: write two letters such as PL")
    return value


def _checked_zone(value: object) -> str:
    try:
        return zone(value)
    except ValueError as error:
        raise PydanticCustomError("zone", "{reason}", {"reason": str(error)}) from error


def _checked_country(value: object) -> str:
    try:
        return country(value)
    except ValueError as error:
        raise PydanticCustomError("country", "{reason}", {"reason": str(error)}) from error


Zone = Annotated[
    str,
    BeforeValidator(_checked_zone),
    WithJsonSchema({"type": "string", "examples": ["Europe/Warsaw", "America/New_York"]}),
]
"""An IANA time zone name that exists."""

Country = Annotated[
    str,
    BeforeValidator(_checked_country),
    WithJsonSchema({"type": "string", "pattern": _COUNTRY, "examples": ["PL", "US"]}),
]
"""An ISO 3166-1 country code, two upper-case letters."""


def _nearest_zone(name: str) -> str:
    wanted = name[:60].strip().lower().replace(" ", "_")
    names = _zones()
    close = get_close_matches(wanted, names, n=1, cutoff=0.6)
    if wanted in _cities():
        return f", did you mean '{_cities()[wanted]}'?"
    if close:
        return f", did you mean '{names[close[0]]}'?"
    return ": write a name such as 'Europe/Warsaw'"


@cache
def _zones() -> dict[str, str]:
    # Nobody who writes GMT+2 means Etc/GMT+2: its sign is the other way round.
    unwanted = (*_NOT_PLACES, "Etc/", "GMT")
    names = (name for name in available_timezones() if not name.startswith(unwanted))
    return {name.lower(): name for name in sorted(names)}


@cache
def _cities() -> dict[str, str]:
    """Europe/Warsaw by "warsaw": people leave the region out."""
    return {lower.rpartition("/")[2]: name for lower, name in reversed(_zones().items())}
