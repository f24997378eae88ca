"""People: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import NotRequired, TypedDict


class Colleague(TypedDict):
    """A user of Sluice as the doors show them."""

    person_id: str
    name: str
    email: NotRequired["str | None"]
    zone: NotRequired["str | None"]
    country: NotRequired["str | None"]
    locale: NotRequired["str | None"]
    manager_id: NotRequired["str | None"]
    groups: NotRequired[list[str]]
    active: NotRequired[bool]
    role: NotRequired["str | None"]
    created: NotRequired[bool]
    changed: NotRequired[list[str]]


class Me(TypedDict):
    """Who is asking, as events name them, and everything that they may do."""

    actor: str
    role: "str | None"
    permissions: list[str]


class PersonList(TypedDict):
    """Everybody who uses Sluice, by name."""

    people: "list[Colleague]"
