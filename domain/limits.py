"""How much mail may go: out of one mailbox, to one domain, and to one contact over everything.

Asked in the transaction that enters `data`, of mail to contacts; notices to our own people count
and are never held. A day is the last 24 hours of business time, a minute the last 60 seconds of
wall time, so nothing bursts when a calendar day begins.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from domain.enrollment import Enrollment
from domain.ids import spread
from domain.times.calendar import Hours

DAY: Final = timedelta(hours=24)
LOOK_AGAIN: Final = timedelta(minutes=5)
"""How long a mail that lets another go first waits until it asks again."""
OPENING: Final = timedelta(hours=2)
"""What was held over a night is spread over so much of the next open day."""

WORDS: Final = {
    "mailbox_minute": "its mailbox has sent what it may in a minute",
    "mailbox_day": "its mailbox has sent what it may in a day",
    "domain_minute": "that domain has got what it may in a minute",
    "domain_day": "that domain has got what it may in a day",
    "contact_gap": "the contact had a mail only just now",
    "contact_cap": "the contact has had as many mails as one may get",
    "marketing_cap": "the contact has had as much marketing as one may get",
    "other_first": "a mail that matters more goes to the contact first",
    "breaker": "its mailbox was halted: too many bounces or complaints",
    "minimum_gap": "the gap between two mails to one contact",
    "mail_stopped": "all mail is stopped",
    "outside_send_window": "it is not the hour to write",
    "relay: try later": "the relay said to try later",
    "downtime": "an outage or a pause had swallowed its window",
}
"""Why a mail waits, for people, by the stable word that the send ledger keeps."""

OF_CONTACT: Final = frozenset({"minimum_gap", "contact_gap", "contact_cap", "marketing_cap"})
"""What holds a mail for its contact's sake: there an order matters."""

CAPS: Final = OF_CONTACT | {
    *("mailbox_minute", "mailbox_day", "domain_minute", "domain_day", "other_first"),
}
"""What holds a mail because others go. That is no outage: who waits past the window misses it."""


@dataclass(frozen=True, slots=True)
class Wait:
    """That a mail waited, and for what; in business time, `until` is when it is tried again.

    Tried again in vain, for the same reason, it is one wait of several `tries`, and `until`
    belongs to the last of them.
    """

    since: datetime
    until: datetime
    reason: str
    tries: int = 1


def held_at(waits: Sequence[Wait], at: datetime) -> Wait | None:
    """The wait of a mail at a moment: the last that had begun, if it was not over.

    One before it may have been meant to last longer, and was cut short.
    """
    begun = [one for one in waits if one.since <= at]
    return begun[-1] if begun and at < begun[-1].until else None


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many mails in a minute of wall time and a day of business time; None: no limit."""

    per_minute: int | None = None
    per_day: int | None = None


@dataclass(frozen=True, slots=True)
class ContactLimits:
    """What one contact may get by itself, over all deals and nurtures.

    `gap` lies between any two mails; `any` and `marketing` are the most in the last `days`.
    """

    gap: timedelta = timedelta(hours=1)
    days: int = 7
    any: int = 5
    marketing: int = 3


@dataclass(frozen=True, slots=True)
class Breaker:
    """When a mailbox is halted by itself, judged over its last `last` mails.

    Bounces halt all of its mail, complaints its marketing; both need a number and a share.
    """

    last: int = 500
    bounces: int = 5
    bounce_share: float = 0.05
    complaints: int = 2
    complaint_share: float = 0.003


@dataclass(frozen=True, slots=True)
class SoftBounces:
    """From how many soft bounces within which time on an address counts as gone."""

    count: int = 3
    within: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class MailLimits:
    """All limits of the house; a mailbox may bring its own rate."""

    mailbox: Rate = field(default_factory=Rate)
    domain: Rate = field(default_factory=lambda: Rate(per_day=5_000))
    contact: ContactLimits = field(default_factory=ContactLimits)
    breaker: Breaker = field(default_factory=Breaker)
    soft_bounces: SoftBounces = field(default_factory=SoftBounces)


@dataclass(frozen=True, slots=True)
class Cap:
    """One rate as it is asked: so many `of` one thing within `period` (business time)."""

    word: str
    of: str
    most: int
    period: timedelta

    @property
    def key(self) -> str:
        """What mails that wait for room under this cap are found by."""
        return f"{self.word}:{self.of}"

    def place(self, ahead: int) -> tuple[int, timedelta]:
        """Behind `ahead` waiting mails: which of the newest departures makes room, and how
        many whole periods later. The newest is 1.
        """
        rounds, rest = divmod(ahead, self.most)
        return self.most - rest, rounds * self.period


@dataclass(frozen=True, slots=True)
class Gone:
    """A mail that left for a contact, or may have: when (business time), and what for."""

    at: datetime
    purpose: str


@dataclass(frozen=True, slots=True)
class Held:
    """Why a mail waits, and until when (business time); `key` names the queue it stands in."""

    word: str
    until: datetime
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Rival:
    """A mail to the same contact that has not gone: its rank, its window's end, its next try."""

    touch_id: str
    rank: int
    closes: datetime | None
    at: datetime
    reason: str | None


ANSWER, CADENCE, WELCOME, CHECK_IN, NURTURE = range(5)


def rank_of(one: Enrollment) -> int:
    """How much a mail of this enrollment matters, the least number most.

    Answers first (what a person read and let go, what follows a reply), then deal cadences,
    the series after a win, those after a loss or another sequence, all other nurtures.
    """
    if one.approved or one.because.endswith(":answered"):
        return ANSWER
    if one.part.startswith("cadence:"):
        return CADENCE
    if one.because == "won":
        return WELCOME
    return CHECK_IN if one.because.startswith(("lost", "nurture:", "cadence:")) else NURTURE


def caps_of(
    mailbox: str, domain: str | None, limits: MailLimits, own: Rate | None, minute: timedelta
) -> list[Cap]:
    """The rates that hold for one mail, in the order in which they are locked and asked.

    `own` is the rate of this very mailbox; `minute` what a minute of wall time is in business
    time.
    """
    asked = [("mailbox", mailbox, own or limits.mailbox)]
    if domain is not None:
        asked.append(("domain", domain, limits.domain))
    found: list[Cap] = []
    for sort, of, rate in asked:
        if rate.per_minute is not None:
            found.append(Cap(f"{sort}_minute", of, rate.per_minute, minute))
        if rate.per_day is not None:
            found.append(Cap(f"{sort}_day", of, rate.per_day, DAY))
    return found


def held_for_contact(
    limits: ContactLimits, purpose: str, gone: Iterable[Gone], now: datetime
) -> Held | None:
    """What the contact got lately that holds a mail of this purpose now; the longest hold."""
    newest = sorted(gone, key=lambda one: one.at, reverse=True)
    marketing = [one for one in newest if one.purpose == "marketing"]
    days = timedelta(days=limits.days)
    asked = [("contact_gap", newest, 1, limits.gap), ("contact_cap", newest, limits.any, days)]
    if purpose == "marketing":
        asked.append(("marketing_cap", marketing, limits.marketing, days))
    free = [
        Held(word, some[most - 1].at + period)
        for word, some, most, period in asked
        if len(some) >= most
    ]
    holds = [one for one in free if one.until > now]
    return max(holds, key=lambda one: one.until, default=None)


def lets_first(mine: Rival, others: Iterable[Rival], now: datetime) -> Held | None:
    """Whether another mail to the contact goes first: it matters more, or its window ends sooner.

    Only one that is due, or that waits for the contact's sake: going now would hold it again.
    """
    before = [
        one
        for one in others
        if order(one) < order(mine)
        and (one.at <= now or one.reason in OF_CONTACT or one.reason == "other_first")
    ]
    if not before:
        return None
    first = min(before, key=order)
    return Held("other_first", max(first.at, now) + LOOK_AGAIN)


def order(one: Rival) -> tuple[int, bool, datetime, str]:
    """Who goes first of those that wait for one contact: rank, then the earliest window's end."""
    return one.rank, one.closes is None, one.closes or one.at, one.touch_id


def in_hours(held: Held, hours: Hours, key: str) -> datetime:
    """When a held mail is tried again: in the reader's hours, and not all at their opening."""
    at = hours.next_open(held.until)
    if at == held.until:
        return at
    return hours.next_open(at + spread(key, "held") * OPENING)


def trips(limits: Breaker, left: int, bounces: int, complaints: int) -> Sequence[str]:
    """What a mailbox is halted for after so many mails: "all" for bounces, "marketing"."""
    share_of = max(left, 1)
    found: list[str] = []
    if bounces >= limits.bounces and bounces / share_of >= limits.bounce_share:
        found.append("all")
    if complaints >= limits.complaints and complaints / share_of >= limits.complaint_share:
        found.append("marketing")
    return found
