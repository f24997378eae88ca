"""A mailbox that bounces too much is halted, is seen to be, and goes on at a person's word."""

import dataclasses

import pytest

from activities.limiting import HOUSE
from domain.limits import Breaker, MailLimits
from domain.refusal import NotFound, Refused
from mail.address import address_key
from operations import doctor, standing, stop_facts
from operations.house import House
from operations.post import mailboxes
from store import contacts, nudges, sends
from store.contacts import Contact
from store.sends import Send
from tests.support.shortcut import events_of, house, no_engine

__all__ = ["house", "no_engine"]


def wrote_to(house: House, number: int) -> str:
    """Somebody whom a mail reached."""
    its_id, email, now = f"C-{number}", f"p{number}@them.example", house.time.now()
    row = Send(
        touch_id=f"t{number}",
        stream="deal/D-0",
        contact_id=its_id,
        template="first-contact",
        purpose="sales",
        message_id=f"<t{number}@us.example>",
        planned_at=now,
        mailbox="main",
    )
    key = address_key(house.config.secret, email)
    with house.store.write() as tx:
        contacts.add(tx, Contact(contact_id=its_id, created_at=now, email=email, email_key=key))
        sends.plan(tx, row, b"x")
        sends.claim(tx, row.touch_id, "w", now)
        sends.enter_data(tx, row.touch_id, "w", now)
        sends.finish(tx, row.touch_id, "w", "sent", now, sent_at=now)
    return its_id


@pytest.fixture
def halted(house: House) -> House:
    """Two mails of three bounced, where two are too many."""
    limits = MailLimits(breaker=Breaker(bounces=2))
    house.config = dataclasses.replace(house.config, limits=limits)
    for its_id in [wrote_to(house, number) for number in range(3)][:2]:
        stop_facts.bounce(house, its_id, actor="test", hard=True)
    return house


async def test_bounces_that_come_back_halt_the_mailbox_and_everybody_sees_it(
    halted: House,
) -> None:
    (one,) = mailboxes.halted(halted)
    assert (one.mailbox, one.scope, one.reason) == (
        "main",
        "all",
        "2 bounces among its last 3 mails",
    )
    assert standing.standing(halted).halted == (one,)
    found = {one.name: one for one in await doctor.examine(halted)}["mail"]
    assert found.state == "look"
    assert "sluice mail start --mailbox main" in found.text
    assert [one.kind for one in events_of(halted, HOUSE)] == ["mailbox_halted"]


def test_a_person_lets_it_go_on_and_the_ledger_says_who(halted: House) -> None:
    with pytest.raises(NotFound, match="known: main"):
        mailboxes.release(halted, "other", actor="P-1")
    assert mailboxes.release(halted, "main", actor="P-1", dry_run=True).woken == 0
    assert mailboxes.halted(halted)
    wait = Send(
        touch_id="w1",
        stream="deal/D-0",
        template="first-contact",
        purpose="sales",
        message_id="<w1@us.example>",
        planned_at=halted.time.now(),
    )
    with halted.store.write() as tx:
        sends.plan(tx, wait)
    assert mailboxes.release(halted, "main", actor="P-1", command_id="k1").woken == 1
    assert mailboxes.release(halted, "main", actor="P-1", command_id="k1").woken == 1
    assert mailboxes.halted(halted) == []
    with halted.store.read() as tx:
        assert "deal/D-0" in [one.stream for one in nudges.waiting(tx)]
    assert [one.kind for one in events_of(halted, HOUSE)] == ["mailbox_halted", "mailbox_released"]
    with pytest.raises(Refused, match="not halted"):
        mailboxes.release(halted, "main", actor="P-1")


def test_old_bounces_do_not_halt_it_again_but_new_ones_do(halted: House) -> None:
    mailboxes.release(halted, "main", actor="P-1")
    fresh = [wrote_to(halted, number) for number in range(10, 13)]
    stop_facts.bounce(halted, fresh[0], actor="test", hard=True)
    assert mailboxes.halted(halted) == []
    stop_facts.bounce(halted, fresh[1], actor="test", hard=True)
    assert [one.reason for one in mailboxes.halted(halted)] == ["2 bounces among its last 3 mails"]
