"""Where mail is handed over, and that nothing is said to a relay before the line is safe.

`tests/support/tls/loopback.pem` is a key and certificate for 127.0.0.1, made for these tests.
"""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.refusal import Malformed
from mail.handover import Pool
from mail.outcome import Accepted, Outcome, TryLater
from mail.relay import Relay
from tests.support.sink import Sink

PEM = Path(__file__).parents[1] / "support" / "tls" / "loopback.pem"
PAYLOAD = b"Subject: hello\r\n\r\nbody\r\n"
AUTH = ("AUTH PLAIN LOGIN",)


def server_side() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    return context


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(PEM))


async def hand_over(pool: Pool) -> Outcome:
    async with pool, pool.talk() as talk:
        outcome = await talk.envelope("owner@house.example", "ann@acme.example")
        return outcome or await talk.data(PAYLOAD)


@pytest.fixture
async def starttls() -> AsyncIterator[Sink]:
    async with Sink(tls=server_side(), features=AUTH) as sink:
        yield sink


@pytest.fixture
async def smtps() -> AsyncIterator[Sink]:
    async with Sink(tls=server_side(), implicit_tls=True, features=AUTH) as sink:
        yield sink


def with_password(sink: Sink) -> str:
    return sink.url.replace("//", "//user:pass%40word@")


async def test_mail_goes_over_implicit_tls(smtps: Sink) -> None:
    outcome = await hand_over(Pool(with_password(smtps), context=trusting()))
    assert isinstance(outcome, Accepted)
    assert any(command.startswith("AUTH PLAIN") for command in smtps.commands)


async def test_mail_and_password_go_over_starttls(starttls: Sink) -> None:
    outcome = await hand_over(Pool(with_password(starttls), context=trusting()))
    assert isinstance(outcome, Accepted)
    assert starttls.commands.index("STARTTLS") < next(
        n for n, command in enumerate(starttls.commands) if command.startswith("AUTH")
    )


async def test_a_certificate_that_is_not_trusted_gets_no_word(smtps: Sink, starttls: Sink) -> None:
    for sink in (smtps, starttls):
        outcome = await hand_over(Pool(with_password(sink), answer_within=5))
        assert isinstance(outcome, TryLater), outcome
        assert not any(line.startswith(("AUTH", "MAIL")) for line in sink.commands)


async def test_a_relay_that_hides_starttls_gets_no_password() -> None:
    async with Sink(features=AUTH) as sink:
        outcome = await hand_over(Pool(with_password(sink)))
        assert isinstance(outcome, TryLater)
        assert not any(line.startswith(("AUTH", "MAIL")) for line in sink.commands)


async def test_a_refused_password_is_ours_to_mend_and_not_the_end_of_the_mail(
    smtps: Sink,
) -> None:
    async def refuse(visit: object) -> str:
        return "535 5.7.8 wrong"

    smtps.script("auth", refuse, times=None)
    outcome = await hand_over(Pool(with_password(smtps), context=trusting()))
    assert isinstance(outcome, TryLater)
    assert smtps.messages == []


@pytest.mark.parametrize(
    ("url", "port", "plain"),
    [
        ("smtp://127.0.0.1:1025", 1025, True),
        ("smtp://localhost", 587, True),
        ("smtp://[::1]:25", 25, True),
        ("smtp://user:secret@127.0.0.1:25", 25, False),
        ("smtp://relay.example", 587, False),
        ("smtp://127.0.0.1.example", 587, False),
        ("smtps://relay.example", 465, False),
        ("smtp+plain://mailbox:1025", 1025, True),
    ],
)
def test_only_loopback_without_a_password_is_plain(url: str, port: int, plain: bool) -> None:
    relay = Relay.at(url)
    assert (relay.port, relay.plain) == (port, plain)
    assert "secret" not in repr(relay)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "relay.example:25",
        "http://relay.example",
        "smtp://",
        "smtp://x:y",
        "smtp+plain://user:secret@mailbox",
    ],
)
def test_an_address_of_no_relay_is_refused(url: str) -> None:
    with pytest.raises(Malformed):
        Relay.at(url)
