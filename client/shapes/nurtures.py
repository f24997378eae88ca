"""Nurtures: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import NotRequired, TypedDict


class Launch(TypedDict):
    """Who enters a nurture, or would; moments are business time."""

    nurture: str
    version: int
    dry_run: bool
    found: int
    enrolled: int
    left_out: dict[str, int]
    out: "list[LeftOut]"
    unknown: list[str]
    first_touch: "str | None"
    last_first_touch: "str | None"
    busiest_minute: int
    enrollment_ids: list[str]
    started: NotRequired[int]


class LeftOut(TypedDict):
    """A contact that does not enter, and why (a stable word)."""

    contact_id: str
    reason: str


class NurtureLine(TypedDict):
    """A series that is published, and how many are in it."""

    nurture: str
    version: int
    purpose: str
    starts_on: "str | None"
    again: str
    active: int


class NurtureList(TypedDict):
    """Every series that is published."""

    nurtures: "list[NurtureLine]"


class NurtureView(TypedDict):
    """How a nurture goes: counts, why runs ended, and the newest runs."""

    nurture: str
    version: int
    active: int
    ended: int
    ended_because: dict[str, int]
    runs: "list[Run]"


class Run(TypedDict):
    """One contact in a nurture."""

    enrollment_id: str
    contact_id: str
    version: int
    status: str
    reason: "str | None"
    started_at: str
    next_at: "str | None"
    next: NotRequired["str | None"]


class StoppedRuns(TypedDict):
    """Runs that were stopped by hand, or would be."""

    nurture: str
    dry_run: bool
    stopped: int
    enrollment_ids: NotRequired[list[str]]
