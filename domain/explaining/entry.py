"""What is explained, and what the explanation is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.event import Happened


@dataclass(frozen=True, slots=True)
class Heard:
    """An event with its place in its stream and the one who had it recorded (an id or a word)."""

    event: Happened
    version: int = 0
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """One thing that was done, was not, or is to come.

    `status` is sent, refused, in_doubt, missed, cancelled, skipped, told, done, not_done, came,
    did_not_come or not_made for what is past; open, planned, held or barred for what is to
    come; not_begun for a sequence that waits behind a gate. `at` is when it was settled or will
    be (UTC; None: not before something changes), `would_need` what would have to be true for it
    to happen, where it does not.

    `cause` is why its sequence began, `rule` the version of the rule (`simple/cadence:row@1`),
    `values` the facts that it rests on (moments in UTC), `actor` who settled it and `version`
    where in the stream; both are None for what is to come.
    """

    step: str
    status: str
    at: datetime | None
    why: list[str]
    would_need: str | None = None
    part: str | None = None
    cause: str | None = None
    rule: str | None = None
    values: Mapping[str, datetime | str] = field(default_factory=dict)
    actor: str | None = None
    version: int | None = None
    touch_id: str | None = None
