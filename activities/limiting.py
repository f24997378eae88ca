"""The limits of sending, asked of the store in the transaction that enters `data`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from activities.timekeeping import Timekeeper
from domain.facts import Facts
from domain.house_events import MailboxHalted
from domain.limits import (
    Cap,
    Held,
    MailLimits,
    Rate,
    Rival,
    caps_of,
    held_for_contact,
    in_hours,
    lets_first,
    trips,
)
from domain.permission import GO, HOLD, Verdict
from mail.outbox import MAIN
from store import departures, ledger, switches
from store.database import Tx
from store.departures import WORST
from store.ledger import Origin
from store.sends import Send
from store.switches import HALTED, MARKETING_HALTED, Switch

HOUSE: Final = "house/mail"
"""The stream of what happens to the mail room as a whole."""

OF_MAILBOX: Final = ("mailbox_minute", "mailbox_day")
SOON: Final = timedelta(seconds=1)


@dataclass(frozen=True)
class Limiter:
    """Says whether the limits let a mail go now; `rates` are those of single mailboxes."""

    limits: MailLimits = field(default_factory=MailLimits)
    rates: Mapping[str, Rate] = field(default_factory=dict)

    def verdict(self, tx: Tx, send: Send, facts: Facts, time: Timekeeper) -> Verdict:
        """`go`, or until when a mail to a contact waits and why.

        The contact is locked already; mailbox and domain are counted under locks of their own.
        """
        if send.contact_id is None:
            return GO
        held = (
            self._halted(tx, send, facts)
            or self._of_contact(tx, send, facts)
            or self._of_rates(tx, send, facts, time)
        )
        if held is None:
            return GO
        hours = facts.contact_hours(send.contact_id)
        until = in_hours(held, hours, send.touch_id)
        return Verdict("defer", held.word, _in_time(until, send, facts), held.key)

    def _halted(self, tx: Tx, send: Send, facts: Facts) -> Held | None:
        name = send.mailbox or MAIN
        asked = [f"{HALTED}:{name}"]
        if send.purpose == "marketing":
            asked.append(f"{MARKETING_HALTED}:{name}")
        on = any(one.is_on for one in switches.load_many(tx, asked).values())
        return Held("breaker", facts.now + HOLD) if on else None

    def _of_contact(self, tx: Tx, send: Send, facts: Facts) -> Held | None:
        assert send.contact_id is not None
        own = self.limits.contact
        since = facts.now - max(timedelta(days=own.days), own.gap)
        gone = departures.to_contact(tx, send.contact_id, since)
        held = held_for_contact(own, send.purpose, gone, facts.now)
        if held is not None:
            return held
        others = departures.rivals(tx, send.contact_id, send.touch_id)
        return lets_first(_as_rival(send), others, facts.now) if others else None

    def _of_rates(self, tx: Tx, send: Send, facts: Facts, time: Timekeeper) -> Held | None:
        name = send.mailbox or MAIN
        minute = timedelta(minutes=1) * time.clock().speed
        caps = caps_of(name, send.recipient_domain, self.limits, self.rates.get(name), minute)
        departures.take_turn(tx, [cap.key for cap in caps])
        holds = (_full(tx, cap, send, facts.now) for cap in caps)
        return max((one for one in holds if one), key=lambda one: one.until, default=None)


def _full(tx: Tx, cap: Cap, send: Send, now: datetime) -> Held | None:
    """Whether a cap holds the mail; who comes anew stands behind those that wait already."""
    sort: Literal["mailbox", "domain"] = "mailbox" if cap.word in OF_MAILBOX else "domain"
    since = now - cap.period
    ahead = departures.waiting(tx, cap.key, now, send.touch_id)
    its_turn = send.held_by == cap.key
    number, later = cap.place(0 if its_turn else ahead)
    freed = departures.nth_newest(tx, sort, cap.of, since, number)
    if freed is None and not later:
        return None
    if its_turn:  # others were quicker: to the end of the queue
        number, later = cap.place(ahead)
        freed = departures.nth_newest(tx, sort, cap.of, since, number)
    free = freed + cap.period if freed is not None else now
    return Held(cap.word, max(free + later, now + SOON), cap.key)


def _as_rival(send: Send) -> Rival:
    rank = WORST if send.rank is None else send.rank
    return Rival(send.touch_id, rank, send.window_closes, send.planned_at, send.reason)


def _in_time(until: datetime, send: Send, facts: Facts) -> datetime:
    """Not past the window: that it is missed is told when it is, not when there is room."""
    closes = send.window_closes
    if closes is None or facts.now > closes + facts.grace:
        return until
    return min(until, closes + facts.grace + timedelta(seconds=1))


def mail_came_back(
    tx: Tx,
    time: Timekeeper,
    contact_id: str,
    what: Literal["bounce", "complaint"],
    limits: MailLimits,
    touch_id: str | None = None,
) -> None:
    """A mail to a contact bounced or was called spam; its mailbox is judged.

    It is the one named, or, where nobody can tell, the one that left last.
    """
    named = departures.named(tx, touch_id) if touch_id else None
    which = named or departures.last_to(tx, contact_id)
    if which is not None and departures.came_back(tx, which[0], what, time.now()):
        judge(tx, time, which[1] or MAIN, limits)


def judge(tx: Tx, time: Timekeeper, mailbox: str, limits: MailLimits) -> list[str]:
    """Halt a mailbox that brought too many bounces or complaints; says what was halted.

    Judged since it was last let go on, so that a person's word holds until new ones come.
    """
    known, counted = tallied(tx, mailbox, limits)
    left, bounces, complaints = counted
    told: list[str] = []
    for scope in trips(limits.breaker, *counted):
        kept = known.get(_names(mailbox)[scope])
        if kept is not None and kept.is_on:
            continue
        sort, count = ("bounces", bounces) if scope == "all" else ("complaints", complaints)
        reason = f"{count} {sort} among its last {left} mails"
        now = time.now()
        switches.flip(tx, Switch(_names(mailbox)[scope], True, now, "sluice", reason))
        event = MailboxHalted(at=now, mailbox=mailbox, scope=scope, reason=reason)
        told_by = Origin(actor="sluice", recorded_at=time.wall(), cause="breaker")
        ledger.take_turn(tx)
        ledger.append(tx, HOUSE, ledger.head(tx, HOUSE), [event], told_by)
        told.append(scope)
    return told


def tallied(
    tx: Tx, mailbox: str, limits: MailLimits
) -> tuple[dict[str, Switch], tuple[int, int, int]]:
    """The switches of a mailbox, and what it is judged by: its last mails, bounces, complaints.

    They count from when it was last let go on.
    """
    known = switches.load_many(tx, list(_names(mailbox).values()))
    since = max((one.since for one in known.values() if not one.is_on), default=None)
    return known, departures.tally(tx, mailbox, since, limits.breaker.last)


def _names(mailbox: str) -> dict[str, str]:
    """The switch of each scope."""
    return {"all": f"{HALTED}:{mailbox}", "marketing": f"{MARKETING_HALTED}:{mailbox}"}
