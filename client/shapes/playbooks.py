"""Playbooks: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import NotRequired, TypedDict


class Change(TypedDict):
    """One difference: which part, where in it, and what it was and becomes (None: not there)."""

    part: str
    path: str
    before: "str | None"
    after: "str | None"


class Difference(TypedDict):
    """What publishing a file would change; without changes nothing is published."""

    playbook: str
    edition: int
    changes: "list[Change]"
    texts: list[str]
    in_flight: "list[InFlight]"
    warnings: NotRequired[list[str]]


class InFlight(TypedDict):
    """What a changed part means for those who are under way."""

    part: str
    count: int
    text: str


class PlaybookChecked(TypedDict):
    """A playbook file that may be published, and what somebody should look at before."""

    playbook: str
    file: str
    warnings: NotRequired[list[str]]


class PlaybookList(TypedDict):
    """The edition of every playbook that holds now, by name."""

    playbooks: "list[PlaybookView]"


class PlaybookView(TypedDict):
    """A published playbook: the edition that holds now."""

    playbook: str
    edition: int
    parts: dict[str, int]
    published_at: str
    published_by: str
    source: NotRequired["str | None"]


class Published(TypedDict):
    """What was published: the edition, the version of each part, and which of them are new."""

    playbook: str
    edition: int
    parts: dict[str, int]
    changed: list[str]
    warnings: NotRequired[list[str]]
    moved: NotRequired[int]
    woken: NotRequired[int]
