"""The page that opens a deal: with somebody known or new, and what it refuses."""

from datetime import timedelta

import pytest

from operations import contact_sheet, contacts, deals, people
from tests.console.conftest import Browser, Village
from tests.support.shortcut import no_engine

__all__ = ["no_engine"]

BOAT = {"title": "A boat <b>for</b> Ann", "amount": "12000.50", "currency": "EUR"}


async def test_a_deal_is_opened_with_somebody_known_and_its_page_says_what_goes_when(
    village: Village, browser: Browser, no_engine: None
) -> None:
    page = await browser.open("/")
    assert "/new-deal" in [one.attributes["href"] for one in page.all("a")]
    await browser.open("/new-deal?contact=C-1")
    page = await browser.send("/new-deal", **BOAT, owner="P-2", account="Canal & Sons")
    assert page.address.startswith("/deals/D-")
    assert "Opened" in page.answer
    assert page.words("h1") == ["A boat <b>for</b> Ann"]
    (row,) = deals.list_page(village.house).deals
    assert (row.owner_id, row.playbook, row.currency) == ("P-2", "simple", "EUR")
    shown = deals.show(village.house, row.deal_id)
    assert [one.contact_id for one in shown.contacts] == ["C-1"]
    assert shown.next
    assert contact_sheet.sheet(village.house, "C-1").series, "its follow-ups begin"


async def test_somebody_new_is_added_with_the_name_that_is_said(
    village: Village, browser: Browser, no_engine: None
) -> None:
    await browser.open("/new-deal")
    said = {**BOAT, "contact": "zoe@them.example", "country": "PL"}
    page = await browser.send("/new-deal", **said)
    assert page.address == "/new-deal"
    assert "write their name as well" in page.answer
    (kept,) = [one for one in page.all("input") if one.attributes.get("name") == "contact"]
    assert kept.attributes["value"] == "zoe@them.example"
    page = await browser.send("/new-deal", contact_name="Zoe Zander")
    assert page.address.startswith("/deals/D-")
    zoe = contacts.show(village.house, "zoe@them.example")
    assert (zoe.name, zoe.country) == ("Zoe Zander", "PL")


async def test_the_name_of_somebody_known_is_not_written_over(
    village: Village, browser: Browser, no_engine: None
) -> None:
    await browser.open("/new-deal")
    who = {"contact": "ann@them.example", "contact_name": "Somebody Else"}
    page = await browser.send("/new-deal", **BOAT, **who)
    assert page.address.startswith("/deals/D-")
    assert contacts.show(village.house, "C-1").name == "Ann Other"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"title": " "}, "title is missing"),
        ({"amount": "much"}, "is no amount"),
        ({"currency": "Euro"}, "is no currency"),
        ({"contact": "C-none"}, 'there is no contact "C-none"'),
        ({"contact": "not an address@"}, "address"),
        ({"contact": "zoe@them.example", "contact_name": "Zoe", "country": "Oz!"}, "country"),
        ({"playbook": "none"}, "none"),
        ({"wrote_on": "2199-01-01"}, "cannot lie ahead"),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_is_kept(
    village: Village, browser: Browser, no_engine: None, said: dict[str, str], told: str
) -> None:
    await browser.open("/new-deal")
    page = await browser.send("/new-deal", **{**BOAT, **said})
    assert page.address == "/new-deal"
    assert told in page.answer, page.answer
    assert deals.list_page(village.house).deals == ()


async def test_the_same_form_sent_twice_opens_one_deal(
    village: Village, browser: Browser, no_engine: None
) -> None:
    page = await browser.open("/new-deal")
    form = page.form("/new-deal", {})
    await browser.send("/new-deal", **BOAT)
    browser.page = page
    await browser.send("/new-deal", **BOAT, command_id=form["command_id"])
    assert len(deals.list_page(village.house).deals) == 1


async def test_who_acts_owns_it_and_follow_ups_may_be_left_out(
    village: Village, browser: Browser, no_engine: None
) -> None:
    await browser.open("/")
    await browser.send("/me", person="P-1")
    page = await browser.open("/new-deal")
    form = page.form("/new-deal", {})
    form.pop("enroll")
    yesterday = (village.house.time.now() - timedelta(days=1)).date().isoformat()
    said = {**form, **BOAT, "contact": "C-1", "wrote_on": yesterday}
    answer = await browser.http.post(
        "/new-deal", data=said, headers={"sec-fetch-site": "same-origin"}
    )
    assert contact_sheet.sheet(village.house, "C-1").series == ()
    (row,) = deals.list_page(village.house).deals
    assert row.owner_id == "P-1"
    assert people.show(village.house, "P-1").name in answer.text
