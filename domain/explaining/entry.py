"""What is explained, and what the explanation is made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from domain.event import Happened
from domain.limits import Wait


@dataclass(frozen=True, slots=True)
class Heard:
    """An event with its place in its stream and the one who had it recorded (an id or a word)."""

    event: Happened
    version: int = 0
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Halt:
    """What keeps mail back whatever its deal says: the kill switch, or the halt of one mailbox.

    `mailbox` is None for the kill switch, `scope` "all" or "marketing", `since` in UTC.
    """

    since: datetime
    mailbox: str | None = None
    scope: str = "all"
    reason: str | None = None

    @property
    def word(self) -> str:
        """What the send ledger calls it, for a mail that waits for its end."""
        return "mail_stopped" if self.mailbox is None else "breaker"

    def keeps_back(self, mailbox: str, purpose: str) -> bool:
        """Whether a mail of this purpose that goes out of this mailbox waits for its end."""
        mine = self.mailbox in (None, mailbox)
        return mine and (self.scope == "all" or self.scope == purpose)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the facts of why a mail waits.

    `halts` keep back the mail of an enrollment, by its id; `waits` are what each mail waited for
    so far, by its touch, in their order. `then` says that a moment of the past is looked at.
    """

    halts: Mapping[str, Halt] = field(default_factory=dict)
    then: bool = False
    waits: Mapping[str, Sequence[Wait]] = field(default_factory=dict)


NOTHING: Final = Known()
"""Mail may go, and now is looked at."""


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
