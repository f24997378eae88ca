"""Relays that fail at every stage in every way, and what may be said about the mail then.

Each row is a script: at which stage, what the relay does there, and the outcome. For each, the
sink is the judge: a mail counts as sent exactly when the sink took it and said so, in doubt only
when its body had begun, and the next recipient's mail through the same pool arrives as it should.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from mail import handover
from mail.handover import Pool
from mail.outcome import Accepted, InDoubt, Outcome, Rejected, TryLater
from tests.support import misbehaviour as rude
from tests.support import sink as sinks
from tests.support.misbehaviour import cut, dribble, raw, say_and_drop, stall, take_and
from tests.support.sink import Action, Caught, Sink, reply
from tests.support.trials import Trial, trial

__all__ = ["trial"]

SENDER = "owner@house.example"
FIRST, NEXT, BEFORE = "ann@acme.example", "bob@other.example", "zoe@before.example"
PATIENT, SHORT = 10.0, 0.25  # seconds; only scripts that hang are worth the short wait
LONG = (b"x" * 998 + b"\r\n") * 16_000  # more than the sockets between us hold

LATER, NO, DOUBT, SENT = "later", "rejected", "in doubt", "sent"
UNASKED = "a reply that nobody asked for"
TIMED_OUT = "no answer in time"
LOST = "(Connection lost|Unexpected EOF received|Server not connected)"
NOT_YET = "data: .* before the message was complete"
GONE = f"dot: {LOST} after the whole message"
WAITED = f"dot: {TIMED_OUT} after the whole message"
ODD = "dot: unreadable reply .* after the whole message"
NOBODY = "550 5.1.1 no such user, suppress"
TAKEN = "2.0.0 taken"

# The stage, what the relay does there (a line: it says so), the outcome and its reason.
SCRIPTS: list[tuple[str, str | Action, str, str]] = [
    # The greeting. Whatever it says, it speaks of the relay and not of the mail.
    ("connect", "421 4.3.2 busy", LATER, "connect: 421 4.3.2 busy"),
    ("connect", "450 4.7.1 slow down", LATER, "connect: 450 4.7.1 slow down"),
    ("connect", "521 no mail here", LATER, "connect: 521 no mail here"),
    ("connect", "554 5.7.1 your network is listed", LATER, "connect: 554 5.7.1 your network.*"),
    ("connect", "354 what", LATER, "connect: 354 what"),
    ("connect", "220-hello\r\n220-there\r\n220 sink", SENT, TAKEN),
    ("connect", dribble("220 sink"), SENT, TAKEN),
    ("connect", sinks.drop, LATER, f"connect: {LOST}"),
    ("connect", sinks.hang, LATER, "connect: no connection in time"),
    ("connect", rude.dribble_for_ever, LATER, "connect: no connection in time"),
    ("connect", rude.lines_for_ever, LATER, "connect: no connection in time"),
    ("connect", stall(b"22"), LATER, "connect: no connection in time"),
    ("connect", cut(b"220 si"), LATER, f"connect: {LOST}"),
    ("connect", sinks.garbage, LATER, "connect: .*Malformed SMTP response.*"),
    ("connect", raw(b"\0" * 50 + b"\r\n"), LATER, "connect: .*Malformed SMTP response.*"),
    ("connect", raw(rude.FLOOD), LATER, "connect: .*Response too long"),
    ("connect", raw(b"220 sink\r\n250 early\r\n"), LATER, f"connect: {UNASKED}"),
    # EHLO
    ("ehlo", "421 4.3.2 busy", LATER, "connect: 421 4.3.2 busy"),
    ("ehlo", "451 4.3.0 later", LATER, "connect: 451 4.3.0 later"),
    ("ehlo", "501 5.5.4 bad name", LATER, "connect: 501 5.5.4 bad name"),
    ("ehlo", "550 5.7.1 not you", LATER, "connect: 550 5.7.1 not you"),
    ("ehlo", "250 no features at all", SENT, TAKEN),
    ("ehlo", "250-sink\r\n250-\r\n250-SIZE \xff\r\n250 AUTH", SENT, TAKEN),
    ("ehlo", sinks.drop, LATER, f"connect: {LOST}"),
    ("ehlo", sinks.hang, LATER, f"connect: {TIMED_OUT}"),
    ("ehlo", stall(b"250-sink\r\n250-SI"), LATER, f"connect: {TIMED_OUT}"),
    ("ehlo", cut(b"250-sink\r\n"), LATER, f"connect: {LOST}"),
    ("ehlo", sinks.garbage, LATER, "connect: .*Malformed SMTP response.*"),
    ("ehlo", raw(b"250 sink\r\n250 early\r\n"), LATER, f"connect: {UNASKED}"),
    # MAIL
    ("mail", "421 4.3.2 leaving", LATER, "mail: 421 4.3.2 leaving"),
    ("mail", "451 4.3.0 later", LATER, "mail: 451 4.3.0 later"),
    ("mail", "452 4.3.1 disk full", LATER, "mail: 452 4.3.1 disk full"),
    ("mail", "530 5.7.0 authenticate", LATER, "mail: 530 5.7.0 authenticate"),
    ("mail", "550 5.7.1 not you", NO, "550 5.7.1 not you"),
    ("mail", "552 5.3.4 too big", NO, "552 5.3.4 too big"),
    ("mail", "354 go on", LATER, "mail: 354 go on"),
    ("mail", dribble("250 2.1.0 ok"), SENT, TAKEN),
    ("mail", sinks.drop, LATER, f"envelope: {LOST}"),
    ("mail", sinks.hang, LATER, f"envelope: {TIMED_OUT}"),
    ("mail", rude.dribble_for_ever, LATER, f"envelope: {TIMED_OUT}"),
    ("mail", stall(b"250-ok\r\n"), LATER, f"envelope: {TIMED_OUT}"),
    ("mail", cut(b"25"), LATER, f"envelope: {LOST}"),
    ("mail", sinks.garbage, LATER, "mail: .*Malformed SMTP response.*"),
    ("mail", raw(rude.FLOOD), LATER, "mail: .*Response too long"),
    ("mail", raw(b"250 ok\r\n250 ok\r\n"), LATER, f"envelope: {UNASKED}"),
    ("mail", say_and_drop("250 2.1.0 ok"), LATER, f"envelope: {LOST}"),
    # RCPT
    ("rcpt", "421 4.3.2 leaving", LATER, "mail: 421 4.3.2 leaving"),
    ("rcpt", "450 4.2.1 greylisted", LATER, "rcpt: 450 4.2.1 greylisted"),
    ("rcpt", "452 4.5.3 too many", LATER, "rcpt: 452 4.5.3 too many"),
    ("rcpt", "503 5.5.1 MAIL first", NO, "503 5.5.1 MAIL first"),
    ("rcpt", "550 5.1.1 no such user", NO, NOBODY),
    ("rcpt", "550-5.1.1 no such\r\n550-5.1.1 user\r\n550 5.1.1 here", NO, "550 5.1.1.*, suppress"),
    ("rcpt", "550 5.7.1 policy", NO, "550 5.7.1 policy"),
    ("rcpt", "552 5.2.2 mailbox full", NO, "552 5.2.2 mailbox full, soft"),
    ("rcpt", "552 exceeded storage allocation", NO, "552 exceeded storage allocation, soft"),
    ("rcpt", "552", NO, "552 , soft"),
    ("rcpt", "552 5.3.4 too big", NO, "552 5.3.4 too big"),
    ("rcpt", "553 5.7.1 relaying denied", NO, "553 5.7.1 relaying denied"),
    ("rcpt", "251 will forward", SENT, TAKEN),
    ("rcpt", "354 go on", LATER, "rcpt: 354 go on"),
    ("rcpt", sinks.drop, LATER, f"envelope: {LOST}"),
    ("rcpt", sinks.hang, LATER, f"envelope: {TIMED_OUT}"),
    ("rcpt", stall(b"550 5.1.1 no su"), LATER, f"envelope: {TIMED_OUT}"),
    ("rcpt", cut(b"550 5.1.1 no su"), LATER, f"envelope: {LOST}"),
    ("rcpt", sinks.garbage, LATER, "mail: .*Malformed SMTP response.*"),
    ("rcpt", raw(b"250 ok\r\n354 early\r\n"), LATER, f"envelope: {UNASKED}"),
    ("rcpt", raw(b"550 5.1.1 no\r\n250 yes\r\n"), LATER, f"envelope: {UNASKED}"),
    # DATA
    ("data", "421 4.3.2 leaving", LATER, "data: 421 4.3.2 leaving"),
    ("data", "451 4.3.0 later", LATER, "data: 451 4.3.0 later"),
    ("data", "503 5.5.1 RCPT first", NO, "503 5.5.1 RCPT first"),
    ("data", "554 5.5.1 no", NO, "554 5.5.1 no"),
    ("data", "250 odd", LATER, "data: 250 odd"),
    ("data", "354-go\r\n354 on", SENT, TAKEN),
    ("data", dribble("354 go on"), SENT, TAKEN),
    ("data", sinks.drop, LATER, f"data: {LOST}"),
    ("data", sinks.hang, LATER, f"data: {TIMED_OUT}"),
    ("data", stall(b"354"), LATER, f"data: {TIMED_OUT}"),
    ("data", cut(b"354 go"), LATER, f"data: {LOST}"),
    ("data", sinks.garbage, LATER, "data: .*Malformed SMTP response.*"),
    ("data", raw(b"354 go on\r\n250 2.0.0 taken\r\n"), LATER, f"data: {UNASKED}"),
    ("data", raw(b"354 go on\r\n25"), LATER, f"data: {UNASKED}"),
    ("data", raw(b"354 go on\r\n2"), LATER, f"data: {UNASKED}"),
    # The body, while it is read. A short one is handed to the socket whole, the dot included.
    ("body", sinks.slow(0.05), SENT, TAKEN),
    ("body", sinks.drop, DOUBT, GONE),
    ("body", sinks.hang, DOUBT, WAITED),
    ("body", say_and_drop("451 4.3.0 spool"), LATER, "dot: 451 4.3.0 spool"),
    ("long body", sinks.drop, LATER, NOT_YET),
    ("long body", sinks.hang, LATER, NOT_YET),
    ("long body", say_and_drop("552 5.3.4 too big"), NO, "552 5.3.4 too big"),
    ("long body", say_and_drop("552 5.2.2 full"), NO, "552 5.2.2 full, soft"),
    ("long body", say_and_drop("451 4.3.0 spool"), LATER, "dot: 451 4.3.0 spool"),
    ("long body", say_and_drop("250 2.0.0 taken"), LATER, f"data: {UNASKED} before .*"),
    ("long body", stall(b"552 5.3.4 too big\r\n"), NO, "552 5.3.4 too big"),
    ("long body", stall(b"552 5.3"), LATER, f"data: {TIMED_OUT} before .*"),
    ("long body", stall(b"\xff\xfe hello\r\n"), LATER, NOT_YET),
    # The final dot
    ("dot", take_and(reply("250 2.0.0 taken")), SENT, TAKEN),
    ("dot", take_and(reply("250-2.0.0 taken\r\n250 as A1")), SENT, "2.0.0 taken as A1"),
    ("dot", take_and(dribble("250 2.0.0 taken")), SENT, TAKEN),
    ("dot", take_and(say_and_drop("250 2.0.0 taken")), SENT, TAKEN),
    ("dot", take_and(raw(b"250 2.0.0 taken\r\n554 or not\r\n")), SENT, TAKEN),
    ("dot", "421 4.3.2 leaving", LATER, "dot: 421 4.3.2 leaving"),
    ("dot", "451 4.3.0 later", LATER, "dot: 451 4.3.0 later"),
    ("dot", "452 4.2.2 full", LATER, "dot: 452 4.2.2 full"),
    ("dot", "550 5.1.1 unknown", NO, "550 5.1.1 unknown, suppress"),
    ("dot", "552 5.3.4 too big", NO, "552 5.3.4 too big"),
    ("dot", "552 5.2.2 over quota", NO, "552 5.2.2 over quota, soft"),
    ("dot", "552 no", NO, "552 no"),
    ("dot", "554 5.6.0 content", NO, "554 5.6.0 content"),
    ("dot", "554-5.7.1 spam\r\n554 5.7.1 see our page", NO, "554 5.7.1 spam 5.7.1 see .*"),
    ("dot", say_and_drop("554 5.6.0 content"), NO, "554 5.6.0 content"),
    ("dot", "354 odd", DOUBT, "dot: the reply 354 odd means nothing here"),
    ("dot", "100 odd", DOUBT, "dot: the reply 100 odd means nothing here"),
    ("dot", "25 0 odd", DOUBT, "dot: the reply 25 odd means nothing here"),
    ("dot", sinks.drop, DOUBT, GONE),
    ("dot", sinks.hang, DOUBT, WAITED),
    ("dot", sinks.garbage, DOUBT, ODD),
    ("dot", raw(rude.FLOOD), DOUBT, ODD),
    ("dot", cut(b"250 2.0.0 tak"), DOUBT, GONE),
    ("dot", stall(b"250-2.0.0 taken\r\n"), DOUBT, WAITED),
    ("dot", rude.lines_for_ever, DOUBT, WAITED),
    ("dot", take_and(sinks.drop), DOUBT, GONE),
    ("dot", take_and(sinks.hang), DOUBT, WAITED),
    ("dot", take_and(sinks.garbage), DOUBT, ODD),
    ("dot", take_and(cut(b"250 2.0.0 tak")), DOUBT, GONE),
    ("dot", take_and(stall(b"2")), DOUBT, WAITED),
    # What tidies up after a refused recipient changes nothing of what is known.
    ("rset", "421 4.3.2 leaving", NO, NOBODY),
    ("rset", "500 5.5.2 what", NO, NOBODY),
    ("rset", sinks.drop, NO, NOBODY),
    ("rset", sinks.hang, NO, NOBODY),
    ("rset", sinks.garbage, NO, NOBODY),
    ("rset", raw(b"250 ok\r\n250 ok\r\n"), NO, NOBODY),
    ("quit", "421 4.3.2 leaving", SENT, TAKEN),
    ("quit", "500 5.5.2 what", SENT, TAKEN),
    ("quit", sinks.drop, SENT, TAKEN),
    ("quit", sinks.hang, SENT, TAKEN),
    ("quit", sinks.garbage, SENT, TAKEN),
    # A connection that took a mail before: until DATA, it is replaced once and silently.
    ("kept mail", "421 4.4.2 idle", SENT, TAKEN),
    ("kept mail", sinks.drop, SENT, TAKEN),
    ("kept mail", sinks.hang, SENT, TAKEN),
    ("kept mail", sinks.garbage, SENT, TAKEN),
    ("kept mail", raw(b"250 ok\r\n250 ok\r\n"), SENT, TAKEN),
    ("kept mail", "550 5.7.1 not you", NO, "550 5.7.1 not you"),
    ("kept rcpt", "421 4.4.2 idle", SENT, TAKEN),
    ("kept rcpt", sinks.drop, SENT, TAKEN),
    ("kept rcpt", "450 4.2.1 greylisted", LATER, "rcpt: 450 4.2.1 greylisted"),
    ("kept data", sinks.drop, LATER, f"data: {LOST}"),
    ("kept data", raw(b"354 go on\r\n250 2.0.0 taken\r\n"), LATER, f"data: {UNASKED}"),
    ("kept body", sinks.drop, DOUBT, GONE),
    ("kept dot", sinks.drop, DOUBT, GONE),
    ("kept dot", take_and(sinks.drop), DOUBT, GONE),
    ("kept dot", "554 5.6.0 content", NO, "554 5.6.0 content"),
]


def named(stage: str, act: str | Action) -> str:
    """What the row is called in a report."""
    does = act if isinstance(act, str) else act.__qualname__.partition(".")[0]
    return f"{stage}-{does}"[:50]


def told(outcome: Outcome) -> tuple[str, str]:
    """The outcome as the table writes it."""
    match outcome:
        case Accepted(reply=text):
            return SENT, text
        case Rejected(code=code, reply=text, suppress=gone, soft=soft):
            return NO, f"{code} {text}{', suppress' * gone}{', soft' * soft}"
        case TryLater(code=code, reason=reason):
            assert code is None or f" {code} " in reason
            return LATER, reason
        case InDoubt(reason=reason):
            return DOUBT, reason


async def hand_over(pool: Pool, recipient: str, payload: bytes) -> Outcome:
    async with pool.talk() as talk:
        return await talk.envelope(SENDER, recipient) or await talk.data(payload)


def mail_to(recipient: str, more: bytes = b"") -> bytes:
    return b"Message-ID: <%s>\r\nTo: <%s>\r\n\r\nbody\r\n" % ((recipient.encode(),) * 2) + more


def copies(sink: Sink, recipient: str) -> list[Caught]:
    return [one for one in sink.messages if one.recipient == recipient]


def wait_of(stage: str, act: str | Action, reason: str) -> float:
    """How long the client waits for a reply: not long where none will come."""
    tidying = stage in ("rset", "quit")
    return SHORT if "in time" in reason or (act is sinks.hang and not tidying) else PATIENT


@asynccontextmanager
async def pool_of(sink: Sink, wait: float) -> AsyncIterator[Pool]:
    """A pool that must be able to close soon, whatever the relay does."""
    pool = Pool(sink.url, answer_within=wait, taken_within=wait)
    yield pool
    async with asyncio.timeout(PATIENT / 2):
        await pool.close()


@pytest.mark.proof("a relay that fails: scripts of stage and kind")
@pytest.mark.parametrize(
    ("stage", "act", "word", "reason"), SCRIPTS, ids=[named(*row[:2]) for row in SCRIPTS]
)
async def test_the_sink_is_the_judge_of_what_was_sent(
    monkeypatch: pytest.MonkeyPatch,
    trial: Trial,
    stage: str,
    act: str | Action,
    word: str,
    reason: str,
) -> None:
    monkeypatch.setattr(handover, "TIDIED_WITHIN", SHORT)
    age, _, place = stage.rpartition(" ")
    async with Sink() as sink, pool_of(sink, wait_of(stage, act, reason)) as pool:
        if age == "kept":
            assert told(await hand_over(pool, BEFORE, mail_to(BEFORE))) == (SENT, TAKEN)
        if place == "rset":
            sink.script("rcpt", reply("550 5.1.1 no such user"))
        times = 1 if age == "kept" or place == "quit" else None
        sink.script(place, reply(act) if isinstance(act, str) else act, times=times)
        payload = mail_to(FIRST, LONG if age == "long" else b"")
        async with asyncio.timeout(PATIENT / 2):
            outcome = await hand_over(pool, FIRST, payload)

        verdict, why = told(outcome)
        assert (verdict, bool(re.fullmatch(reason, why))) == (word, True), (verdict, why)
        taken = [one.raw for one in copies(sink, FIRST)]
        trial.count(len(taken), lost=verdict == SENT and not taken, doubt=verdict == DOUBT)
        assert taken in ([], [payload])
        if verdict != DOUBT:
            assert len(taken) == (verdict == SENT)
        else:
            assert sink.begun == (2 if age == "kept" else 1)

        if place != "quit":
            sink.clear()
        pool.answer_within = pool.taken_within = PATIENT
        assert told(await hand_over(pool, NEXT, mail_to(NEXT))) == (SENT, TAKEN)
        assert [one.raw for one in copies(sink, NEXT)] == [mail_to(NEXT)]
        assert len(copies(sink, FIRST)) == len(taken)


def test_every_stage_is_tried_with_refusals_drops_hangs_and_nonsense() -> None:
    assert len(SCRIPTS) >= 100
    for stage in ("connect", "ehlo", "mail", "rcpt", "data", "dot", "rset", "quit"):
        acts = [act for place, act, *_ in SCRIPTS if place == stage]
        assert {sinks.drop, sinks.hang, sinks.garbage} <= {a for a in acts if callable(a)}, stage
        assert {"4", "5"} <= {act[0] for act in acts if isinstance(act, str)}, stage
