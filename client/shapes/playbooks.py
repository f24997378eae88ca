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


class EditionLine(TypedDict):
    """One publication: when, by whom, and which parts it changed or took away."""

    edition: int
    published_at: str
    published_by: str
    changed: list[str]


class Flying(TypedDict):
    """How many are in flight under one version of a part; `stages` says where open deals stand."""

    version: int
    count: int
    stages: NotRequired[list[list[str | int]]]


class InFlight(TypedDict):
    """What a changed part means for those who are under way."""

    part: str
    count: int
    text: str
    stages: NotRequired[list[list[str | int]]]


class PartLine(TypedDict):
    """A part of a playbook: the version that holds, since when, by whom, and who is under which."""

    part: str
    version: int
    published_at: str
    published_by: str
    flying: NotRequired["list[Flying]"]
    gone: NotRequired[bool]


class PlaybookChanges(TypedDict):
    """What differs between two editions, part by part, and in words."""

    changes: "list[Change]"
    texts: list[str]


class PlaybookChecked(TypedDict):
    """A playbook file that may be published, and what somebody should look at before."""

    playbook: str
    file: str
    warnings: NotRequired[list[str]]


class PlaybookHistory(TypedDict):
    """The publications of a playbook, the newest first."""

    editions: "list[EditionLine]"


class PlaybookList(TypedDict):
    """The edition of every playbook that holds now, by name: a house has a few."""

    playbooks: "list[PlaybookView]"


class PlaybookView(TypedDict):
    """A published playbook: the edition that holds now."""

    playbook: str
    edition: int
    parts: dict[str, int]
    published_at: str
    published_by: str
    source: NotRequired["str | None"]
    made: NotRequired[bool]


class Published(TypedDict):
    """What was published: the edition, the version of each part, and which of them are new."""

    playbook: str
    edition: int
    parts: dict[str, int]
    changed: list[str]
    warnings: NotRequired[list[str]]
    moved: NotRequired[int]
    woken: NotRequired[int]


class Shelved(TypedDict):
    """A published playbook with its parts; `open_deals` are those in flight under any version."""

    playbook: str
    edition: int
    published_at: str
    published_by: str
    parts: "list[PartLine]"
    open_deals: int
