"""Performing what is due: plan, claim, check, hand over, record; then say when to wake again.

The stop facts are checked in the transaction that enters `data`, under a lock on the contact:
what was committed before it stops the mail, what comes after it comes too late for this one.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from activities import streams
from activities.applying import apply_left_behind
from activities.contract import NextWake
from activities.crashpoints import crashpoint
from activities.planning import (
    NEVER_ARRIVED,
    outcome_events,
    plan_due,
    plan_of_send,
    record_events,
)
from activities.timekeeping import Timekeeper
from domain.agenda import Aggregate, subject_of
from domain.facts import Facts
from domain.permission import Verdict, permit
from domain.refusal import NotFound
from domain.settling import Outcome as Ending
from domain.settling import settle_notice
from mail.handover import Pool
from mail.outcome import Accepted, InDoubt, Outcome, Rejected, TryLater
from store import contacts, ledger, sends, situation, suppression, switches
from store.database import Store, Tx
from store.errors import Unreachable
from store.ledger import Origin
from store.sends import Send

ROUNDS_MAX = 50
"""Mails of one stream that one wake-up may hand over, one after the other."""

KEEP_TRYING = (0.2, 0.5, 1, 2, 5, 10, 20, *(30.0 for _ in range(100)))
"""Seconds between tries to write down an outcome while the database is down."""

BACKOFF = (1, 5, 15, 60, 240)
"""Minutes until the next try after the first, second … time that the relay said "later"."""

SLOW = "template: slow"
SLOW_TRIES = 3
"""A machine under load renders slowly; only words that are slow every time are at fault."""


class Unwritable(Exception):
    """A mail cannot be written: `reason` begins with a stable word ("template: …")."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Written:
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
        left = await asyncio.to_thread(apply_left_behind, self.store, self.time, stream)
        tried: set[str] = set()
        for _ in range(ROUNDS_MAX):
            try:
                due = await asyncio.to_thread(
                    plan_due, self.store, self.time, stream, owner, self.writer.domain, tried
                )
            except NotFound:
                if left:  # the opening of the deal, and it was refused
                    return NextWake()
                raise
            if not due.sends:
                return due.wake
            for send in due.sends:
                tried.add(send.touch_id)
                await self._deliver(send, owner)
        return NextWake(wake_at=self.time.wall(), version=due.wake.version)

    async def deliver_open(self, stream: str, owner: str) -> None:
        """Hand over what waits in the send ledger for a stream that has no agenda (a person)."""

        def waiting() -> list[Send]:
            with self.store.write() as tx:
                found = sends.open_of(tx, stream)
                for one in found:
                    if one.status == "data" and one.owner is not None:
                        self._finish(tx, one, one.owner, None, End("in_doubt", NEVER_ARRIVED))
                now = self.time.now()
                ready = [one for one in found if (one.not_before or one.planned_at) <= now]
                return [one for one in ready if one.status != "data"]

        for send in await asyncio.to_thread(waiting):
            await self._deliver(send, owner)

    async def _deliver(self, send: Send, owner: str) -> None:
        if not await self._claim(send, owner):
            return
        try:
            sender, recipient = await self._frozen(send)
        except Unwritable as no:
            await self._unwritten(send, owner, no.reason)
            return
        # Read before `data` is entered: from there on nothing may fail that is not the relay.
        payload = await asyncio.to_thread(self._payload, send)
        if not payload:
            raise RuntimeError("a mail without a message")
        crashpoint("perform.before_connect")
        async with self.pool.talk() as talk:
            early = await talk.envelope(sender, recipient)
            crashpoint("perform.after_rcpt")
            if early is not None:
                await self._record(send, owner, early)
                return
            if not await self._may_leave(send, owner):
                return
            crashpoint("perform.data_committed")
            outcome = await talk.data(payload)
            crashpoint("perform.after_reply")
        await self._record(send, owner, outcome)

    async def _may_leave(self, send: Send, owner: str) -> bool:
        """Enter `data`. An attempt that is cancelled meanwhile takes the step back.

        The thread goes on when the attempt is given up, and would leave a doubt about a mail
        of which no byte has left.
        """
        entering = asyncio.create_task(asyncio.to_thread(self._enter_data, send, owner))
        try:
            return await asyncio.shield(entering)
        except asyncio.CancelledError:
            if await entering:
                await asyncio.to_thread(self._step_back, send, owner)
            raise

    def _step_back(self, send: Send, owner: str) -> None:
        with self.store.write() as tx:
            sends.defer(tx, send.touch_id, owner, self.time.now(), "given_up_before_data")
            crashpoint("perform.outcome_uncommitted")

    async def _unwritten(self, send: Send, owner: str, reason: str) -> None:
        """A mail that could not be written: refused, or tried again when it was only slow."""
        if reason.startswith(SLOW) and send.attempts < SLOW_TRIES:
            await self._kept(lambda: self._defer(send, owner, reason))
        else:
            await self._settle(send, owner, End("refused", reason))

    async def _claim(self, send: Send, owner: str) -> bool:
        """Take the row; one claimed by an attempt that is gone is taken over."""

        def claim() -> bool:
            with self.store.write() as tx:
                its_id, dead, now = send.touch_id, send.owner, self.time.wall()
                if send.status == "claimed" and dead is not None:
                    taken = sends.take_over(tx, its_id, dead, owner, now)
                else:
                    taken = sends.claim(tx, its_id, owner, now)
                crashpoint("perform.claim_uncommitted")
                return taken

        crashpoint("perform.before_claim")
        taken = await asyncio.to_thread(claim)
        crashpoint("perform.claimed")
        return taken

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
        """The point of no return: every stop fact is asked once more, then `data` is committed.

        On disk before the first byte leaves: a power cut may not forget it.
        """
        with self.store.write(durable=True) as tx:
            standing = self._standing(tx, send)
            verdict = self._verdict(tx, send, standing)
            if verdict.word == "go":
                entered = sends.enter_data(tx, send.touch_id, owner, self.time.wall())
                crashpoint("perform.data_uncommitted")
                return entered
            if verdict.word == "defer":
                until = verdict.until or self.time.now()
                sends.defer(tx, send.touch_id, owner, until, verdict.reason)
                return False
            ending: Ending = "cancelled" if verdict.word == "cancel" else "missed"
            self._finish(tx, send, owner, standing, End(ending, verdict.reason))
            return False

    def _standing(self, tx: Tx, send: Send) -> "Standing":
        """How things stand for this mail now, its contact and its stream locked, in this order."""
        if send.contact_id is not None:
            contacts.lock(tx, send.contact_id)
        if send.stream.startswith("person/"):
            return None
        state = streams.load(tx, send.stream, lock=True)
        return state, situation.facts_for(tx, state, self.time.now(), self.time.grace())

    def _verdict(self, tx: Tx, send: Send, standing: "Standing") -> Verdict:
        stopped = switches.is_on(tx, switches.MAIL_STOPPED)
        if standing is None or send.person_id is not None:
            later = self.time.now() + timedelta(hours=1)
            return Verdict("defer", "mail_stopped", later) if stopped else Verdict("go")
        state, facts = standing
        one = next((x for x in state.enrollments if x.enrollment_id == send.enrollment_id), None)
        return permit(plan_of_send(send), subject_of(state, facts), one, facts, stopped)

    async def _record(self, send: Send, owner: str, outcome: Outcome) -> None:
        match outcome:
            case Accepted(reply=reply):
                await self._settle(send, owner, End("sent", reply=reply))
            case Rejected(code=code, reply=reply, suppress=suppress):
                await self._settle(send, owner, End("refused", f"smtp: {code}", reply, suppress))
            case InDoubt(reason=reason):
                await self._settle(send, owner, End("in_doubt", reason))
            case TryLater(reason=reason):
                await self._kept(lambda: self._defer(send, owner, reason))

    def _defer(self, send: Send, owner: str, reason: str) -> None:
        """Try later. The wait is wall time: the relay needs it, whatever business time does."""
        minutes = BACKOFF[min(send.attempts, len(BACKOFF) - 1)]
        later = self.time.clock().now(self.time.wall() + timedelta(minutes=minutes))
        with self.store.write() as tx:
            sends.defer(tx, send.touch_id, owner, later, "relay: try later", reason)

    async def _settle(self, send: Send, owner: str, end: "End") -> None:
        def settle() -> None:
            with self.store.write() as tx:
                self._finish(tx, send, owner, self._standing(tx, send), end)
                crashpoint("perform.outcome_uncommitted")

        crashpoint("perform.before_outcome")
        await self._kept(settle)
        crashpoint("perform.outcome_committed")

    async def _kept(self, write: Callable[[], None]) -> None:
        """Write down what the relay said; a database that is down is waited for.

        Only this attempt knows the outcome: when it gives up, the mail is in doubt. Raises
        Unreachable then, after most of the hour that an attempt may last.
        """
        for pause in KEEP_TRYING:
            try:
                return await asyncio.to_thread(write)
            except Unreachable:
                await asyncio.sleep(pause)
        return await asyncio.to_thread(write)

    def _finish(self, tx: Tx, send: Send, owner: str, standing: "Standing", end: "End") -> None:
        """End the row and tell the ledger, together; nothing when the row is no longer ours."""
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
            return
        state, facts = standing
        events = outcome_events(state, send, end.word, facts, end.reason, end.suppress)
        record_events(tx, state, events, facts, self.time)
        if end.suppress and send.contact_id is not None:
            contact = contacts.load(tx, send.contact_id)
            if contact is not None and contact.email_key is not None:
                suppression.add(tx, contact.email_key, "hard_bounce", now)

    def _arrived_after_all(
        self, tx: Tx, send: Send, owner: str, standing: "Standing", end: "End"
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
class End:
    """How a mail ended, why, what the relay said, and whether its address is no more."""

    word: Ending
    reason: str = ""
    reply: str | None = None
    suppress: bool = False


Standing = tuple[Aggregate, Facts] | None
"""The stream that a mail belongs to and the facts about it; None for a morning mail."""
