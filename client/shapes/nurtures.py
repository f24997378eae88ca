"""Nurtures: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import NotRequired, TypedDict

from client.shapes.deals import Reason


class Launch(TypedDict):
    """Who enters a nurture, or would; moments are business time."""

    playbook: str
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


class NurtureExplanation(TypedDict):
    """Every time that a contact was in a series, the newest first, and whether it may enter now."""

    playbook: str
    nurture: str
    contact_id: str
    runs: "list[RunExplained]"
    left_out: "str | None"
    why: "str | None"


class NurtureLine(TypedDict):
    """A series that is published, and how many are in it."""

    playbook: str
    nurture: str
    version: int
    purpose: str
    starts_on: "str | None"
    again: str
    active: int


class NurtureList(TypedDict):
    """Every series that is published: as many as the playbooks define."""

    nurtures: "list[NurtureLine]"


class NurtureState(TypedDict):
    """How a series goes, and one page of its runs in the order of their starts."""

    playbook: str
    nurture: str
    version: int
    active: int
    ended: int
    ended_because: dict[str, int]
    runs: "list[Run]"
    next: "str | None"


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


class RunExplained(TypedDict):
    """One time that the contact was in the series: its touches, the past first."""

    enrollment_id: str
    version: int
    status: str
    started_at: str
    touches: "list[Reason]"


class StoppedRuns(TypedDict):
    """Runs that were stopped by hand, or would be."""

    playbook: str
    nurture: str
    dry_run: bool
    stopped: int
    enrollment_ids: NotRequired[list[str]]
