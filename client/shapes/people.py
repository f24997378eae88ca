"""People: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import Any, Literal, NotRequired, TypedDict

from client.shapes.overviews import Card
from client.shapes.tasks import Draft


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


class Day(TypedDict):
    """What waits for a person."""

    person_id: str
    name: str
    zone: "str | None"
    now: str
    papers: "list[Paper]"
    waiting: int
    groups: "list[DayGroup]"
    late: int


class DayGroup(TypedDict):
    """The things of one kind, the most pressing first; `more` were left out."""

    kind: Literal["task", "promise", "reply", "our_turn", "stagnant"]
    lines: "list[Todo]"
    more: int


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


class Paper(TypedDict):
    """A draft that waits, and the deal that it is about (None: a nurture's)."""

    draft: "Draft"
    card: "Card | None"


class PersonList(TypedDict):
    """Everybody who uses Sluice, by name: those who work here, so one page holds them."""

    people: "list[Colleague]"


class SignedOut(TypedDict):
    """How many sessions of the person ended."""

    person_id: str
    ended: int


class Todo(TypedDict):
    """One thing to do: `todo` says what, `note` is what somebody wrote about it."""

    kind: Literal["task", "promise", "reply", "our_turn", "stagnant"]
    todo: str
    at: str
    late: bool
    card: "Card | None"
    note: NotRequired["str | None"]
    task_id: NotRequired["str | None"]
    promise_id: NotRequired["str | None"]


class Work(TypedDict):
    """What a person has to do: open deals and those that ended, open tasks, promises."""

    person_id: str
    name: str
    open_deals: int
    ended_deals: int
    tasks: int
    nurture_tasks: int
    promises: int
