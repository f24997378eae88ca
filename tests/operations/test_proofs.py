"""A test mail reaches one of ours through the relay, and nobody else ever hears of it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.refusal import NotFound, Refused
from operations import people
from operations.authoring import proofs
from operations.authoring.proofs import AN_HOUR, MARK, Proof
from operations.house import EngineUnreachable, House
from operations.post import mail_room
from store import proofs as kept
from store import sends
from tests.support.shortcut import ANN, OLGA, events_of, house, no_engine, opened_deal
from tests.support.sink import Hold, Sink, held, reply

__all__ = ["house", "no_engine"]


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink() as one:
        yield one


@pytest.fixture
def desk(house: House, sink: Sink) -> Iterator[House]:
    """The house with its relay at the sink."""
    with House(replace(house.config, smtp_url=sink.url)) as opened:
        yield opened


async def sent(desk: House, to: str = OLGA, **more: str) -> Proof:
    return await proofs.send_test(desk, "follow-up-1", to, actor="test", **more)


async def test_it_goes_to_a_colleague_marked_and_without_a_way_out(desk: House, sink: Sink) -> None:
    told = await sent(desk)
    assert (told.status, told.to) == ("sent", OLGA)
    [mail] = sink.messages
    assert mail.recipient == OLGA
    assert mail.parsed["Subject"] == told.subject
    assert told.subject.startswith(MARK)
    assert mail.message_id == told.message_id
    assert mail.parsed["List-Unsubscribe"] is None
    assert "Hello Sam" in mail.parsed.get_body(("plain",)).get_content()  # type: ignore[union-attr]


async def test_it_is_filled_in_for_a_deal_that_never_hears_of_it(desk: House, sink: Sink) -> None:
    deal_id = await opened_deal(desk)
    before = len(events_of(desk, f"deal/{deal_id}"))
    told = await sent(desk, deal=deal_id, locale="pl")
    [mail] = sink.messages
    assert (mail.recipient, told.locale) == (OLGA, "pl")
    assert "Ann" in mail.parsed.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert len(events_of(desk, f"deal/{deal_id}")) == before
    assert mail_room.list_page(desk, deal=deal_id).mails == ()
    [row] = mail_room.list_page(desk).mails
    assert (row.purpose, row.status, row.contact_id) == ("test", "sent", None)
    [event] = events_of(desk, kept.stream_of(told.person_id))
    assert event.event.outcome == "sent"  # type: ignore[attr-defined]


@pytest.mark.parametrize("to", [ANN, "C-1", "nobody@nowhere.example"])
async def test_nobody_but_our_people_gets_one(desk: House, sink: Sink, to: str) -> None:
    with pytest.raises(NotFound, match="there is no person"):
        await sent(desk, to)
    assert sink.messages == []


async def test_who_has_left_gets_none(desk: House, sink: Sink) -> None:
    people.add(desk, people.NewPerson(email=OLGA, active=False), actor="test")
    with pytest.raises(Refused, match="does not work here any more"):
        await sent(desk)
    assert sink.messages == []


async def test_the_same_id_sends_once_and_a_dry_run_never(desk: House, sink: Sink) -> None:
    assert (await proofs.send_test(desk, "welcome-1", OLGA, actor="t", dry_run=True)).dry_run
    first = await sent(desk, command_id="a-test")
    assert await sent(desk, command_id="a-test") == first
    assert len(sink.messages) == 1


async def test_one_person_gets_so_many_an_hour(desk: House, sink: Sink) -> None:
    wall = desk.time.wall()
    with desk.store.write() as tx:
        row = _row(desk)
        for number in range(AN_HOUR):
            ago = wall - timedelta(minutes=1 if number else 61)
            sends.plan(tx, replace(row, touch_id=f"T-{number}", status="sent", claimed_at=ago))
    await sent(desk)  # the oldest is more than an hour old
    with pytest.raises(Refused, match="10 test mails"):
        await sent(desk)
    assert len(sink.messages) == 1


async def test_two_at_once_cannot_pass_the_limit(desk: House, sink: Sink) -> None:
    with desk.store.write() as tx:
        for number in range(AN_HOUR - 1):
            at = desk.time.wall()
            sends.plan(
                tx, replace(_row(desk), touch_id=f"T-{number}", claimed_at=at, status="sent")
            )
    told = await asyncio.gather(sent(desk), sent(desk), return_exceptions=True)
    assert sorted(type(one).__name__ for one in told) == ["Proof", "Refused"]
    assert len(sink.messages) == 1


async def test_while_all_mail_is_stopped_no_test_goes(desk: House, sink: Sink) -> None:
    mail_room.stop(desk, actor="test", reason="a drill")
    with pytest.raises(Refused, match="all mail is stopped"):
        await sent(desk)
    assert (sink.messages, mail_room.list_page(desk).mails) == ([], ())


async def test_a_stop_that_comes_meanwhile_holds_it(desk: House, sink: Sink) -> None:
    hold = Hold()
    sink.script("mail", held(hold))
    going = asyncio.create_task(sent(desk))
    await hold.reached.wait()
    mail_room.stop(desk, actor="test", reason="a drill")
    hold.release.set()
    with pytest.raises(Refused, match="all mail is stopped"):
        await going
    [row] = mail_room.list_page(desk).mails
    assert (row.status, sink.messages) == ("cancelled", [])


async def test_a_relay_that_refuses_is_told_and_no_later_try_surprises_anybody(
    desk: House, sink: Sink
) -> None:
    sink.script("rcpt", reply("550 5.7.1 not today"))
    with pytest.raises(Refused, match="not today"):
        await sent(desk)
    sink.script("rcpt", reply("451 4.7.1 later"))
    with pytest.raises(EngineUnreachable, match="later"):
        await sent(desk)
    statuses = sorted(one.status for one in mail_room.list_page(desk).mails)
    assert (statuses, sink.messages) == (["cancelled", "refused"], [])


async def test_a_relay_that_is_down_is_told(house: House) -> None:
    config = replace(house.config, smtp_url="smtp://127.0.0.1:1")
    with House(config) as desk, pytest.raises(EngineUnreachable, match="the mail server"):
        await sent(desk)


def _row(desk: House) -> sends.Send:
    person = people.show(desk, OLGA)
    return sends.Send(
        touch_id="T",
        stream=kept.stream_of(person.person_id),
        template="follow-up-1",
        purpose=kept.PURPOSE,
        message_id="<x@us.example>",
        planned_at=desk.time.now(),
        person_id=person.person_id,
    )
