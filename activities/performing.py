"""Performing what is due: plan, claim, check, hand over, record; then say when to wake again.

The stop facts are checked in the transaction that enters `data`, under a lock on the contact:
what was committed before it stops the mail, what comes after it comes too late for this one.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from activities.applying import apply_left_behind
from activities.contract import NextWake
from activities.crashpoints import crashpoint
from activities.limiting import Limiter
from activities.planning import NEVER_ARRIVED, plan_due, plan_of_send
from activities.settling import End, Settler, Standing, standing_of
from activities.timekeeping import Timekeeper
from domain.agenda import subject_of
from domain.limits import WORDS, Held, Wait
from domain.permission import Verdict, blocked, permit
from domain.refusal import NotFound
from mail.handover import Pool, Talk
from mail.outbox import MAIN
from mail.outcome import Accepted, InDoubt, Outcome, Rejected, TryLater
from store import contacts, erasures, links, sends, switches, waits
from store.database import Store, Tx
from store.errors import Unreachable
from store.links import Link
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

WRITES_MAX = 5
"""A mail is written so often at most when people are forgotten while it is."""

FORGOTTEN_WORDS = "words_forgotten"
RELAY_LATER = "relay: try later"


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
    mailbox: str = MAIN
    links: tuple[Link, ...] = ()
    erasure: int = 0


class Writer(Protocol):
    """Writes the mail of a row of the send ledger, and says who it goes from and to."""

    domain: str

    async def write(self, send: Send) -> Written:
        """Render and compose. Raises Unwritable, or Unreachable when the store is."""

    async def envelope(self, send: Send) -> tuple[str, str]:
        """The envelope's sender and recipient of a mail written before."""


class Performer:
    """Hands over what is due. One attempt is one `owner`; a row belongs to one owner."""

    def __init__(
        self,
        store: Store,
        time: Timekeeper,
        writer: Writer,
        pool: Pool,
        limiter: Limiter | None = None,
        pools: Mapping[str, Pool] | None = None,
    ) -> None:
        self.store = store
        self.time = time
        self.writer = writer
        self.pool = pool
        self.pools = pools or {}
        self.limiter = limiter or Limiter()
        self.settler = Settler(time, self.limiter.limits)

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
                        self.settler.finish(
                            tx, one, one.owner, None, End("in_doubt", NEVER_ARRIVED)
                        )
                now = self.time.now()
                ready = [one for one in found if (one.not_before or one.planned_at) <= now]
                return [one for one in ready if one.status != "data"]

        for send in await asyncio.to_thread(waiting):
            await self._deliver(send, owner)

    async def _deliver(self, send: Send, owner: str) -> None:
        if not await self._claim(send, owner):
            return
        try:
            send, sender, recipient = await self._frozen(send)
        except Unwritable as no:
            await self._unwritten(send, owner, no.reason)
            return
        # Read before `data` is entered: from there on nothing may fail that is not the relay.
        payload = await asyncio.to_thread(self._payload, send)
        if not payload:
            raise RuntimeError("a mail without a message")
        crashpoint("perform.before_connect")
        pool = self.pool if send.mailbox in (None, MAIN) else self.pools[send.mailbox]
        async with pool.talk() as talk:
            early = await talk.envelope(sender, recipient)
            crashpoint("perform.after_rcpt")
            if early is not None:
                await self._record(send, owner, early)
                return
            if not await self._may_leave(send, owner):
                return
            await _to_the_end(self._leave(send, owner, talk, payload))

    async def _leave(self, send: Send, owner: str, talk: Talk, payload: bytes) -> None:
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

    async def _frozen(self, send: Send) -> tuple[Send, str, str]:
        """The mail and its envelope; its message is written and frozen, if it was not yet."""
        if await asyncio.to_thread(self._payload, send):
            return send, *await self.writer.envelope(send)
        for _ in range(WRITES_MAX):
            written = await self.writer.write(send)
            if await asyncio.to_thread(self._freeze, send, written):
                return _with_envelope(send, written), written.sender, written.recipient
        raise Unwritable(f"{SLOW}: people are forgotten faster than it is written")

    def _freeze(self, send: Send, written: Written) -> bool:
        """Keep the words, unless a person was forgotten since they were gathered."""
        frozen = _with_envelope(send, written)
        with self.store.write() as tx:
            if not erasures.none_since(tx, written.erasure):
                return False
            mine = sends.freeze(
                tx,
                send.touch_id,
                subject=written.subject,
                payload=written.payload,
                template_version=written.template_version,
                in_reply_to=written.in_reply_to,
                mailbox=frozen.mailbox,
                sender=frozen.sender,
                recipient_domain=frozen.recipient_domain,
            )
            if mine:  # those of another attempt belong to its words
                links.keep(tx, written.links)
        crashpoint("perform.frozen")
        return True

    def _payload(self, send: Send) -> bytes:
        with self.store.read() as tx:
            return sends.payload(tx, send.touch_id) or b""

    def _enter_data(self, send: Send, owner: str) -> bool:
        """The point of no return: every stop fact is asked once more, then `data` is committed.

        On disk before the first byte leaves: a power cut may not forget it.
        """
        with self.store.write(durable=True) as tx:
            standing = standing_of(tx, self.time, send)
            verdict = self._verdict(tx, send, standing)
            if verdict.word == "go" and standing is not None:
                verdict = self.limiter.verdict(tx, send, standing[1], self.time)
            if verdict.word == "go" and not sends.is_written(tx, send.touch_id):
                # The words in hand were forgotten together with a person: it is written anew.
                verdict = Verdict("defer", FORGOTTEN_WORDS, self.time.now())
            if verdict.word == "go":
                wall, now = self.time.wall(), self.time.now()
                entered = sends.enter_data(tx, send.touch_id, owner, wall, now)
                crashpoint("perform.data_uncommitted")
                return entered
            if verdict.word == "defer":
                until = verdict.until or self.time.now()
                key, reason = verdict.key, verdict.reason
                if sends.defer(tx, send.touch_id, owner, until, reason, held_by=key):
                    self._waits(tx, send, until, reason)
                return False
            late = verdict.word == "move"
            if not late or not self.settler.postpone(tx, send, owner, standing, verdict.reason):
                self.settler.finish(tx, send, owner, standing, _unsent(verdict, send))
            return False

    def _verdict(self, tx: Tx, send: Send, standing: Standing) -> Verdict:
        stopped = switches.is_on(tx, switches.MAIL_STOPPED)
        if standing is None or send.person_id is not None:
            if stopped:
                return Verdict("defer", "mail_stopped", self.time.now() + timedelta(hours=1))
            barred = self._barred(tx, send)
            return Verdict("cancel", barred) if barred else Verdict("go")
        state, facts = standing
        one = next((x for x in state.enrollments if x.enrollment_id == send.enrollment_id), None)
        held = Held(send.reason, send.not_before) if send.reason and send.not_before else None
        return permit(plan_of_send(send), subject_of(state, facts), one, facts, stopped, held)

    def _barred(self, tx: Tx, send: Send) -> str | None:
        """Why a mail that belongs to no deal and no nurture may not go to its contact."""
        if send.contact_id is None or send.person_id is not None:
            return None
        found = contacts.facts(tx, [send.contact_id], self.time.now())
        return blocked(found.get(send.contact_id), send.purpose)

    async def _record(self, send: Send, owner: str, outcome: Outcome) -> None:
        match outcome:
            case Accepted(reply=reply):
                await self._settle(send, owner, End("sent", reply=reply))
            case Rejected(code=code, reply=reply, suppress=gone, soft=soft):
                end = End("refused", f"smtp: {code}", reply, gone, soft)
                await self._settle(send, owner, end)
            case InDoubt(reason=reason):
                await self._settle(send, owner, End("in_doubt", reason))
            case TryLater(reason=reason):
                await self._kept(lambda: self._defer(send, owner, reason))

    def _defer(self, send: Send, owner: str, reason: str) -> None:
        """Try later. The wait is wall time: the relay needs it, whatever business time does."""
        minutes = BACKOFF[min(send.attempts, len(BACKOFF) - 1)]
        later = self.time.clock().now(self.time.wall() + timedelta(minutes=minutes))
        with self.store.write() as tx:
            if sends.defer(tx, send.touch_id, owner, later, RELAY_LATER, reason):
                self._waits(tx, send, later, RELAY_LATER)

    def _waits(self, tx: Tx, send: Send, until: datetime, reason: str) -> None:
        """Keep what it waits for: its row forgets it at the next try."""
        wait = Wait(self.time.now(), until, reason)
        if wait.until > wait.since:
            waits.note(tx, send.touch_id, send.stream, wait)

    async def _settle(self, send: Send, owner: str, end: End) -> None:
        def settle() -> None:
            with self.store.write() as tx:
                self.settler.finish(tx, send, owner, standing_of(tx, self.time, send), end)
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


async def _to_the_end(work: Coroutine[None, None, None]) -> None:
    """See it through though the attempt is given up: nobody else will learn what the relay says.

    The relay's time limits bound it.
    """
    running = asyncio.create_task(work)
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        await running
        raise


def _with_envelope(send: Send, written: Written) -> Send:
    return replace(
        send,
        mailbox=written.mailbox,
        sender=written.sender,
        recipient_domain=written.recipient.rpartition("@")[2].lower(),
    )


def _unsent(verdict: Verdict, send: Send) -> End:
    """The end of a mail that does not go; what it waited for is part of why it is missed."""
    if verdict.word == "cancel":
        return End("cancelled", verdict.reason)
    waited = WORDS.get(send.reason or "")
    return End("missed", f"{verdict.reason}: {waited}" if waited else verdict.reason)
