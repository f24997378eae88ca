"""Every stage of a conversation that can fail, and what may be said about the message then."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.refusal import Malformed
from mail.handover import Pool
from mail.outcome import Accepted, InDoubt, Outcome, Rejected, TryLater, refusal
from tests.support import sink as sinks
from tests.support.sink import Sink, reply

PAYLOAD = b"Message-ID: <t-1@house.example>\r\nSubject: hello\r\n\r\nbody\r\n"
SENDER, RECIPIENT = "owner@house.example", "ann@acme.example"


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink() as server:
        yield server


@pytest.fixture
async def pool(sink: Sink) -> AsyncIterator[Pool]:
    async with Pool(sink.url, answer_within=0.3, taken_within=0.3) as connections:
        yield connections


async def hand_over(pool: Pool, payload: bytes = PAYLOAD) -> Outcome:
    async with pool.talk() as talk:
        return await talk.envelope(SENDER, RECIPIENT) or await talk.data(payload)


async def test_a_taken_message_is_accepted_with_the_reply_of_the_relay(
    sink: Sink, pool: Pool
) -> None:
    assert await hand_over(pool) == Accepted("2.0.0 taken")
    [caught] = sink.messages
    assert (caught.sender, caught.recipient, caught.raw) == (SENDER, RECIPIENT, PAYLOAD)


TABLE = [
    ("connect", reply("421 4.3.2 busy"), (TryLater, 421)),
    ("connect", reply("554 5.7.1 go away"), (TryLater, 554)),
    ("connect", sinks.drop, (TryLater, None)),
    ("connect", sinks.hang, (TryLater, None)),
    ("connect", sinks.garbage, (TryLater, None)),
    ("ehlo", sinks.drop, (TryLater, None)),
    ("mail", reply("451 4.3.0 later"), (TryLater, 451)),
    ("mail", reply("421 4.3.2 leaving"), (TryLater, 421)),
    ("mail", reply("550 5.7.1 not you"), (Rejected, 550)),
    ("mail", reply("530 5.7.0 authenticate"), (TryLater, 530)),
    ("mail", sinks.drop, (TryLater, None)),
    ("mail", sinks.hang, (TryLater, None)),
    ("mail", sinks.garbage, (TryLater, None)),
    ("rcpt", reply("450 4.2.1 greylisted"), (TryLater, 450)),
    ("rcpt", reply("550 5.1.1 no such user"), (Rejected, 550)),
    ("rcpt", sinks.drop, (TryLater, None)),
    ("rcpt", sinks.garbage, (TryLater, None)),
    ("data", reply("451 4.3.0 later"), (TryLater, 451)),
    ("data", reply("554 5.5.1 no"), (Rejected, 554)),
    ("data", reply("250 odd"), (TryLater, None)),
    ("data", sinks.drop, (TryLater, None)),
    ("data", sinks.hang, (TryLater, None)),
    ("data", sinks.garbage, (TryLater, None)),
    ("dot", reply("451 4.3.0 later"), (TryLater, 451)),
    ("dot", reply("554 5.6.0 content"), (Rejected, 554)),
    ("dot", reply("354 odd"), (InDoubt, None)),
    ("dot", sinks.drop, (InDoubt, None)),
    ("dot", sinks.hang, (InDoubt, None)),
    ("dot", sinks.accept_then_drop, (InDoubt, None)),
    ("dot", sinks.accept_then_hang, (InDoubt, None)),
    ("dot", sinks.accept_then_garbage, (InDoubt, None)),
]


@pytest.mark.parametrize(
    ("stage", "action", "expected"), TABLE, ids=[f"{row[0]}-{n}" for n, row in enumerate(TABLE)]
)
async def test_what_fails_at_a_stage_decides_what_is_known(
    sink: Sink,
    pool: Pool,
    stage: str,
    action: sinks.Action,
    expected: tuple[type[Outcome], int | None],
) -> None:
    sink.script(stage, action, times=None)
    outcome = await hand_over(pool)
    assert (type(outcome), getattr(outcome, "code", None)) == expected, outcome
    taken = action in (sinks.accept_then_drop, sinks.accept_then_hang, sinks.accept_then_garbage)
    assert len(sink.messages) == int(taken)
    sink.clear()
    assert isinstance(await hand_over(pool), Accepted)  # the pool is sound again


async def test_a_line_that_breaks_within_the_message_is_certain_not_to_have_delivered(
    sink: Sink, pool: Pool
) -> None:
    sink.script("body", sinks.drop)
    outcome = await hand_over(pool, PAYLOAD + (b"x" * 998 + b"\r\n") * 8_000)
    assert isinstance(outcome, TryLater), outcome
    assert sink.messages == []


async def test_a_refused_connection_is_tried_later() -> None:
    async with Sink() as gone:
        url = gone.url
    async with Pool(url) as pool:
        assert isinstance(await hand_over(pool), TryLater)


async def test_connections_are_kept_and_used_again(sink: Sink, pool: Pool) -> None:
    for _ in range(5):
        assert isinstance(await hand_over(pool), Accepted)
    assert sink.connections == 1
    assert len(sink.messages) == 5


async def test_no_more_connections_than_the_size_of_the_pool(sink: Sink) -> None:
    async with Pool(sink.url, size=2) as pool:
        outcomes = await asyncio.gather(*(hand_over(pool) for _ in range(12)))
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert sink.connections <= 2


async def test_a_kept_connection_that_died_is_replaced_once_and_silently(
    sink: Sink, pool: Pool
) -> None:
    await hand_over(pool)
    await sink.disconnect_all()
    assert isinstance(await hand_over(pool), Accepted)
    assert sink.connections == 2


@pytest.mark.parametrize("action", [sinks.drop, reply("421 4.4.2 idle"), sinks.garbage])
async def test_a_kept_connection_that_turns_us_away_is_replaced(
    sink: Sink, pool: Pool, action: sinks.Action
) -> None:
    await hand_over(pool)
    sink.script("mail", action)
    assert isinstance(await hand_over(pool), Accepted)
    assert len(sink.messages) == 2


async def test_an_envelope_that_is_given_up_leaves_the_connection_clean(
    sink: Sink, pool: Pool
) -> None:
    async with pool.talk() as talk:
        assert await talk.envelope(SENDER, RECIPIENT) is None
    assert sink.commands[-1] == "RSET"
    assert isinstance(await hand_over(pool), Accepted)
    assert (sink.connections, len(sink.messages)) == (1, 1)


async def test_a_refused_recipient_does_not_leak_into_the_next_talk(sink: Sink, pool: Pool) -> None:
    sink.script("rcpt", reply("550 5.1.1 no such user"))
    assert isinstance(await hand_over(pool), Rejected)
    assert isinstance(await hand_over(pool), Accepted)
    assert (sink.connections, len(sink.messages)) == (1, 1)


async def test_a_cancelled_handover_drops_its_connection(sink: Sink) -> None:
    async with Pool(sink.url) as pool:
        hold = sink.hold("dot")
        task = asyncio.create_task(hand_over(pool))
        await hold.reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        hold.release.set()
        assert isinstance(await hand_over(pool), Accepted)
        assert sink.connections == 2


async def test_data_without_an_envelope_is_a_bug_of_the_caller(pool: Pool) -> None:
    async with pool.talk() as talk:
        with pytest.raises(RuntimeError):
            await talk.data(PAYLOAD)


async def test_a_reply_is_cut_to_500_characters_on_one_line(sink: Sink, pool: Pool) -> None:
    lines = "\r\n".join(["250-" + "x" * 70] * 200 + ["250 end"])
    sink.script("dot", reply(lines))
    outcome = await hand_over(pool)
    assert isinstance(outcome, Accepted)
    assert len(outcome.reply) == 500
    assert "\n" not in outcome.reply


HOSTILE = [
    "a@x.example>\r\nRCPT TO:<e@x.example",
    "a@x.example\nDATA",
    "a@x.example> NOTIFY=NEVER",
    "a@x.example\0",
    "a@x.example,b@x.example",
    "Bob <a@x.example>",
    "",
    "<>",
]


@pytest.mark.parametrize("address", HOSTILE)
async def test_an_address_with_a_command_in_it_never_reaches_the_wire(
    sink: Sink, pool: Pool, address: str
) -> None:
    for sender, recipient in ((SENDER, address), (address, RECIPIENT)):
        async with pool.talk() as talk:
            with pytest.raises(Malformed):
                await talk.envelope(sender, recipient)
    assert sink.commands == []


SMUGGLED = [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n", b"\r\n.\r\n", b"\r.\r\n", b"\r\n\0.\r\n"]


@pytest.mark.parametrize("end", SMUGGLED)
async def test_no_end_of_data_can_be_smuggled_within_a_body(
    sink: Sink, pool: Pool, end: bytes
) -> None:
    inner = b"MAIL FROM:<e@x.example>\r\nRCPT TO:<e@x.example>\r\nDATA\r\nevil\r\n.\r\n"
    assert isinstance(await hand_over(pool, PAYLOAD + end + inner), Accepted)
    assert len(sink.messages) == 1
    assert isinstance(await hand_over(pool), Accepted)


@pytest.mark.parametrize(
    ("stage", "code", "text", "suppress"),
    [
        ("rcpt", 550, "5.1.1 no such user", True),
        ("rcpt", 550, "5.1.10 null MX", True),
        ("rcpt", 550, "No such user here", True),
        ("rcpt", 550, "5.2.1 mailbox disabled", True),
        ("rcpt", 551, "user not local", True),
        ("rcpt", 553, "mailbox name not allowed", True),
        ("dot", 550, "5.1.1 unknown", True),
        ("rcpt", 550, "5.1.2 no such domain", True),
        ("rcpt", 550, "5.1.6 mailbox has moved", True),
        ("rcpt", 550, "5.1.0 address rejected: user unknown", True),
        ("rcpt", 550, "5.4.1 Recipient address rejected: Access denied. [AS(201806281)]", True),
        ("rcpt", 550, "5.5.0 Requested action not taken: mailbox unavailable", True),
        ("dot", 554, "delivery error: dd This user doesn't have a them.example account", True),
        ("rcpt", 550, "5.1.1 mailbox full", False),
        ("rcpt", 550, "5.7.1 recipient unknown to our policy server", False),
        ("rcpt", 550, "5.7.515 access denied, sender does not meet the level", False),
        ("rcpt", 550, "5.7.26 this mail is unauthenticated", False),
        ("rcpt", 554, "5.4.0 routing loop", False),
        ("rcpt", 550, "no", False),
        ("rcpt", 550, "5.7.1 blocked by policy", False),
        ("rcpt", 550, "5.1.8 bad sender's system", False),
        ("rcpt", 553, "5.7.1 relaying denied", False),
        ("rcpt", 550, "blocked", False),
        ("rcpt", 552, "5.2.2 mailbox full", False),
        ("mail", 550, "5.1.1 sender unknown", False),
        ("dot", 554, "5.7.26 unauthenticated", False),
    ],
)
def test_only_a_mailbox_that_is_no_more_is_suppressed(
    stage: str, code: int, text: str, suppress: bool
) -> None:
    full = "mailbox full" in text
    assert refusal(stage, code, text) == Rejected(code, text, suppress, soft=full)


async def test_what_is_accepted_is_on_disk_before_the_250(tmp_path: Path) -> None:
    log = tmp_path / "sink.jsonl"
    async with Sink(log) as sink, Pool(sink.url, taken_within=0.3) as pool:
        sink.script("dot", sinks.accept_then_drop)
        assert isinstance(await hand_over(pool), InDoubt)
    assert "<t-1@house.example>" in log.read_text()


@pytest.mark.parametrize(
    "features", [(), ("8BITMIME", "SMTPUTF8", "SIZE 10000000", "DSN", "PIPELINING", "CHUNKING")]
)
async def test_a_relay_is_asked_for_nothing_that_our_mail_does_not_need(
    features: tuple[str, ...],
) -> None:
    """Plain ASCII bytes, short: no BODY, SMTPUTF8 or notices, whatever a relay can do."""
    async with Sink(features=features) as sink, Pool(sink.url) as pool, pool.talk() as talk:
        assert await talk.envelope("bounces+x@us.example", "ann@them.example") is None
        assert isinstance(await talk.data(PAYLOAD), Accepted)
    told = [line for line in sink.commands if line.split(" ")[0] in ("MAIL", "RCPT", "BDAT")]
    assert told == ["MAIL FROM:<bounces+x@us.example>", "RCPT TO:<ann@them.example>"]
