"""People, asked: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import NotRequired, TypedDict


class Heir(TypedDict):
    """Who takes the work, by id or address."""

    to: str


class NewPerson(TypedDict):
    """Somebody who is to use Sluice; what is None stays as it is for a known one."""

    email: str
    name: NotRequired["str | None"]
    zone: NotRequired["str | None"]
    country: NotRequired["str | None"]
    locale: NotRequired["str | None"]
    manager: NotRequired["str | None"]
    groups: NotRequired["list[str] | None"]
    active: NotRequired["bool | None"]
    role: NotRequired["str | None"]
