"""Double opt-in: a question goes by mail, a button agrees, and nothing else does."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from activities.timekeeping import Timekeeper, wall_time
from console.app import create_app
from domain.refusal import Malformed, Refused
from operations import asking_consent, consenting, contacts, forgetting, stop_facts
from operations.asking_consent import ASKS_MAX, Question
from operations.house import EngineUnreachable, House
from store.verify import verify
from tests.support.rfc import faults
from tests.support.shortcut import ANN, events_of, house, no_engine
from tests.support.sink import Sink, reply

__all__ = ["house", "no_engine"]


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink() as one:
        yield one
        assert [broken for mail in one.messages if (broken := faults(mail.raw))] == []


@pytest.fixture
def desk(house: House, sink: Sink) -> Iterator[House]:
    """The house with its relay at the sink, and Ann who agreed to nothing."""
    consenting.withdraw(house, ANN, "*", actor="test")
    with House(replace(house.config, smtp_url=sink.url)) as opened:
        yield opened


@pytest.fixture
async def stranger(desk: House) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(desk, link_token="a-link-for-tests-only")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000"
    ) as http:
        yield http


async def asked(desk: House, **more: str) -> Question:
    return await asking_consent.ask(desk, ANN, "marketing", actor="test", **more)


def _link(sink: Sink) -> str:
    [mail] = sink.messages
    text = mail.parsed.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    found = re.search(r"/u/confirm/[\w=-]+", text)
    assert found is not None
    return found[0]


def _agreed(desk: House) -> list[str]:
    told = contacts.show(desk, ANN).consents
    return [one.basis for one in told if one.withdrawn_at is None]


def _later(desk: House, **span: int) -> None:
    desk.time = Timekeeper(desk.config.clock, lambda: wall_time() + timedelta(**span))


async def test_the_button_agrees_and_a_look_does_not(
    desk: House, sink: Sink, stranger: httpx.AsyncClient
) -> None:
    told = await asked(desk, source="website")
    assert told.status == "sent"
    link = _link(sink)
    assert sink.messages[0].recipient == ANN
    for method in ("GET", "HEAD"):
        assert (await stranger.request(method, link)).status_code == 200
    assert _agreed(desk) == []
    page = (await stranger.get(link)).text
    assert f'action="{link}"' in page
    assert "ann" not in page.lower()
    assert (await stranger.post(link)).status_code == 200
    assert _agreed(desk) == ["double-opt-in"]
    steps = [(one.what, one.actor) for one in contacts.show(desk, ANN).history]
    assert steps[-2:] == [("asked", "test"), ("given", "contact")]
    stop_facts.unsubscribe(desk, ANN, actor="contact", scope="marketing")
    await stranger.post(link)
    assert _agreed(desk) == []
    assert verify(desk.store) == []


async def test_an_unknown_link_gets_the_same_page(desk: House, stranger: httpx.AsyncClient) -> None:
    for method in ("GET", "POST"):
        answer = await stranger.request(method, "/u/confirm/none-of-ours")
        assert answer.status_code == 200
    assert _agreed(desk) == []


async def test_a_question_is_over_after_a_week(desk: House, sink: Sink) -> None:
    await asked(desk)
    token = _link(sink).rpartition("/")[2]
    _later(desk, days=8)
    assert not asking_consent.confirm(desk, token)
    assert _agreed(desk) == []


async def test_nobody_is_asked_too_often_and_a_repeat_asks_once(desk: House, sink: Sink) -> None:
    one = await asked(desk, command_id="a-1")
    assert (await asked(desk, command_id="a-1")).message_id == one.message_id
    assert len(sink.messages) == 1
    for _ in range(ASKS_MAX - 1):
        await asked(desk)
    with pytest.raises(Refused, match="that is enough"):
        await asked(desk)
    assert len(sink.messages) == ASKS_MAX
    _later(desk, days=31)
    assert (await asked(desk)).status == "sent"


async def test_who_agreed_or_opted_out_is_not_asked(desk: House, sink: Sink) -> None:
    with pytest.raises(Malformed):
        await asked(desk, source="ann@them.example")
    contacts.consent(desk, ANN, "marketing:fair", actor="test")
    with pytest.raises(Refused, match="agreed to marketing mail already"):
        await asked(desk)
    stop_facts.unsubscribe(desk, ANN, actor="test", scope="marketing")
    with pytest.raises(Refused, match="opt out"):
        await asked(desk)
    assert sink.messages == []


async def test_a_wish_written_while_it_leaves_holds_it_back(desk: House, sink: Sink) -> None:
    hold = sink.hold("mail")
    going = asyncio.create_task(asked(desk))
    await hold.reached.wait()
    await asyncio.to_thread(stop_facts.unsubscribe, desk, ANN, actor="contact")
    hold.release.set()
    assert (await going).status == "cancelled"
    assert sink.messages == []


async def test_a_relay_that_refuses_or_waits_is_told(desk: House, sink: Sink) -> None:
    sink.script("rcpt", reply("451 4.7.1 later"))
    with pytest.raises(EngineUnreachable):
        await asked(desk)
    sink.script("rcpt", reply("550 5.1.1 nobody"))
    with pytest.raises(Refused, match="refused"):
        await asked(desk)
    assert contacts.show(desk, ANN).barred[0].reason == "hard_bounce"


async def test_a_dry_run_sends_nothing_and_a_forgotten_person_cannot_agree(
    desk: House, sink: Sink
) -> None:
    before = events_of(desk, f"contact/{contacts.id_of(desk, ANN)}")
    assert (await asking_consent.ask(desk, ANN, "marketing", actor="t", dry_run=True)).dry_run
    assert events_of(desk, f"contact/{contacts.id_of(desk, ANN)}") == before
    await asked(desk)
    told = forgetting.forget(desk, ANN, actor="test")
    assert told.erased["links"] == 2
    assert not asking_consent.confirm(desk, _link(sink).rpartition("/")[2])
