"""Messages go to the address that was looked at and nowhere else, whatever the other side does."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from activities import outward
from activities.outward import Poster
from tests.support.receiver import Receiver

TLS = Path(__file__).parents[1] / "support" / "tls"
SENT = {"webhook-id": "evt_1", "webhook-timestamp": "1", "webhook-signature": "v1,x"}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as opened:
        yield opened


def leads_to(*addresses: str) -> outward.Resolve:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return resolve


async def test_a_message_arrives_as_it_was_sent(receiver: Receiver) -> None:
    receiver.answers = [b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n  well\n\x00done  "]
    answer = await Poster(loopback=True).post(receiver.url + "?a=b", SENT, b"{}")
    assert (answer.status, answer.taken, answer.problem) == (200, True, None)
    assert answer.excerpt == "well done", "printable characters alone"
    [one] = receiver.messages
    assert one.path == "/hooks?a=b"
    assert one.body == b"{}"
    assert one.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert {name: one.headers[name] for name in SENT} == SENT


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",),
        ("8.8.8.8", "127.0.0.1"),
        ("169.254.169.254",),
        ("::1",),
        ("::ffff:127.0.0.1",),
        ("fd00:ec2::254",),
        ("64:ff9b::7f00:1",),
    ],
)
async def test_a_name_with_one_address_that_is_not_public_is_not_called(
    receiver: Receiver, addresses: tuple[str, ...]
) -> None:
    url = f"https://hooks.them.example:{receiver.port}/"
    answer = await Poster(resolve=leads_to(*addresses)).post(url, SENT, b"{}")
    assert answer.problem == "the name leads to an address that is not public"
    assert receiver.messages == []


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "0177.0.0.1", "localhost"])
async def test_other_spellings_of_this_machine_lead_nowhere(receiver: Receiver, host: str) -> None:
    answer = await Poster().post(f"http://{host}:{receiver.port}/", SENT, b"{}")
    assert answer.status is None
    assert answer.problem in (
        "the name leads to an address that is not public",
        "the name has no address",
    )
    assert receiver.messages == []


async def test_a_name_that_answers_differently_each_time_is_asked_once(receiver: Receiver) -> None:
    """The connection goes to the address that was looked at, not to what the name says next."""
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    url = f"http://hooks.them.example:{receiver.port}/in"
    answer = await Poster(loopback=True, resolve=rebinding).post(url, SENT, b"{}")
    assert answer.taken
    assert asked == ["hooks.them.example"]
    assert receiver.messages[0].headers["host"] == f"hooks.them.example:{receiver.port}"


async def test_plain_http_leaves_this_machine_never() -> None:
    poster = Poster(loopback=True, resolve=leads_to("8.8.8.8"))
    answer = await poster.post("http://hooks.them.example/", SENT, b"{}")
    assert answer.problem == "plain http goes to this machine alone"


async def test_a_redirect_is_an_answer_and_is_not_followed(receiver: Receiver) -> None:
    elsewhere = f"HTTP/1.1 307 Go\r\nLocation: {receiver.url}/2\r\nContent-Length: 0\r\n\r\n"
    receiver.answers = [elsewhere.encode()]
    answer = await Poster(loopback=True).post(receiver.url, SENT, b"{}")
    assert (answer.status, answer.taken) == (307, False)
    assert len(receiver.messages) == 1


async def test_no_proxy_of_the_environment_is_asked(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await Poster(loopback=True).post(receiver.url, SENT, b"{}")).taken


async def test_of_a_long_answer_little_is_read_and_less_is_kept(receiver: Receiver) -> None:
    head = b"HTTP/1.1 500 No\r\nContent-Length: 100000000\r\n\r\n"
    receiver.answers = [head + b"x" * 100_000]
    answer = await Poster(loopback=True).post(receiver.url, SENT, b"{}")
    assert (answer.status, answer.excerpt) == (500, "x" * outward.SHOWN_MAX)


async def test_who_never_answers_is_not_waited_for(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outward, "WHOLE_S", 0.2)
    receiver.pause = asyncio.Event()
    answer = await Poster(loopback=True).post(receiver.url, SENT, b"{}")
    assert answer.problem == "no answer in time"
    receiver.pause.set()


async def test_who_answers_a_byte_at_a_time_is_not_waited_for_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outward, "WHOLE_S", 0.3)

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                writer.write(b"H")
                await writer.drain()
                await asyncio.sleep(0.02)
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        answer = await Poster(loopback=True).post(f"http://127.0.0.1:{port}/", SENT, b"{}")
    assert answer.status is None
    assert answer.problem in ("no answer in time", "what it answered is no HTTP")
    assert answer.ms < 2_000


@pytest.mark.parametrize(
    ("rubbish", "problem"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "what it answered is no HTTP"),
        (b"", "what it answered is no HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive", "what it answered is no HTTP"),
    ],
)
async def test_what_is_no_answer_is_told_in_words(
    receiver: Receiver, rubbish: bytes, problem: str
) -> None:
    receiver.answers = [rubbish]
    answer = await Poster(loopback=True).post(receiver.url, SENT, b"{}")
    assert (answer.status, answer.problem) == (None, problem)


async def test_nobody_there_and_no_such_name_are_told_apart(receiver: Receiver) -> None:
    async def nowhere(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    answer = await Poster(resolve=nowhere).post("https://nowhere.example/", SENT, b"{}")
    assert answer.problem == "the name has no address"
    async with Receiver() as gone:
        pass
    answer = await Poster(loopback=True).post(gone.url, SENT, b"{}")
    assert answer.problem == "no connection"


@pytest.mark.parametrize(
    ("certificate", "problem"),
    [
        ("loopback", None),
        ("elsewhere", "its certificate does not hold"),
        ("expired", "its certificate does not hold"),
    ],
)
async def test_the_certificate_is_held_against_the_name(
    certificate: str, problem: str | None
) -> None:
    pem = TLS / f"{certificate}.pem"
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(pem)
    trust = ssl.create_default_context(cafile=str(pem))
    async with Receiver(served) as receiver:
        answer = await Poster(loopback=True, trust=trust).post(receiver.url, SENT, b"{}")
        assert answer.problem == problem
        assert len(receiver.messages) == (problem is None)
        untrusting = await Poster(loopback=True).post(receiver.url, SENT, b"{}")
        assert untrusting.problem == "its certificate does not hold"
        assert untrusting.excerpt == ""
