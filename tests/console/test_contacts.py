"""Contacts: found by name or address, shown with everything across deals, forgotten knowingly."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert

from domain import commands as c
from mail.address import address_key
from operations import (
    barring,
    consent_history,
    consenting,
    contact_events,
    contact_sheet,
    contacts,
    people,
)
from operations.access.masking import HIDDEN, masked
from store import aliases, sends, tables
from store import contacts as kept
from store.sends import Send
from tests.console.conftest import Browser, Village
from tests.support.page import Page
from tests.support.plans import asked_of, plan, unbounded
from tests.support.town import NOW


def names(page: Page) -> list[str]:
    """The names in the list, in their order."""
    rows = (row for row in page.all("tr") if row.inside[0].attributes.get("scope") == "row")
    return [" ".join(row.inside[0].text.split()) for row in rows]


def many(village: Village, count: int) -> None:
    """So many contacts, each a minute older than the one before."""
    rows = [
        {
            "contact_id": f"C-x{number:05}",
            "email": f"reader{number}@many.example",
            "email_key": f"key-{number}",
            "name": f"Reader {number} {'Óscar' if number % 2 else 'Zed'}",
            "facts": {},
            "created_at": NOW - timedelta(minutes=number + 1),
        }
        for number in range(count)
    ]
    with village.house.store.write() as tx:
        tx.execute(insert(tables.contacts), rows)


def mailed(village: Village, deal_id: str, touch_id: str = "t1") -> None:
    """A mail to Ann that was sent."""
    now = village.house.time.now()
    row = Send(
        touch_id=touch_id,
        stream=f"deal/{deal_id}",
        deal_id=deal_id,
        contact_id="C-1",
        template="first-contact",
        purpose="sales",
        message_id=f"<{touch_id}@us.example>",
        planned_at=now,
        subject="About the boat",
    )
    with village.house.store.write() as tx:
        assert sends.plan(tx, row, b"x")
        assert sends.claim(tx, touch_id, "w", now)
        assert sends.enter_data(tx, touch_id, "w", now)
        assert sends.finish(tx, touch_id, "w", "sent", now, sent_at=now)


async def test_a_long_history_of_consents_is_shown_a_page_at_a_time(
    village: Village, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consent_history.history, "__defaults__", (None, 4))
    house, contact = village.house, "C-1"
    for number in range(3):
        contacts.consent(house, contact, "service:spoken", source=f"call-{number}", actor="P-1")
        contact_events.report(house, "seen", contact, actor="P-1", key=f"k{number}")
        consenting.withdraw(house, contact, "service", actor="P-1")
    sheet = contact_sheet.sheet(village.house, "C-1").contact
    assert [one.source for one in sheet.history] == ["call-1", None, "call-2", None]
    page = await browser.open("/contacts/C-1")
    assert "call-0" not in page.text
    (older,) = [one for one in page.all("a") if "before=" in one.attributes["href"]]
    page = await browser.open(older.attributes["href"])
    assert "call-0" in page.text
    assert "call-1" not in page.text
    assert "What was before" not in page.text
    assert (await browser.open("/contacts/C-1?before=x")).status == 422
    assert (await browser.open(f"/contacts/C-1?before={2**40}")).status == 422


async def test_a_piece_of_a_name_or_address_finds_and_stands_in_no_address(
    village: Village, browser: Browser
) -> None:
    bob = contacts.NewContact(email="bob@else.example", name="Bob 100% Else", account="Canal")
    contacts.add(village.house, bob, actor="test")
    page = await browser.open("/contacts")
    assert sorted(names(page)) == ["Ann Other", "Bob 100% Else"]
    for text, found in (
        ("OTHER ann", ["Ann Other"]),
        ("else.exam", ["Bob 100% Else"]),
        ("100%", ["Bob 100% Else"]),
        ("e%e", []),
        ("C-1", ["Ann Other"]),
        (" BOB@else.example ", ["Bob 100% Else"]),
        ("a@b", []),
        ("", ["Ann Other", "Bob 100% Else"]),
    ):
        await browser.open("/contacts")
        page = await browser.send("/contacts", text=text)
        assert (sorted(names(page)), page.address) == (found, "/contacts"), text
    assert "Canal" in (await browser.open("/contacts")).text
    await browser.open("/contacts")
    assert (await browser.send("/contacts", text="x" * 400)).status == 422


async def test_another_address_of_somebody_finds_them_too(
    village: Village, browser: Browser
) -> None:
    key = address_key(village.house.config.secret, "ann@private.example")
    with village.house.store.write() as tx:
        aliases.add(tx, key, "C-1", NOW, "P-1")
    await browser.open("/contacts")
    assert names(await browser.send("/contacts", text="ann@private.example")) == ["Ann Other"]


async def test_nobody_teaches_how_contacts_come_in(village: Village, browser: Browser) -> None:
    with village.house.store.write() as tx:
        kept.forget(tx, "C-1", NOW)
    page = await browser.open("/contacts")
    assert "Nobody is known yet" in page.text
    assert "sluice contact add" in page.text


async def test_a_long_list_goes_on_by_place_also_when_words_are_looked_for(
    village: Village, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contact_sheet, "PAGE", 4)
    many(village, 10)
    seen, page = names(await browser.open("/contacts")), browser.page
    while older := [one for one in page.all("a") if one.text.strip() == "Older"]:
        page = await browser.open(older[0].attributes["href"])
        seen += names(page)
    assert len(seen) == len(set(seen)) == 11
    await browser.open("/contacts")
    page = await browser.send("/contacts", text="zed")
    assert names(page) == [f"Reader {number} Zed" for number in (0, 2, 4, 6)]
    page = await browser.send("/contacts", {"text": "zed", "cursor": page_cursor(page)})
    assert names(page) == ["Reader 8 Zed"]
    assert (await browser.open("/contacts?cursor=rubbish")).status == 422


def page_cursor(page: Page) -> str:
    """The place in the form that goes on."""
    (one,) = [each for each in page.all("input") if each.attributes.get("name") == "cursor"]
    return one.attributes["value"]


def test_words_are_looked_for_among_the_newest_and_an_index_serves_them(village: Village) -> None:
    many(village, kept.LOOK + 10)
    with asked_of() as asked:
        found = contact_sheet.search(village.house, f"Reader {kept.LOOK + 5}")
    assert (found.contacts, found.looked) == ((), kept.LOOK)
    again = contact_sheet.search(village.house, f"Reader {kept.LOOK + 5}", cursor=found.cursor)
    assert [one.name for one in again.contacts] == [f"Reader {kept.LOOK + 5} Óscar"]
    assert again.cursor is None
    assert len(asked) <= 8, [statement for statement, _ in asked]
    with village.house.store.read() as tx:
        for statement, parameters in asked:
            if statement.startswith("SELECT"):
                told = plan(tx, statement, parameters)
                assert not unbounded(told, sorts=True), f"{statement}\n{told}"


async def test_a_contact_has_everything_across_deals_on_one_page(
    village: Village, browser: Browser
) -> None:
    boat = village.open("boat", "A boat", amount=Decimal(1200))
    other = [c.Party(contact_id="C-1", role="engineer")]
    lost = village.open("lost", "A lost one", contacts=other)
    village.ask(c.LoseDeal(reason="price"), lost, "lose")
    mailed(village, boat)
    barring.suppress(village.house, "C-1", reason="competitor", actor="P-1")
    consenting.withdraw(village.house, "C-1", "marketing", actor="P-2")
    page = await browser.open("/contacts/C-1")
    assert page.status == 200
    assert page.words("h1") == ["Ann Other"]
    for words in (
        "ann@them.example",
        "A boat primary new EUR 1,200 Olga Owner",
        "A lost one engineer",
        "About the boat",
        "no all mail: competitor",
        "Withdrawn: marketing mail",
        "Li Wei 李伟",
    ):
        assert words in page.text, words
    deal = next(one for one in page.all("a") if one.text.strip() == "A boat")
    page = await browser.open(deal.attributes["href"])
    assert "/contacts/C-1" in [one.attributes.get("href") for one in page.all("a")]


async def test_a_consent_is_given_and_taken_back_by_hand(
    village: Village, browser: Browser
) -> None:
    page = await browser.open("/contacts/C-1")
    says = "/contacts/C-1/says"
    page = await browser.send(says, {"act": "give"}, purpose="service", basis="two words")
    assert "Not understood" in page.answer
    assert "two words" in page.html, "what was typed stays"
    page = await browser.send(says, {"act": "give"}, purpose="service", basis="spoken")
    assert page.answer == "The consent is recorded."
    assert "Service: spoken" in page.text
    page = await browser.send(says, {"act": "withdraw"}, purpose="service")
    assert "withdrawn" in page.answer
    assert "Service: spoken" not in page.text
    assert "Withdrawn: service mail" in page.text
    page = await browser.send(says, {"act": "unsubscribe"}, purpose="marketing")
    assert "Opted out: marketing mail" in page.text
    page = await browser.send(says, {"act": "give"}, act="burn")
    assert page.status == 422


async def test_an_address_is_barred_and_let_go(village: Village, browser: Browser) -> None:
    await browser.open("/contacts/C-1")
    page = await browser.send("/contacts/C-1/says", {"act": "bar"}, reason="competitor")
    assert "no all mail: competitor" in page.text
    page = await browser.send("/contacts/C-1/lift", reason="two words")
    assert "a reason is one word" in page.answer
    page = await browser.send("/contacts/C-1/lift", reason="asked-again")
    assert "The bar is lifted" in page.answer
    assert "Nothing bars the address" in page.text


async def test_forgetting_says_first_what_it_erases_and_wants_the_id(
    village: Village, browser: Browser
) -> None:
    boat = village.open("boat", "A boat")
    mailed(village, boat)
    page = await browser.open("/contacts/C-1/forget")
    assert "Words of mails 1" in page.text
    assert boat in page.text
    with village.house.store.read() as tx:
        assert kept.load(tx, "C-1").email == "ann@them.example"  # type: ignore[union-attr]
    page = await browser.send("/contacts/C-1/forget", typed="ann@them.example")
    assert page.answer == "Refused: type C-1 to say that you mean it."
    assert page.address == "/contacts/C-1/forget"
    page = await browser.send("/contacts/C-1/forget", typed="C-1")
    assert page.answer == "Forgotten."
    assert "(forgotten)" in page.words("h1")
    for gone in ("Ann", "ann@them.example", "About the boat"):
        assert gone not in page.text
    page = await browser.open("/contacts/C-1/forget")
    assert "forgotten before" in page.text


async def test_what_is_nobody_is_not_here(village: Village, browser: Browser) -> None:
    for path in ("/contacts/C-none", "/contacts/ann@them.example", "/contacts/C-none/forget"):
        assert (await browser.open(path)).status == 404, path


def test_a_page_of_much_asks_little_and_is_masked(village: Village) -> None:
    for number in range(12):
        mailed(village, village.open(f"boat-{number}"), f"t{number}")
    with asked_of() as asked:
        found = contact_sheet.sheet(village.house, "C-1")
    assert (len(found.deals), len(found.mails)) == (12, 12)
    assert len(asked) <= 15, [statement for statement, _ in asked]
    dark = masked(found)
    assert (dark.contact.name, dark.contact.email) == ("A. O.", "a…@them.example")
    assert (dark.deals[0].title, dark.deals[0].owner) == (HIDDEN, "O. O.")
    assert "Ann" not in str(dark)
    (line,) = masked(contact_sheet.search(village.house, "Ann")).contacts
    assert (line.name, line.email) == ("A. O.", "a…@them.example")


async def test_times_are_those_of_who_looks(village: Village, browser: Browser) -> None:
    new = people.NewPerson(email="tom@us.example", name="Tom", zone="Asia/Tokyo")
    tom = people.add(village.house, new, actor="test").person_id
    await browser.open("/contacts")
    page = await browser.send("/me", person=tom)
    assert "Times in Asia/Tokyo" in (await browser.open("/contacts")).text
    assert "Times in Asia/Tokyo" in (await browser.open("/contacts/C-1")).text
    assert page.status == 200
