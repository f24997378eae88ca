"""Mails that are due are handed over once, and what the relay says is kept."""

import asyncio
from datetime import timedelta

import pytest

from activities.performing import Performer
from activities.planning import plan_due
from domain import commands as c
from store import sends, suppression
from store.verify import verify
from tests.support.household import ANN, Household
from tests.support.sink import (
    Sink,
    accept_then_drop,
    accept_then_garbage,
    accept_then_hang,
    drop,
    garbage,
    hang,
    reply,
)


async def test_a_due_mail_goes_once_and_is_recorded(house: Household, sink: Sink) -> None:
    deal = house.open()
    woken = await house.perform(deal)
    (caught,) = await sink.arrived(1)
    assert caught.recipient == ANN
    assert caught.sender == "sales@us.example"
    row = house.mail(deal)
    assert (row.status, row.sent_at) == ("sent", house.watch.now)
    assert caught.message_id == row.message_id
    assert house.kinds(deal).count("touch_sent") == 1
    assert woken.wake_at is not None
    assert timedelta(days=3) <= woken.wake_at - house.watch.now <= timedelta(days=5)
    assert woken.version == house.deal(deal).version


async def test_performing_again_sends_nothing_more(house: Household, sink: Sink) -> None:
    deal = house.open()
    first = await house.perform(deal)
    again = await house.perform(deal, "run/2/1")
    assert len(sink.messages) == 1
    assert again.wake_at == first.wake_at


async def test_a_follow_up_continues_the_thread(small_house: Household, sink: Sink) -> None:
    house, deal = small_house, small_house.open()
    await house.until(deal, 2)
    first, second = (one.parsed for one in sink.messages)
    assert second["Subject"] == f"Re: {first['Subject']}"
    assert second["In-Reply-To"] == first["Message-ID"]
    assert second["References"] == first["Message-ID"]
    await house.until(deal, 3)
    third = sink.messages[2].parsed
    assert third["Subject"] == f"Re: {first['Subject']}"
    assert third["References"].split() == [first["Message-ID"], second["Message-ID"]]


async def test_every_mail_to_a_contact_has_a_way_out(small_house: Household, sink: Sink) -> None:
    deal = small_house.open()
    await small_house.perform(deal)
    mail = sink.messages[0].parsed
    link = mail["List-Unsubscribe"].strip("<>")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link.startswith("http://127.0.0.1:8000/u/")
    text = mail.get_body(("plain",))
    assert text is not None
    assert link in text.get_content()
    assert "1 Lock Lane" in text.get_content()


@pytest.mark.parametrize(
    ("stage", "action"),
    [
        ("connect", reply("421 come back")),
        ("mail", reply("451 4.3.0 busy")),
        ("mail", drop),
        ("rcpt", reply("450 4.2.0 greylisted")),
        ("data", reply("451 4.3.0 not now")),
        ("dot", reply("452 4.2.2 full")),
    ],
)
async def test_a_relay_that_says_later_gets_the_same_bytes_later(
    small_house: Household, sink: Sink, stage: str, action: object
) -> None:
    house = small_house
    sink.script(stage, action)  # type: ignore[arg-type]
    deal = house.open()
    woken = await house.perform(deal)
    row = house.mail(deal)
    assert (row.status, row.attempts, sink.messages) == ("planned", 1, [])
    frozen = house.payload(row.touch_id)
    assert frozen is not None
    assert woken.wake_at == row.not_before
    assert row.not_before is not None
    assert row.not_before > house.watch.now
    house.watch.now = row.not_before
    await house.perform(deal, "run/1/2")
    assert house.mail(deal).status == "sent"
    assert sink.messages[0].raw == frozen


@pytest.mark.parametrize(
    ("stage", "line", "suppresses"),
    [
        ("rcpt", "550 5.1.1 no such user", True),
        ("rcpt", "554 5.7.1 blocked by policy", False),
        ("dot", "554 5.6.0 content refused", False),
    ],
)
async def test_a_lasting_no_is_recorded_and_a_dead_mailbox_suppressed(
    house: Household, sink: Sink, stage: str, line: str, suppresses: bool
) -> None:
    sink.script(stage, reply(line))
    deal = house.open()
    await house.perform(deal)
    row = house.mail(deal)
    assert row.status == "refused"
    assert row.reason == f"smtp: {line[:3]}"
    assert sink.messages == []
    assert "touch_refused" in house.kinds(deal)
    with house.store.read() as tx:
        key = _key_of(house)
        assert (suppression.find(tx, key, "sales") is not None) is suppresses
    ended = "enrollment_ended" in house.kinds(deal)
    assert ended is suppresses


async def test_a_full_mailbox_is_a_soft_bounce_and_many_of_them_a_hard_one(
    house: Household, sink: Sink
) -> None:
    sink.script("rcpt", reply("552 5.2.2 mailbox full"), times=None)
    barred = []
    for number in range(3):
        deal = house.open(f"open-{number}")
        await house.perform(deal)
        assert (house.mail(deal).status, house.mail(deal).reason) == ("refused", "smtp: 552")
        with house.store.read() as tx:
            found = suppression.find(tx, _key_of(house), "sales")
        barred.append((found and found.reason, "enrollment_ended" in house.kinds(deal)))
    assert barred == [(None, False), (None, False), ("soft_bounces", True)]
    assert house.kinds("contact/C-1") == ["soft_bounced"] * 3 + ["suppressed"]
    assert verify(house.store) == []


@pytest.mark.parametrize("action", [accept_then_drop, accept_then_hang, accept_then_garbage])
async def test_an_answer_that_never_comes_is_a_doubt_and_no_second_try(
    small_house: Household, sink: Sink, action: object
) -> None:
    house = small_house
    house.pool.taken_within = 0.2
    sink.script("dot", action)  # type: ignore[arg-type]
    deal = house.open()
    await house.perform(deal)
    assert house.mail(deal).status == "in_doubt"
    assert "touch_in_doubt" in house.kinds(deal)
    house.watch.pass_(hours=2)
    await house.perform(deal, "run/1/2")
    assert len(sink.messages) == 1


async def test_a_dead_line_before_the_dot_is_no_doubt(small_house: Household, sink: Sink) -> None:
    house = small_house
    house.pool.answer_within = 0.2
    for stage, action in (("mail", hang), ("rcpt", garbage), ("data", hang)):
        sink.script(stage, action)
    deal = house.open()
    for number in range(3):
        await house.perform(deal, f"run/1/{number}")
        row = house.mail(deal)
        assert (row.status, row.not_before is not None) == ("planned", True)
        house.watch.now = row.not_before or house.watch.now
    await house.perform(deal, "run/1/9")
    assert (house.mail(deal).status, len(sink.messages)) == ("sent", 1)


async def test_an_attempt_given_up_in_mid_mail_still_learns_what_the_relay_said(
    small_house: Household, sink: Sink
) -> None:
    house, deal = small_house, small_house.open()
    hold = sink.hold("dot")
    attempt = asyncio.create_task(house.perform(deal))
    await hold.reached.wait()
    attempt.cancel()
    hold.release.set()
    with pytest.raises(asyncio.CancelledError):
        await attempt
    assert (house.mail(deal).status, len(sink.messages)) == ("sent", 1)


async def test_a_mail_that_cannot_be_written_asks_for_attention(
    small_house: Household, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, deal = small_house, small_house.open()
    monkeypatch.setattr(house.performer.writer, "context_of", lambda name: "hand-over")
    await house.perform(deal)
    assert house.mail(deal).status == "refused"
    assert (house.mail(deal).reason or "").startswith("template: ")
    assert house.deal(deal).attention
    assert sink.commands == []


async def test_a_mail_without_a_message_is_never_handed_over(
    small_house: Household, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, deal = small_house, small_house.open()
    monkeypatch.setattr(sends, "freeze", lambda *_, **__: False)
    with pytest.raises(RuntimeError, match="without a message"):
        await house.perform(deal)
    assert sink.messages == []
    assert house.mail(deal).status == "claimed"


async def test_a_mail_claimed_by_an_attempt_that_is_gone_is_taken_over(
    house: Household, sink: Sink
) -> None:
    deal = house.open()
    _plan(house, deal, "run/1/1")
    with house.store.write() as tx:
        assert sends.claim(tx, house.mail(deal).touch_id, "run/1/1", house.watch.now)
    await house.perform(deal, "run/1/2")
    row = house.mail(deal)
    assert (row.status, row.owner, len(sink.messages)) == ("sent", "run/1/2", 1)


async def test_a_mail_in_data_of_an_attempt_that_is_gone_is_in_doubt_at_once(
    house: Household, sink: Sink
) -> None:
    deal = house.open()
    _plan(house, deal, "run/1/1")
    with house.store.write() as tx:
        touch = house.mail(deal).touch_id
        assert sends.claim(tx, touch, "run/1/1", house.watch.now)
        assert sends.enter_data(tx, touch, "run/1/1", house.watch.now)
    woken = await house.perform(deal, "run/1/2")
    assert (house.mail(deal).status, sink.messages) == ("in_doubt", [])
    assert "touch_in_doubt" in house.kinds(deal)
    assert woken.wake_at is not None
    assert woken.wake_at > house.watch.now + timedelta(days=2)


async def test_an_attempt_taken_for_dead_settles_its_own_doubt(
    house: Household, sink: Sink
) -> None:
    """Frozen between the dot and its answer, replaced, and then it goes on."""
    deal, hold = house.open(), sink.hold("dot")
    slow = asyncio.create_task(house.perform(deal, "run/1/1"))
    await hold.reached.wait()
    await house.another().perform(f"deal/{deal}", "run/1/2")
    assert house.mail(deal).status == "in_doubt"
    hold.release.set()
    await slow
    assert house.mail(deal).status == "sent"
    assert len(sink.messages) == 1
    told = [kind for kind in house.kinds(deal) if kind.startswith("touch_")]
    assert told == ["touch_in_doubt", "touch_sent"]


async def test_two_performers_on_one_stream_send_one_copy(house: Household, sink: Sink) -> None:
    deal = house.open()
    other = house.another()
    stream = f"deal/{deal}"
    await asyncio.gather(
        *(who.perform(stream, f"run/{n}/1") for n, who in enumerate([house.performer, other] * 3))
    )
    assert len(sink.messages) == 1
    assert house.mail(deal).status in ("sent", "in_doubt")


async def test_the_minimum_gap_between_two_cadences_is_kept(
    small_house: Household, sink: Sink
) -> None:
    """A second deal with the same contact waits for the gap of 48 hours."""
    house = small_house
    one, two = house.open("open-1"), house.open("open-2")
    await house.perform(one)
    woken = await house.perform(two, "run/2/1")
    row = house.mail(two)
    assert (row.status, row.reason, len(sink.messages)) == ("planned", "minimum_gap", 1)
    assert woken.wake_at is not None
    assert woken.wake_at >= house.watch.now + timedelta(hours=48)


async def test_a_notice_to_the_owner_goes_and_is_settled(
    small_house: Household, sink: Sink
) -> None:
    house = small_house
    deal = house.open(contacts=[])
    woken = await house.perform(deal)
    for number in range(20):
        if any(one.recipient == "olga@us.example" for one in sink.messages):
            break
        assert woken.wake_at is not None
        house.watch.now = max(house.watch.now, woken.wake_at)
        woken = await house.perform(deal, f"run/{number}/1")
    notice = sink.messages[-1].parsed
    assert "List-Unsubscribe" not in notice
    assert "notice_settled" in house.kinds(deal)


async def test_an_outcome_is_written_down_once_the_database_is_free_again(
    small_house: Household, sink: Sink
) -> None:
    """Locked by somebody else while the relay answers: still sent, not in doubt."""
    house, deal = small_house, small_house.open()
    hold = sink.hold("dot")
    performing = asyncio.create_task(_impatient(house).perform(f"deal/{deal}", "run/1/1"))
    await hold.reached.wait()
    with house.store.write():
        tried = house.watch  # the lock is held while the relay answers
        hold.release.set()
        await sink.arrived(1)
        _, pending = await asyncio.wait([performing], timeout=0.3)
        assert pending, tried
    await performing
    assert house.mail(deal).status == "sent"


async def test_an_answer_stops_the_rest(house: Household, sink: Sink) -> None:
    deal = house.open()
    await house.perform(deal)
    house.watch.pass_(days=1)
    house.ask(c.RecordReply(contact_id="C-1"), deal)
    house.watch.pass_(days=10)
    await house.perform(deal, "run/2/1")
    assert len(sink.messages) == 1


def _impatient(house: Household) -> Performer:
    """A performer whose store waits a moment only for its turn."""
    from store.database import Store

    other = house.another()
    other.store = Store(house.store.url, wait_s=0.05)
    return other


def _plan(house: Household, deal: str, owner: str) -> None:
    plan_due(house.store, house.time, f"deal/{deal}", owner, "us.example", set())


def _key_of(house: Household) -> str:
    from mail.address import address_key
    from tests.support.household import SECRET

    return address_key(SECRET, ANN)
