"""The end of a mail: its row in the send ledger and what the ledger is told, together."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from activities import streams
from activities.limiting import judge
from activities.planning import outcome_events, plan_of_send, record_events
from activities.returning import returned_before
from activities.timekeeping import Timekeeper
from domain.agenda import Aggregate
from domain.event import Happened
from domain.facts import Facts
from domain.house_events import SoftBounced, Suppressed
from domain.limits import MailLimits
from domain.settling import Outcome as Ending
from domain.settling import postponed, settle_notice
from domain.touch_events import DoubtReleased
from mail.outbox import MAIN
from store import contacts, departures, ledger, links, nudges, sends, situation, suppression
from store.database import Tx
from store.ledger import Origin
from store.sends import Send

Standing = tuple[Aggregate, Facts] | None
"""The stream that a mail belongs to and the facts about it; None for a morning mail."""


@dataclass(frozen=True, slots=True)
class End:
    """How a mail ended, why, and what the relay said.

    `suppress`: its address is no more; `soft`: it takes no mail for now.
    """

    word: Ending
    reason: str = ""
    reply: str | None = None
    suppress: bool = False
    soft: bool = False


def standing_of(tx: Tx, time: Timekeeper, send: Send) -> Standing:
    """How things stand for this mail now, its contact and its stream locked, in this order."""
    if send.contact_id is not None:
        contacts.lock(tx, send.contact_id)
    if send.stream.startswith(("person/", "contact/")):
        return None
    state = streams.load(tx, send.stream, lock=True)
    return state, situation.facts_for(tx, state, time.now(), time.grace())


@dataclass(frozen=True)
class Settler:
    """Ends mails that an attempt holds."""

    time: Timekeeper
    limits: MailLimits

    def finish(self, tx: Tx, send: Send, owner: str, standing: Standing, end: End) -> None:
        """End the row and tell the ledger; nothing when the row is no longer this attempt's."""
        now = self.time.now()
        moved = sends.finish(
            tx,
            send.touch_id,
            owner,
            end.word,
            self.time.wall(),
            reason=end.reason or None,
            reply=end.reply,
            sent_at=now if end.word == "sent" else None,
        )
        if not moved and not self._arrived_after_all(tx, send, owner, standing, end):
            return
        if standing is None:
            settled = settle_notice(send.touch_id, end.word, now, end.reason)
            told = Origin(actor="sluice", recorded_at=self.time.wall(), cause=send.template)
            ledger.append(tx, send.stream, ledger.head(tx, send.stream), [settled], told)
            self._speaks_of_address(tx, send, end)
            return
        state, facts = standing
        gone = end.suppress or self._once_too_often(tx, send, end)
        events = outcome_events(state, send, end.word, facts, end.reason, gone)
        record_events(tx, state, events, facts, self.time)
        self._speaks_of_address(tx, send, end)

    def postpone(self, tx: Tx, send: Send, owner: str, standing: Standing, reason: str) -> bool:
        """Move a mail whose window an outage swallowed into one of its own, row and ledger
        together; False, and nothing changed, where there is no slot for it.
        """
        if standing is None:
            return False
        state, facts = standing
        later = postponed(state, plan_of_send(send), facts)
        if later is None:
            return False
        event, plan = later
        times = {"slot_at": plan.slot_at, "opens": plan.opens, "closes": plan.closes}
        if sends.move(tx, send.touch_id, owner, reason, **times, moved=plan.moved):
            links.forget(tx, send.touch_id)
            record_events(tx, state, [event], facts, self.time)
        return True

    def _speaks_of_address(self, tx: Tx, send: Send, end: End) -> None:
        """What the relay's answer says about the address, kept with its contact."""
        if end.suppress:
            self._nobody_there(tx, send, "hard_bounce")
        elif end.soft and send.contact_id is not None:
            often = self._once_too_often(tx, send, end)
            now, its_id = self.time.now(), send.contact_id
            events: list[Happened] = [SoftBounced(at=now, contact_id=its_id)]
            if often:
                reason = suppression.SOFT_BOUNCES
                events.append(Suppressed(at=now, contact_id=its_id, reason=reason))
            stream, wall = f"contact/{its_id}", self.time.wall()
            told = Origin(actor="sluice", recorded_at=wall, cause="soft_bounce")
            ledger.append(tx, stream, ledger.head(tx, stream), events, told)
            if often:
                self._nobody_there(tx, send, suppression.SOFT_BOUNCES)

    def _once_too_often(self, tx: Tx, send: Send, end: End) -> bool:
        """Whether this soft bounce is the one with which the address counts as gone."""
        if not end.soft or send.contact_id is None:
            return False
        rule = self.limits.soft_bounces
        return returned_before(tx, send.contact_id, rule, self.time.now()) + 1 >= rule.count

    def _nobody_there(self, tx: Tx, send: Send, reason: str) -> None:
        """The mailbox is no more, or as good as that: barred, and it counts as a bounce."""
        now = self.time.now()
        if departures.came_back(tx, send.touch_id, "bounce", now):
            judge(tx, self.time, send.mailbox or MAIN, self.limits)
        contact = contacts.load(tx, send.contact_id) if send.contact_id is not None else None
        if contact is not None and contact.email_key is not None:
            suppression.add(tx, contact.email_key, reason, now)

    def _arrived_after_all(
        self, tx: Tx, send: Send, owner: str, standing: Standing, end: End
    ) -> bool:
        """A doubt that this very attempt, slow or frozen and taken for dead, can settle: it went.

        Not when later touches went meanwhile; a person settles that one.
        """
        row = sends.load(tx, send.touch_id)
        if end.word != "sent" or row is None or (row.status, row.owner) != ("in_doubt", owner):
            return False
        if standing is not None and send.person_id is None:
            one = (
                x.last_touch
                for x in standing[0].enrollments
                if x.enrollment_id == send.enrollment_id
            )
            if send.touch_id not in one:
                return False
        now, told = self.time.now(), "the relay's answer came late"
        return sends.resolve(tx, send.touch_id, "sent", told, self.time.wall(), now)


@dataclass(frozen=True, slots=True)
class Resolution:
    """How a doubt is settled: it went, goes again, or never goes; how that is known, and by whom.

    `reason` stands with the mail, where it can be erased: a person may have typed it. `told` is
    what the ledger says instead, None for the same words. `at` is when it went (business time),
    where somebody knows better than the send ledger.
    """

    word: Literal["sent", "planned", "cancelled"]
    reason: str
    actor: str = "sluice"
    at: datetime | None = None
    told: str | None = None

    @property
    def said(self) -> str:
        """The reason as the ledger has it."""
        return self.told or self.reason


def resolve_doubt(tx: Tx, time: Timekeeper, send: Send, how: Resolution) -> bool:
    """Settle a doubt: the row, what it means for the deal or nurture, and a nudge.

    False, and nothing changed, when it is no doubt any more. A mail that goes again is the same
    mail under the same id, and every stop fact is asked once more before it leaves.
    """
    if send.contact_id is not None:
        contacts.lock(tx, send.contact_id)
    belongs = send.stream.partition("/")[0] in ("deal", "nurture")
    state = streams.load(tx, send.stream, lock=True) if belongs else None
    at = _went_at(time, send, how) if how.word == "sent" else None
    if not sends.resolve(tx, send.touch_id, how.word, how.reason, time.wall(), at):
        return False
    if state is None:
        told = [_told_again(send, how, time.now()) or _told_notice(send, how, time.now())]
        origin = Origin(actor=how.actor, recorded_at=time.wall(), cause=DOUBT_SETTLED)
        ledger.append(tx, send.stream, ledger.head(tx, send.stream), told, origin)
    else:
        facts = situation.facts_for(tx, state, at or time.now(), time.grace())
        released = _told_again(send, how, time.now())
        # The sequence itself went on before: only the outcome is told.
        ended = [] if released else outcome_events(state, send, _end(how), facts, how.said)[:1]
        record_events(tx, state, [released] if released else ended, facts, time, how.actor)
    nudges.add(tx, [send.stream], "resolved", time.wall())
    return True


DOUBT_SETTLED = "resolved"
"""The cause of what is told when a doubt is settled."""


def _went_at(time: Timekeeper, send: Send, how: Resolution) -> datetime:
    """When a mail went of which nobody knew: as somebody says, else when it entered `data`.

    That is business time as it was then: after a restore the moment lived through once more,
    and not the one at which this was done.
    """
    entered = time.clock().now(send.data_at) if send.data_at else time.now()
    return how.at or send.left_at or entered


def _end(how: Resolution) -> Ending:
    return "sent" if how.word == "sent" else "cancelled"


def _told_notice(send: Send, how: Resolution, now: datetime) -> Happened:
    return settle_notice(send.touch_id, _end(how), now, how.said)


def _told_again(send: Send, how: Resolution, now: datetime) -> Happened | None:
    if how.word != "planned":
        return None
    return DoubtReleased(
        at=now,
        reason=how.said,
        touch_id=send.touch_id,
        enrollment_id=send.enrollment_id,
        step=send.step,
    )
