"""People: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import Any, NotRequired, TypedDict


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


class Invited(TypedDict):
    """An invite: whoever has `url` may set the password of this person, once."""

    person_id: str
    url: str
    expires_at: str


class JobView(TypedDict):
    """A job as the doors show it."""

    job_id: str
    kind: str
    actor: str
    status: str
    done: int
    total: int
    result: "dict[str, Any] | None"
    message: "str | None"
    started_at: str
    ended_at: "str | None"


class Me(TypedDict):
    """Who is asking, as events name them, and everything that they may do."""

    actor: str
    role: "str | None"
    permissions: list[str]


class PersonList(TypedDict):
    """Everybody who uses Sluice, by name: those who work here, so one page holds them."""

    people: "list[Colleague]"


class SignedOut(TypedDict):
    """How many sessions of the person ended."""

    person_id: str
    ended: int


class Work(TypedDict):
    """What a person has to do: open deals and those that ended, open tasks, promises."""

    person_id: str
    name: str
    open_deals: int
    ended_deals: int
    tasks: int
    nurture_tasks: int
    promises: int
