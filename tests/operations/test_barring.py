"""Bars set and lifted by hand: in force at once, told in the ledger, found by any spelling."""

import pytest

from domain.permission import blocked
from domain.refusal import NotFound
from operations import barring, consenting, contacts, deals, forgetting, stop_facts
from operations.house import House
from store import contacts as contact_rows
from store import suppression
from tests.support.shortcut import ANN, BOB, events_of, house, no_engine, opened_deal

__all__ = ["house", "no_engine"]


def _blocked(house: House, who: str, purpose: str = "sales") -> str | None:
    its = contacts.id_of(house, who)
    with house.store.read() as tx:
        return blocked(contact_rows.facts(tx, [its], house.time.now())[its], purpose)


async def test_a_bar_by_hand_stops_what_runs_and_lifting_it_lets_new_mail_go(house: House) -> None:
    deal_id = await opened_deal(house)
    told = barring.suppress(house, ANN, reason="rang_us", actor="olga")
    assert told.deals == (deal_id,)
    assert _blocked(house, ANN) == "rang_us"
    assert deals.show(house, deal_id).sequences[0].ended_because == "by_hand"
    barring.unsuppress(house, ANN, reason="rang_again", actor="olga")
    assert _blocked(house, ANN) is None
    last = events_of(house, f"contact/{contacts.id_of(house, ANN)}")[-1]
    assert (last.kind, last.origin.actor) == ("bar_lifted", "olga")


@pytest.mark.parametrize(
    "spelled", ["NEW@them.example", "new@THEM.example", "new@xn--bcher-kva.example"]
)
def test_an_address_is_one_however_it_is_written(house: House, spelled: str) -> None:
    plain = "new@bücher.example" if "xn--" in spelled else "new@them.example"
    barring.suppress(house, spelled, reason="old_list", actor="test")
    contacts.add(house, contacts.NewContact(email=plain), actor="test")
    assert _blocked(house, plain) == "old_list"


@pytest.mark.parametrize(
    "other", ["new+tag@them.example", "n.ew@them.example", "new@mail.them.example"]
)
def test_what_may_be_another_mailbox_is_another_address(house: House, other: str) -> None:
    barring.suppress(house, "new@them.example", reason="old_list", actor="test")
    contacts.add(house, contacts.NewContact(email=other), actor="test")
    assert _blocked(house, other) is None


def test_who_bars_nobody_we_know_leaves_no_address_in_the_ledger(house: House) -> None:
    barring.suppress(house, "stranger@else.example", reason="old_list", actor="test")
    (event,) = events_of(house, barring.STREAM)
    assert "stranger" not in event.event.model_dump_json()
    with pytest.raises(NotFound):
        barring.unsuppress(house, BOB, reason="mistake", actor="test")


def test_a_bar_outlives_the_person(house: House) -> None:
    forgetting.forget(house, ANN, actor="test")
    told = barring.bars(house)
    assert told.counts == (("*", "erased", 1),)
    assert told.newest[0].contact_id is None


def test_a_wish_of_the_reader_becomes_a_bar_for_good(house: House) -> None:
    stop_facts.unsubscribe(house, ANN, actor="test")
    assert not barring.suppress(house, ANN, reason="rang_us", actor="test").already
    with house.store.read() as tx:
        assert suppression.counts(tx) == {("*", "rang_us"): 1}


async def test_a_consent_taken_back_ends_marketing_alone(house: House) -> None:
    deal_id = await opened_deal(house)
    assert _blocked(house, ANN, "marketing") is None
    assert consenting.withdraw(house, ANN, "*", actor="test", dry_run=True).deals == ()
    consenting.withdraw(house, ANN, "*", actor="test")
    assert _blocked(house, ANN, "marketing") == "no_consent"
    assert _blocked(house, ANN, "sales") is None
    assert deals.show(house, deal_id).sequences[0].status == "active"
    assert consenting.withdraw(house, ANN, "*", actor="test").already
    contacts.consent(house, ANN, "marketing:asked-again", actor="test")
    assert _blocked(house, ANN, "marketing") is None
