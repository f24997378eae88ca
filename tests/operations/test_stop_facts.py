"""Facts that stop mail: in force at once, everywhere, with every worker down."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain import commands as c
from domain.facts import ContactFacts
from domain.refusal import Malformed, NotFound, Refused
from mail.kitchen import Kitchen
from operations import contacts, deals, preferences, stop_facts
from operations.house import Config, House
from store import contacts as contact_rows
from store import ledger, nudges, tokens
from store.database import Store
from store.tokens import Token
from tests.support.databases import database_url, postgres_databases, postgres_server, store
from tests.support.household import ANN as HER
from tests.support.household import MAILS, SECRET, Household
from tests.support.moments import at
from tests.support.shortcut import ANN, BOB, events_of, house, no_engine, opened_deal
from tests.support.sink import Sink

__all__ = [
    "database_url",
    "house",
    "no_engine",
    "postgres_databases",
    "postgres_server",
    "store",
]


def _id(house: House, email: str = ANN) -> str:
    return contacts.id_of(house, email)


def _facts(house: House, email: str = ANN) -> ContactFacts:
    with house.store.read() as tx:
        its = contacts.find(tx, house, email).contact_id
        return contact_rows.facts(tx, [its], house.time.now())[its]


def _nudged(house: House) -> set[str]:
    with house.store.read() as tx:
        return {one.stream for one in nudges.waiting(tx)}


def _running(house: House, deal_id: str) -> list[str]:
    found = deals.show(house, deal_id).sequences
    return [one.sequence for one in found if one.status == "active"]


async def test_unsubscribing_ends_all_that_writes_to_the_contact_and_nothing_else(
    house: House,
) -> None:
    hers = [await opened_deal(house), await opened_deal(house, title="Second")]
    his = await opened_deal(house, title="His", contacts=(BOB,))
    told = stop_facts.unsubscribe(house, ANN, actor="test")
    assert sorted(told.deals) == sorted(hers)
    assert [_running(house, one) for one in hers] == [[], []]
    assert _running(house, his) == ["follow-up"]
    assert _facts(house).opted_out == {"*"}
    assert _facts(house).consents == frozenset()
    assert _nudged(house) == {f"deal/{one}" for one in hers}
    stream = [one.kind for one in events_of(house, f"contact/{_id(house)}")]
    assert stream == ["contact_added", "consent_given", "unsubscribed"]
    ended = deals.show(house, hers[0]).sequences[0]
    assert ended.ended_because == "opt_out"


async def test_unsubscribing_twice_is_unsubscribing_once(house: House) -> None:
    await opened_deal(house)
    stop_facts.unsubscribe(house, ANN, actor="test")
    before = events_of(house, f"contact/{_id(house)}")
    assert stop_facts.unsubscribe(house, ANN, actor="test").already
    assert stop_facts.unsubscribe(house, ANN, actor="test", scope="marketing").already
    assert events_of(house, f"contact/{_id(house)}") == before


async def test_leaving_one_purpose_leaves_the_others(house: House) -> None:
    deal_id = await opened_deal(house)
    told = stop_facts.unsubscribe(house, ANN, actor="test", scope="marketing")
    assert told.deals == ()
    assert _running(house, deal_id) == ["follow-up"]
    assert _facts(house).opted_out == {"marketing"}
    with pytest.raises(Refused, match="one of"):
        stop_facts.unsubscribe(house, ANN, actor="test", scope="fun")


async def test_a_dry_run_names_whom_it_would_reach_and_changes_nothing(house: House) -> None:
    deal_id = await opened_deal(house)
    would = stop_facts.unsubscribe(house, ANN, actor="test", dry_run=True)
    assert would.deals == (deal_id,)
    assert _running(house, deal_id) == ["follow-up"]
    assert _facts(house).opted_out == frozenset()


async def test_a_link_in_a_mail_leads_out_once_and_looking_at_it_changes_nothing(
    house: House,
) -> None:
    deal_id = await opened_deal(house)
    with house.store.write() as tx:
        tokens.issue(tx, Token("abc", _id_in(tx, house), "*", f"deal/{deal_id}", house.time.wall()))
    page = preferences.of_link(house, "abc")
    assert (page.ends, page.on) == ("*", preferences.PURPOSES)
    assert _running(house, deal_id) == ["follow-up"]
    assert stop_facts.unsubscribe_by_token(house, "abc").deals == (deal_id,)
    assert stop_facts.unsubscribe_by_token(house, "abc").already
    assert preferences.of_link(house, "abc").on == ()
    with pytest.raises(NotFound):
        stop_facts.unsubscribe_by_token(house, "abd")


def _id_in(tx: Any, house: House) -> str:
    return contacts.find(tx, house, ANN).contact_id


@pytest.mark.parametrize("reason", ["hard_bounce", "complaint"])
async def test_a_hard_bounce_and_a_complaint_bar_the_address_for_good(
    house: House, reason: str
) -> None:
    deal_id = await opened_deal(house)
    if reason == "complaint":
        told = stop_facts.complaint(house, ANN, actor="relay")
    else:
        told = stop_facts.bounce(house, ANN, actor="relay", hard=True)
    assert told.deals == (deal_id,)
    assert _facts(house).suppressed == reason
    assert deals.show(house, deal_id).sequences[0].ended_because == reason


async def test_a_soft_bounce_is_recorded_and_stops_nothing(house: House) -> None:
    deal_id = await opened_deal(house)
    assert stop_facts.bounce(house, ANN, actor="relay", hard=False).deals == ()
    assert _running(house, deal_id) == ["follow-up"]
    assert events_of(house, f"contact/{_id(house)}")[-1].kind == "soft_bounced"


async def test_a_reply_is_heard_by_its_deal_and_stops_the_others(house: House) -> None:
    hers, second = await opened_deal(house), await opened_deal(house, title="Second")
    asked = c.RecordReply(channel="phone", note="Call me")
    told = await deals.tell(house, hers, asked, actor="test", command_id="r-1")
    assert [_running(house, hers), _running(house, second)] == [[], []]
    kinds = [one.kind for one in events_of(house, f"deal/{second}")]
    assert "reply_recorded" not in kinds
    again = await deals.tell(house, hers, asked, actor="test", command_id="r-1")
    assert again.version == told.version
    with pytest.raises(Malformed, match="used for something else"):
        await deals.tell(house, hers, c.RecordReply(), actor="test", command_id="r-1")


async def test_a_reply_about_nothing_in_particular_counts_for_every_open_deal(
    house: House,
) -> None:
    hers, lost = await opened_deal(house), await opened_deal(house, title="Lost")
    await deals.tell(house, lost, c.LoseDeal(reason="price"), actor="test")
    told = stop_facts.reply(house, ANN, actor="test", command_id="r-1")
    assert hers in told.deals
    assert "reply_recorded" in [one.kind for one in events_of(house, f"deal/{hers}")]
    assert "reply_recorded" not in [one.kind for one in events_of(house, f"deal/{lost}")]
    assert stop_facts.reply(house, ANN, actor="test", command_id="r-1") == told


async def test_a_reply_of_somebody_unknown_is_refused_and_one_from_tomorrow_too(
    house: House,
) -> None:
    hers = await opened_deal(house)
    before = events_of(house, f"deal/{hers}")
    with pytest.raises(NotFound, match="no contact"):
        await deals.tell(house, hers, c.RecordReply(contact_id="C-nobody"), actor="test")
    later = house.time.now() + timedelta(days=1)
    with pytest.raises(Refused, match="lies ahead"):
        await deals.tell(house, hers, c.RecordReply(at=later), actor="test")
    with pytest.raises(NotFound):
        await deals.tell(house, "D-nothing", c.RecordReply(), actor="test")
    assert events_of(house, f"deal/{hers}") == before


async def test_an_absence_parks_what_the_playbook_lets_wait(house: House) -> None:
    hers = await opened_deal(house)
    back = house.time.now() + timedelta(days=9)
    told = stop_facts.absence(house, ANN, actor="relay", back_at=back)
    assert told.deals == (hers,)
    [running] = deals.show(house, hers).sequences
    assert (running.status, running.parked_until) == ("active", back)


async def test_a_command_id_used_for_another_fact_is_malformed(house: House) -> None:
    await opened_deal(house)
    stop_facts.unsubscribe(house, ANN, actor="test", command_id="u-1")
    with pytest.raises(Malformed, match="used for something else"):
        stop_facts.complaint(house, BOB, actor="test", command_id="u-1")
    told = stop_facts.unsubscribe(house, ANN, actor="test", command_id="u-1")
    assert not told.already  # the answer that was given then


async def test_a_consent_lifts_a_wish_of_its_purpose_and_not_one_against_all_mail(
    house: House,
) -> None:
    stop_facts.unsubscribe(house, ANN, actor="test", scope="marketing")
    contacts.consent(house, ANN, "marketing:fair-2026", actor="test")
    assert _facts(house).opted_out == frozenset()
    stop_facts.unsubscribe(house, ANN, actor="test")
    contacts.consent(house, ANN, "marketing:fair-2027", actor="test")
    assert _facts(house).opted_out == {"*"}


# With a mail on its way, on both databases.


@pytest.fixture(scope="module")
def kitchen() -> Iterator[Kitchen]:
    with Kitchen(MAILS, within=20) as opened:
        yield opened


@pytest.fixture
async def household(store: Store, kitchen: Kitchen) -> AsyncIterator[Household]:
    async with Sink() as sink:
        opened = Household(store, sink.url, kitchen)
        yield opened
        await opened.close()


@pytest.fixture
def beside(household: Household, tmp_path: Path) -> House:
    """The doors of the same house."""
    url = household.store.url.render_as_string(hide_password=False)
    opened = House(Config(url, SECRET, tmp_path))
    opened.store.close()
    opened.store, opened.time = household.store, household.time
    return opened


async def test_a_wish_before_data_stops_the_mail_that_is_at_the_door(
    household: Household, beside: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal_id = household.open()
    enter = household.performer._enter_data

    def entering(*args: Any) -> Any:
        stop_facts.unsubscribe(beside, HER, actor="test")
        return enter(*args)

    monkeypatch.setattr(household.performer, "_enter_data", entering)
    await household.perform(deal_id)
    assert [(one.status, one.reason) for one in household.mails(deal_id)] == [
        ("cancelled", "opt_out")
    ]


async def test_a_wish_after_data_comes_too_late_for_this_mail_and_stops_the_next(
    household: Household, beside: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal_id = household.open()
    enter = household.performer._enter_data

    def entering(*args: Any) -> Any:
        entered = enter(*args)
        stop_facts.unsubscribe(beside, HER, actor="test")
        return entered

    monkeypatch.setattr(household.performer, "_enter_data", entering)
    await household.perform(deal_id)
    household.watch.now = at(days=30)
    await household.perform(deal_id, "run/2/1")
    assert [one.status for one in household.mails(deal_id)] == ["sent"]
    assert not household.deal(deal_id).active_enrollments


async def test_two_facts_at_once_are_both_written_in_one_order(
    household: Household, beside: House
) -> None:
    deal_id = household.open()
    await asyncio.gather(
        asyncio.to_thread(stop_facts.unsubscribe, beside, HER, actor="test"),
        asyncio.to_thread(stop_facts.complaint, beside, HER, actor="relay"),
        stop_facts.deal_reply(beside, deal_id, c.RecordReply(), actor="test"),
    )
    with household.store.read() as tx:
        kinds = {one.kind for one in ledger.read(tx, "contact/C-1")}
    assert kinds == {"unsubscribed", "suppressed"}
    assert "reply_recorded" in household.kinds(deal_id)
    assert not household.deal(deal_id).active_enrollments
