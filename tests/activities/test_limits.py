"""What the limits hold goes later, in order and spread, and says what it waits for."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from activities.limiting import HOUSE, Limiter, mail_came_back
from domain import commands as c
from domain.agenda import agenda
from domain.limits import Breaker, ContactLimits, MailLimits, Rate, Wait
from mail.address import address_key
from store import departures, sends, situation, suppression, switches, waits
from store.sends import Send
from tests.support.household import SECRET, Household, add_contact
from tests.support.sink import Sink, reply

FREE = ContactLimits(gap=timedelta(0), any=1_000, marketing=1_000)


def limited(house: Household, **more: Any) -> Limiter:
    """The house under these limits."""
    told: dict[str, Any] = {"domain": Rate(), "contact": FREE}
    limiter = Limiter(MailLimits(**told | more))
    house.performer.limiter = limiter
    house.performer.settler = type(house.performer.settler)(house.time, limiter.limits)
    return limiter


def deals_of(house: Household, count: int, domain: str = "them.example") -> list[str]:
    """So many deals, each with a contact of its own."""
    made = []
    for number in range(count):
        its_id = f"C-{domain}-{number}"
        with house.store.write() as tx:
            add_contact(tx, its_id, f"p{number}@{domain}", "Pat Person", house.watch.now)
        party = c.Party(contact_id=its_id)
        made.append(house.open(f"open-{domain}-{number}", contacts=[party]))
    return made


async def all_of(house: Household, deals: list[str]) -> list[Send]:
    """Every deal performed once; its first mails."""
    for number, deal in enumerate(deals):
        await house.perform(deal, f"run/{house.watch.now.timestamp()}/{number}")
    return [house.mail(deal) for deal in deals]


async def test_a_mailbox_sends_no_more_than_it_may_in_a_minute(
    house: Household, sink: Sink
) -> None:
    limited(house, mailbox=Rate(per_minute=2))
    begun = house.watch.now
    rows = await all_of(house, deals_of(house, 5))
    assert [one.status for one in rows] == ["sent"] * 2 + ["planned"] * 3
    assert {one.reason for one in rows[2:]} == {"mailbox_minute"}
    # The places in the queue: two in the next minute, the third in the one after it.
    waits = [((one.not_before or begun) - begun).total_seconds() for one in rows[2:]]
    assert waits == [60, 60, 120]


async def test_what_waited_goes_when_its_turn_comes_and_never_in_a_burst(
    house: Household, sink: Sink
) -> None:
    limited(house, mailbox=Rate(per_minute=2))
    deals = deals_of(house, 6)
    begun, per_minute = house.watch.now, []
    rows = await all_of(house, deals)
    while any(one.status == "planned" for one in rows):
        waiting = [one for one in rows if one.status == "planned"]
        house.watch.now = min(one.not_before for one in waiting if one.not_before)
        assert house.watch.now <= begun + timedelta(minutes=10)
        before = len(sink.messages)
        rows = await all_of(house, deals)
        per_minute.append(len(sink.messages) - before)
    assert len(sink.messages) == 6
    assert max(per_minute) <= 2


async def test_what_a_mail_waited_for_is_known_when_it_has_gone(
    house: Household, sink: Sink
) -> None:
    limited(house, mailbox=Rate(per_minute=1))
    begun = house.watch.now
    _, second = deals = deals_of(house, 2)
    _, held = await all_of(house, deals)
    assert held.not_before is not None
    house.watch.now = held.not_before
    sink.script("mail", reply("451 4.3.0 busy"), times=2)
    for number in (2, 3):
        await house.perform(second, f"run/{number}/1")
        later = house.mail(second).not_before
        assert later is not None
        busy, house.watch.now = house.watch.now, later
    await house.perform(second, "run/4/1")
    row = house.mail(second)
    assert (row.status, row.reason) == ("sent", None)
    with house.store.read() as tx:
        found = waits.of_stream(tx, f"deal/{second}")[row.touch_id]
    assert busy > held.not_before
    assert found == (
        Wait(begun, held.not_before, "mailbox_minute"),
        Wait(held.not_before, later, "relay: try later", tries=2),
    )


async def test_a_recipient_domain_gets_no_more_than_it_may_in_a_day(
    house: Household, sink: Sink
) -> None:
    limited(house, domain=Rate(per_day=1))
    rows = await all_of(house, [*deals_of(house, 2), *deals_of(house, 1, "else.example")])
    assert [one.status for one in rows] == ["sent", "planned", "sent"]
    assert rows[1].reason == "domain_day"
    assert rows[1].not_before is not None
    assert rows[1].not_before >= house.watch.now + timedelta(hours=24)


async def test_many_workers_together_keep_to_the_limit(house: Household, sink: Sink) -> None:
    limiter = limited(house, mailbox=Rate(per_day=3))
    deals = deals_of(house, 9)
    workers = [house.another() for _ in range(3)]
    for worker in workers:
        worker.limiter = limiter
    await asyncio.gather(
        *(workers[n % 3].perform(f"deal/{deal}", f"run/{n}/1") for n, deal in enumerate(deals))
    )
    assert len(sink.messages) == 3


async def test_a_contact_gets_no_second_mail_within_the_gap_whoever_writes(
    house: Household, sink: Sink
) -> None:
    limited(house, contact=ContactLimits(gap=timedelta(days=4)))
    first, second = house.open("open-1"), house.open("open-2")
    await house.perform(first)
    woken = await house.perform(second, "run/2/1")
    row = house.mail(second)
    assert (row.status, len(sink.messages)) == ("planned", 1)
    assert woken.wake_at == row.not_before


async def test_the_cap_of_a_contact_counts_over_all_deals(house: Household, sink: Sink) -> None:
    limited(house, contact=ContactLimits(gap=timedelta(0), any=2, days=5))
    begun = house.watch.now
    for number in range(3):
        deal = house.open(f"open-{number}")
        await house.perform(deal, f"run/{number}/1")
        house.watch.pass_(hours=49)
    row = house.mail(deal)
    assert (row.status, row.reason, len(sink.messages)) == ("planned", "contact_cap", 2)
    assert row.not_before is not None
    assert row.not_before >= begun + timedelta(days=5)


async def test_what_waits_says_for_what(small_house: Household) -> None:
    house = small_house
    limited(house, mailbox=Rate(per_day=1))
    deals = deals_of(house, 2)
    await all_of(house, deals)
    deal = house.deal(deals[1])
    with house.store.read() as tx:
        facts = situation.facts_for(tx, deal, house.watch.now, house.time.grace())
    (item,) = [one for one in agenda(deal, facts) if one.what == "mail"]
    assert "its mailbox has sent what it may in a day" in item.why
    assert item.at == house.mail(deals[1]).not_before


async def test_a_mail_whose_window_ends_while_it_waits_is_missed_and_says_for_what(
    small_house: Household, sink: Sink
) -> None:
    house = small_house
    limited(house, mailbox=Rate(per_day=1))
    deals = deals_of(house, 2)
    await all_of(house, deals)
    for number in range(8):
        row = house.mails(deals[1])[0]
        if row.status != "planned":
            break
        # Somebody else's mail takes the place each time.
        with house.store.write() as tx:
            house.watch.now = row.not_before or house.watch.now
            _left(tx, f"x{number}", house)
        await house.perform(deals[1], f"run/x/{number}")
    row = house.mails(deals[1])[0]
    assert row.status == "missed"
    assert (row.reason or "").endswith("its mailbox has sent what it may in a day")
    assert "touch_missed" in house.kinds(deals[1])


def _left(tx: Any, touch: str, house: Household) -> None:
    row = Send(
        touch_id=touch,
        stream="deal/other",
        template="t",
        purpose="sales",
        message_id=f"<{touch}@us.example>",
        planned_at=house.watch.now,
        mailbox="main",
    )
    assert sends.plan(tx, row, b"x")
    assert sends.claim(tx, touch, "w", house.watch.now)
    assert sends.enter_data(tx, touch, "w", house.watch.now)


async def test_too_many_bounces_halt_the_mailbox_until_a_person_lets_it_go_on(
    house: Household, sink: Sink
) -> None:
    limited(house, breaker=Breaker(bounces=3))
    deals = deals_of(house, 5)
    for _ in range(3):
        sink.script("rcpt", reply("550 5.1.1 no such user"))
    rows = await all_of(house, deals)
    assert [one.status for one in rows] == ["refused"] * 3 + ["planned"] * 2
    assert {one.reason for one in rows[3:]} == {"breaker"}
    assert sink.messages == []
    assert house.kinds(HOUSE) == ["mailbox_halted"]
    with house.store.read() as tx:
        (on,) = switches.of_mailboxes(tx)
    assert (on.name, on.reason) == ("halted:main", "3 bounces among its last 3 mails")
    with house.store.write() as tx:
        switches.flip(tx, switches.Switch("halted:main", False, house.watch.now, "P-1"))
        sends.release(tx, None, house.watch.now)
    rows = await all_of(house, deals)
    assert [one.status for one in rows[3:]] == ["sent"] * 2


async def test_complaints_halt_marketing_and_nothing_else(house: Household) -> None:
    limits = limited(house, breaker=Breaker(complaints=2)).limits
    deals = deals_of(house, 3)
    await all_of(house, deals)
    with house.store.write() as tx:
        for number in range(2):
            its_id = f"C-them.example-{number}"
            for _ in range(2):  # told twice, counted once
                mail_came_back(tx, house.time, its_id, "complaint", limits)
        assert departures.tally(tx, "main", None, 500) == (3, 0, 2)
        assert [one.name for one in switches.of_mailboxes(tx)] == ["marketing_halted:main"]
    (row,) = await all_of(house, deals_of(house, 1, "else.example"))
    assert row.status == "sent"


async def test_one_bad_recipient_never_touches_the_next(house: Household, sink: Sink) -> None:
    """Its own refusal is its own: the connection, the others and their deals go on."""
    sink.script("rcpt", reply("550 5.1.1 no such user"))
    rows = await all_of(house, deals_of(house, 3))
    assert [one.status for one in rows] == ["refused", "sent", "sent"]
    with house.store.read() as tx:
        keys = [address_key(SECRET, f"p{n}@them.example") for n in range(3)]
        assert [suppression.find(tx, key, "sales") is not None for key in keys] == [
            True,
            False,
            False,
        ]


@pytest.mark.parametrize("sort", ["mailbox", "domain"])
async def test_a_notice_to_our_own_people_is_never_held(
    small_house: Household, sink: Sink, sort: str
) -> None:
    house = small_house
    deal = house.open(contacts=[])
    limited(house, **{sort: Rate(per_minute=1, per_day=1)})
    with house.store.write() as tx:
        _left(tx, "x1", house)
    woken = await house.perform(deal)
    for number in range(20):
        if any(one.recipient == "olga@us.example" for one in sink.messages):
            return
        assert woken.wake_at is not None
        house.watch.now = max(house.watch.now, woken.wake_at)
        woken = await house.perform(deal, f"run/{number}/1")
    raise AssertionError("the notice never went")
