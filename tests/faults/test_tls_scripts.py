"""Relays whose TLS or password is wrong: no word of a mail or a password leaves in the clear.

`expired.pem` and `elsewhere.pem` in `tests/support/tls/` are trusted here, so that what is
refused is the date and the name and nothing else.
"""

import asyncio
import re
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from mail.handover import Pool
from mail.outcome import Accepted, Outcome, TryLater
from tests.support import misbehaviour as rude
from tests.support import sink as sinks
from tests.support.misbehaviour import cut, raw, stall
from tests.support.sink import Action, Sink, Visit, reply

TLS = Path(__file__).parents[1] / "support" / "tls"
SENDER, RECIPIENT = "owner@house.example", "ann@acme.example"
PAYLOAD = b"Subject: hello\r\n\r\nbody\r\n"
SHORT, PATIENT = 0.3, 10.0  # seconds
LOST = "(Connection lost|Unexpected EOF received|Server not connected|Connection reset.*)"
SILENT = "connect: (no answer|no connection) in time"


def serving(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / f"{name}.pem")
    return context


def trusting(name: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(TLS / f"{name}.pem"))


def unencrypted() -> ssl.SSLContext:
    """A server that knows TLS but would encrypt nothing."""
    context = serving("loopback")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("NULL:eNULL:@SECLEVEL=0")
    return context


async def say_go_then_talk_plainly(visit: Visit) -> None:
    """Agree to STARTTLS and go on without it."""
    visit.writer.write(b"220 2.0.0 go on\r\n")
    await visit.reader.read(1)
    visit.writer.write(b"250 what handshake\r\n" * 4)
    await visit.writer.drain()
    await asyncio.Event().wait()


def password_in(url: str) -> str:
    return url.replace("//", "//user:pass%40word@")


async def hand_over(pool: Pool) -> Outcome:
    async with pool.talk() as talk:
        return await talk.envelope(SENDER, RECIPIENT) or await talk.data(PAYLOAD)


# The stage, what the relay does there, and the reason of the one outcome: try later.
SCRIPTS: list[tuple[str, str | Action, str]] = [
    ("connect", sinks.drop, f"connect: {LOST}"),
    ("ehlo", "502 5.5.1 unknown", "connect: 5.*"),
    ("starttls", "421 4.3.2 leaving", "connect: 421 4.3.2 leaving"),
    ("starttls", "454 4.7.0 TLS not available", "connect: 454 4.7.0 TLS not available"),
    ("starttls", "502 5.5.1 unknown", "connect: 502 5.5.1 unknown"),
    ("starttls", "250 ok", "connect: 250 ok"),
    ("starttls", sinks.drop, f"connect: {LOST}"),
    ("starttls", sinks.hang, SILENT),
    ("starttls", sinks.garbage, "connect: .*Malformed.*"),
    ("starttls", cut(b"220 2.0.0 go on\r\n"), f"connect: {LOST}"),
    ("starttls", stall(b"220 2.0.0 go on\r\n"), "connect: no answer in time"),
    ("starttls", stall(b"22"), SILENT),
    ("starttls", say_go_then_talk_plainly, "connect: .*SSL.*"),
    ("auth", "421 4.3.2 leaving", "connect: .*"),
    ("auth", "432 4.7.12 change it", "connect: 432 4.7.12 change it"),
    ("auth", "454 4.7.0 for now", "connect: 454 4.7.0 for now"),
    ("auth", "500 5.5.2 what", "connect: 500 5.5.2 what"),
    ("auth", "535 5.7.8 wrong", "connect: 535 5.7.8 wrong"),
    ("auth", "538 5.7.11 stronger", "connect: 538 5.7.11 stronger"),
    ("auth", sinks.drop, f"connect: {LOST}"),
    ("auth", sinks.hang, SILENT),
    ("auth", sinks.garbage, "connect: .*Malformed.*"),
    ("auth", raw(b"235 2.7.0 welcome\r\n250 early\r\n"), "connect: a reply that nobody asked for"),
    ("auth", raw(rude.FLOOD), "connect: .*Response too long"),
]


@pytest.mark.parametrize(
    ("stage", "act", "reason"), SCRIPTS, ids=[f"{row[0]}-{n}" for n, row in enumerate(SCRIPTS)]
)
async def test_a_relay_that_fails_before_the_line_is_safe_gets_nothing(
    stage: str, act: str | Action, reason: str
) -> None:
    hangs = reason.endswith("in time")
    async with Sink(tls=serving("loopback"), features=("AUTH PLAIN",)) as sink:
        pool = Pool(
            password_in(sink.url),
            answer_within=SHORT if hangs else PATIENT,
            context=trusting("loopback"),
        )
        async with pool:
            sink.script(stage, reply(act) if isinstance(act, str) else act, times=None)
            outcome = await hand_over(pool)
            assert isinstance(outcome, TryLater), outcome
            assert re.fullmatch(reason, outcome.reason), outcome
            assert told_nothing(sink, secure=stage == "auth")
            sink.clear()
            pool.answer_within = PATIENT
            assert isinstance(await hand_over(pool), Accepted)
        assert [one.recipient for one in sink.messages] == [RECIPIENT]


def told_nothing(sink: Sink, secure: bool) -> bool:
    """No word of the mail, and no password unless the line was encrypted."""
    unsafe = ("MAIL", "RCPT", "DATA") if secure else ("MAIL", "RCPT", "DATA", "AUTH")
    return not any(line.upper().startswith(unsafe) for line in sink.commands)


CERTIFICATES: list[tuple[str, Callable[[], ssl.SSLContext], ssl.SSLContext, str]] = [
    ("expired", lambda: serving("expired"), trusting("expired"), "has expired"),
    ("elsewhere", lambda: serving("elsewhere"), trusting("elsewhere"), "IP address mismatch"),
    ("unknown", lambda: serving("loopback"), ssl.create_default_context(), "self-signed"),
    ("no cipher", unencrypted, trusting("loopback"), ""),
]


@pytest.mark.parametrize("implicit", [True, False], ids=["smtps", "starttls"])
@pytest.mark.parametrize(
    ("server", "client", "reason"),
    [row[1:] for row in CERTIFICATES],
    ids=[row[0] for row in CERTIFICATES],
)
async def test_a_relay_that_cannot_show_who_it_is_gets_nothing(
    server: Callable[[], ssl.SSLContext], client: ssl.SSLContext, reason: str, implicit: bool
) -> None:
    features = ("AUTH PLAIN",)
    async with Sink(tls=server(), implicit_tls=implicit, features=features) as sink:
        async with Pool(password_in(sink.url), answer_within=PATIENT, context=client) as pool:
            outcome = await hand_over(pool)
        assert isinstance(outcome, TryLater)
        assert outcome.reason.startswith("connect: ")
        assert reason in outcome.reason
        assert told_nothing(sink, secure=False)


async def test_tls_spoken_to_a_plain_relay_gets_nothing() -> None:
    async with Sink() as sink:
        url = password_in(sink.url.replace("smtp:", "smtps:"))
        async with Pool(url, answer_within=PATIENT, context=trusting("loopback")) as pool:
            outcome = await hand_over(pool)
        assert isinstance(outcome, TryLater)
        assert told_nothing(sink, secure=False)


async def test_a_plain_word_to_a_tls_relay_waits_no_longer_than_allowed() -> None:
    async with Sink(tls=serving("loopback"), implicit_tls=True) as sink:
        url = sink.url.replace("smtps:", "smtp:")
        async with Pool(url, answer_within=SHORT) as pool:
            outcome = await hand_over(pool)
        assert isinstance(outcome, TryLater)
        assert sink.messages == []


async def test_words_slipped_in_before_the_handshake_are_not_believed() -> None:
    """A reply sent in the clear behind the 220 would otherwise answer what is asked in secret."""

    async def slip_in(visit: Visit) -> bytes:
        return b"220 2.0.0 go on\r\n250-sink\r\n250 AUTH PLAIN\r\n"

    async with Sink(tls=serving("loopback"), features=()) as sink:
        sink.script("starttls", slip_in, times=None)
        url = password_in(sink.url)
        async with Pool(url, answer_within=PATIENT, context=trusting("loopback")) as pool:
            outcome = await hand_over(pool)
        assert isinstance(outcome, TryLater), outcome
        assert told_nothing(sink, secure=False)
