"""Memory: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import Literal, NotRequired, TypedDict

from client.shapes.people import JobView


class Examination(TypedDict):
    """One thing examined: whether it works, wants a look or fails, and why, in words."""

    name: str
    state: Literal["works", "look", "fails"]
    text: str
    engine: NotRequired[bool]


class Examined(TypedDict):
    """Whether everything works, and each thing examined; what wants a `look` is no failure."""

    works: bool
    findings: "list[Examination]"


class Finding(TypedDict):
    """Something that does not agree: which check found it, where, and what it is."""

    check: str
    where: str
    message: str


class Health(TypedDict):
    """Whether the memory is whole, and what does not agree."""

    whole: bool
    findings: "list[Finding]"


class JobList(TypedDict):
    """The last jobs, the newest first; nobody needs those before them."""

    jobs: "list[JobView]"
