"""Performing what is due: plan, claim, check, hand over, record; then say when to wake again.

The stop facts are checked in the transaction that enters `data`, under a lock on the contact:
what was committed before it stops the mail, what comes after it comes too late for this one.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Protocol

from activities import streams
from activities.contract import NextWake
from activities.crashpoints import crashpoint
from activities.planning import outcome_events, plan_due, plan_of_send, record_events
from activities.timekeeping import Timekeeper
from domain.agenda import Aggregate, subject_of
from domain.facts import Facts
from domain.permission import Verdict, permit
from domain.settling import Outcome as Ending
from mail.handover import Pool
from mail.outcome import Accepted, InDoubt, Outcome, Rejected, TryLater
from store import contacts, sends, situation, suppression, switches
from store.database import Store, Tx
from store.sends import Send

ROUNDS_MAX = 50
"""Mails of one stream that one wake-up may hand over, one after the other."""

BACKOFF = (1, 5, 15, 60, 240)
"""Minutes until the next try after the first, second … time that the relay said "later"."""


class Unwritable(Exception):
    """A mail cannot be written: `reason` begins with a stable word ("template: …")."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Written(Protocol):
    """A mail as it will go on the wire."""

    subject: str
    payload: bytes
    template_version: str
    in_reply_to: str | None
    sender: str
    recipient: str


class Writer(Protocol):
    """Writes the mail of a row of the send ledger, and says who it goes from and to."""

    domain: str

    async def write(self, send: Send) -> Written:
        """Render and compose. Raises Unwritable, or Unreachable when the store is."""

    async def envelope(self, send: Send) -> tuple[str, str]:
        """The envelope's sender and recipient of a mail written before."""


class Performer:
    """Hands over what is due. One attempt is one `owner`; a row belongs to one owner."""

    def __init__(self, store: Store, time: Timekeeper, writer: Writer, pool: Pool) -> None:
        self.store = store
        self.time = time
        self.writer = writer
        self.pool = pool

    async def perform(self, stream: str, owner: str) -> NextWake:
        """Do everything that is due for the stream now. Raises Unreachable, NotFound."""
        tried: set[str] = set()
        for _ in range(ROUNDS_MAX):
            due = await asyncio.to_thread(
                plan_due, self.store, self.time, stream, owner, self.writer.domain, tried
            )
            if not due.sends:
                return due.wake
            for send in due.sends:
                tried.add(send.touch_id)
                await self._deliver(send, owner)
        return NextWake(wake_at=self.time.wall())

    async def _deliver(self, send: Send, owner: str) -> None:
        if not await self._claim(send, owner):
            return
        try:
            sender, recipient = await self._frozen(send)
        except Unwritable as no:
            await self._settle(send, owner, "refused", no.reason)
            return
        crashpoint("perform.before_connect")
        async with self.pool.talk() as talk:
            early = await talk.envelope(sender, recipient)
            crashpoint("perform.after_rcpt")
            if early is not None:
                await self._record(send, owner, early)
                return
            if not await asyncio.to_thread(self._enter_data, send, owner):
                return
            payload = await asyncio.to_thread(self._payload, send)
            outcome = await talk.data(payload)
            crashpoint("perform.after_reply")
        await self._record(send, owner, outcome)

    async def _claim(self, send: Send, owner: str) -> bool:
        """Take the row; one claimed by an attempt that is gone is taken over."""

        def claim() -> bool:
            with self.store.write() as tx:
                if send.status == "claimed" and send.owner is not None:
                    return sends.take_over(tx, send.touch_id, send.owner, owner, self.time.wall())
                return sends.claim(tx, send.touch_id, owner, self.time.wall())

        crashpoint("perform.before_claim")
        return await asyncio.to_thread(claim)

    async def _frozen(self, send: Send) -> tuple[str, str]:
        """The envelope; the message is written and frozen before, if it was not yet."""
        if await asyncio.to_thread(self._payload, send):
            return await self.writer.envelope(send)
        written = await self.writer.write(send)

        def freeze() -> None:
            with self.store.write() as tx:
                sends.freeze(
                    tx,
                    send.touch_id,
                    subject=written.subject,
                    payload=written.payload,
                    template_version=written.template_version,
                    in_reply_to=written.in_reply_to,
                )

        await asyncio.to_thread(freeze)
        crashpoint("perform.frozen")
        return written.sender, written.recipient

    def _payload(self, send: Send) -> bytes:
        with self.store.read() as tx:
            return sends.payload(tx, send.touch_id) or b""

    def _enter_data(self, send: Send, owner: str) -> bool:
        """The point of no return: every stop fact is asked once more, then `data` is committed."""
        with self.store.write() as tx:
            if send.contact_id is not None:
                contacts.lock(tx, send.contact_id)
            state = streams.load(tx, send.stream, lock=True)
            facts = situation.facts_for(tx, state, self.time.now(), self.time.grace())
            verdict = self._verdict(tx, send, state, facts)
            if verdict.word == "go":
                entered = sends.enter_data(tx, send.touch_id, owner, self.time.wall())
                crashpoint("perform.data_uncommitted")
                return entered
            if verdict.word == "defer":
                until = verdict.until or facts.now
                sends.defer(tx, send.touch_id, owner, until, verdict.reason)
                return False
            ending: Ending = "cancelled" if verdict.word == "cancel" else "missed"
            self._finish(tx, send, owner, ending, state, facts, verdict.reason)
            return False

    def _verdict(self, tx: Tx, send: Send, state: Aggregate, facts: Facts) -> Verdict:
        stopped = switches.is_on(tx, switches.MAIL_STOPPED)
        if send.person_id is not None:
            later = facts.now + timedelta(hours=1)
            return Verdict("defer", "mail_stopped", later) if stopped else Verdict("go")
        one = next((x for x in state.enrollments if x.enrollment_id == send.enrollment_id), None)
        return permit(plan_of_send(send), subject_of(state, facts), one, facts, stopped)

    async def _record(self, send: Send, owner: str, outcome: Outcome) -> None:
        match outcome:
            case Accepted(reply=reply):
                await self._settle(send, owner, "sent", reply=reply)
            case Rejected(code=code, reply=reply, suppress=suppress):
                await self._settle(send, owner, "refused", f"smtp: {code}", reply, suppress)
            case InDoubt(reason=reason):
                await self._settle(send, owner, "in_doubt", reason)
            case TryLater(reason=reason):
                await asyncio.to_thread(self._defer, send, owner, reason)

    def _defer(self, send: Send, owner: str, reason: str) -> None:
        minutes = BACKOFF[min(send.attempts, len(BACKOFF) - 1)]
        # The wait is wall time: it is the relay that needs it, whatever the business clock does.
        later = self._business_after(timedelta(minutes=minutes))
        with self.store.write() as tx:
            sends.defer(tx, send.touch_id, owner, later, "relay: try later", reason)

    def _business_after(self, wait: timedelta) -> datetime:
        return self.time.clock().now(self.time.wall() + wait)

    async def _settle(
        self,
        send: Send,
        owner: str,
        ending: Ending,
        reason: str = "",
        reply: str | None = None,
        suppress: bool = False,
    ) -> None:
        def settle() -> None:
            with self.store.write() as tx:
                if send.contact_id is not None:
                    contacts.lock(tx, send.contact_id)
                state = streams.load(tx, send.stream, lock=True)
                facts = situation.facts_for(tx, state, self.time.now(), self.time.grace())
                self._finish(tx, send, owner, ending, state, facts, reason, reply, suppress)
                crashpoint("perform.outcome_uncommitted")

        crashpoint("perform.before_outcome")
        await asyncio.to_thread(settle)
        crashpoint("perform.outcome_committed")

    def _finish(
        self,
        tx: Tx,
        send: Send,
        owner: str,
        ending: Ending,
        state: Aggregate,
        facts: Facts,
        reason: str,
        reply: str | None = None,
        suppress: bool = False,
    ) -> None:
        sent_at = facts.now if ending == "sent" else None
        moved = sends.finish(
            tx,
            send.touch_id,
            owner,
            ending,
            self.time.wall(),
            reason=reason or None,
            reply=reply,
            sent_at=sent_at,
        )
        if not moved:
            return
        events = outcome_events(state, send, ending, facts, reason, suppress)
        record_events(tx, state, events, facts, self.time)
        if suppress and send.contact_id is not None:
            contact = contacts.load(tx, send.contact_id)
            if contact is not None and contact.email_key is not None:
                suppression.add(tx, contact.email_key, "hard_bounce", facts.now)
