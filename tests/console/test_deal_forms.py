"""The forms of a deal's page: what they offer, and where they say what is wrong."""

import pytest

from domain import commands as c
from operations import accounts, contacts, deals
from tests.console.conftest import Browser, Village
from tests.support.page import Element, Page
from tests.support.shortcut import no_engine

__all__ = ["no_engine"]


@pytest.fixture
def deal_id(village: Village) -> str:
    return village.open("boat", "A boat for the lake")


async def ask(browser: Browser, deal_id: str, kind: str, **said: str) -> Page:
    """Fill in the form of that kind as the page shows it, and send it."""
    await browser.open(f"/deals/{deal_id}")
    return await browser.send(f"/deals/{deal_id}/commands", {"kind": kind}, **said)


def first(page: Page) -> Element:
    """What has the focus when the page is shown: one thing at most."""
    (found,) = [one for one in page.elements if "autofocus" in one.attributes]
    return found


async def test_what_a_gate_wants_is_filled_in_on_the_page(
    village: Village, browser: Browser, deal_id: str, no_engine: None
) -> None:
    page = await ask(browser, deal_id, "advance_deal", stage="proposal")
    assert 'wants "budget" filled in' in page.answer
    assert "#ask-change_details" in [one.attributes.get("href") for one in page.all("a")]
    page = await ask(browser, deal_id, "change_details", **{"own.budget": "15000"})
    assert page.answer == "Changed."
    page = await ask(browser, deal_id, "advance_deal", stage="proposal")
    assert page.answer == "Moved on."
    shown = deals.show(village.house, deal_id)
    assert (shown.stage, shown.fields["budget"]) == ("proposal", "15000.00")
    await ask(browser, deal_id, "change_details", **{"own.budget": ""})
    assert "budget" not in deals.show(village.house, deal_id).fields


async def test_the_account_is_said_by_name_and_a_new_one_is_made(
    village: Village, browser: Browser, deal_id: str, no_engine: None
) -> None:
    known = accounts.show(village.house, "Canal & Sons").account_id
    for name, is_known in (("canal and sons", False), ("CANAL & sons", True)):
        page = await ask(browser, deal_id, "set_account", account=name)
        assert page.answer == "Kept."
        account = deals.show(village.house, deal_id).account
        assert account is not None
        assert (account.id == known) is is_known
    field = page.form(f"/deals/{deal_id}/commands", {"kind": "set_account"})
    assert field["account"] == "Canal & Sons"


async def test_a_field_that_stands_as_it_was_shown_undoes_nothing(
    village: Village, browser: Browser, deal_id: str, no_engine: None
) -> None:
    await browser.open(f"/deals/{deal_id}")
    village.ask(c.ChangeDetails(title="A ferry", fields={"need": "Speed"}), deal_id, "colleague")
    path, which = f"/deals/{deal_id}/commands", {"kind": "change_details"}
    await browser.send(path, which, amount="2000")
    shown = deals.show(village.house, deal_id)
    assert (shown.title, shown.fields["need"], shown.amount) == ("A ferry", "Speed", 2000)
    before = shown.version
    await ask(browser, deal_id, "change_details")
    assert deals.show(village.house, deal_id).version == before, "nothing was said anew"


async def test_a_deal_is_given_away_gets_a_contact_and_its_cadence_stops(
    village: Village, browser: Browser, deal_id: str, no_engine: None
) -> None:
    assert (await ask(browser, deal_id, "assign_owner", owner="P-2")).answer == "Given."
    page = await ask(browser, deal_id, "link_contact", contact="zoe@them.example")
    assert "write their name as well" in page.answer
    assert first(page).attributes["name"] == "contact_name"
    page = await browser.send(
        f"/deals/{deal_id}/commands", {"kind": "link_contact"}, contact_name="Zoe", role="decider"
    )
    assert page.answer == "They take part."
    page = await ask(browser, deal_id, "stop_enrollments")
    assert page.answer == "Stopped."
    shown = deals.show(village.house, deal_id)
    assert shown.owner is not None
    assert shown.owner.id == "P-2"
    zoe = contacts.show(village.house, "zoe@them.example").contact_id
    assert (zoe, "decider") in [(one.contact_id, one.role) for one in shown.contacts]
    assert [one.status for one in shown.sequences] == ["ended"]
    with pytest.raises(AssertionError, match="there is no form"):
        page.form(f"/deals/{deal_id}/commands", {"kind": "stop_enrollments"})


@pytest.mark.parametrize(
    ("kind", "said", "told"),
    [
        ("change_details", {"amount": "12,5k"}, "'12,5k' is no amount: write 48000 or 48000.50"),
        ("change_details", {"amount": "-5"}, "amount cannot be less than 0"),
        ("change_details", {"currency": "€"}, "is no currency: write three capitals such as EUR"),
        ("change_details", {"expected_close": "soon"}, "'soon' is no date: write 2026-03-02"),
        ("change_details", {"title": "x" * 201}, "title is 201 characters long; at most 200 fit"),
        ("change_details", {"own.budget": "much"}, "budget wants a money"),
        ("set_account", {"account": "?!"}, "has no letter or digit"),
        ("make_promise", {"due_at": "2001-01-01", "what": "x"}, "a date that lies ahead"),
        ("agree_wait", {"until": "2001-01-01"}, "a date that lies ahead"),
        ("advance_deal", {"stage": "nowhere"}, "nowhere"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_which_has_the_focus(
    browser: Browser, deal_id: str, kind: str, said: dict[str, str], told: str, no_engine: None
) -> None:
    page = await ask(browser, deal_id, kind, **said)
    field = first(page)
    assert field.attributes["name"] == next(iter(said))
    assert field.attributes["aria-invalid"] == "true"
    (why,) = page.all("p", id=field.attributes["aria-describedby"])
    assert told in why.text
    assert (
        page.form(f"/deals/{deal_id}/commands", {"kind": kind}).items()
        >= {name: text for name, text in said.items() if field.tag != "select"}.items()
    )


async def test_what_is_about_no_field_is_read_first_and_what_was_done_stands_at_its_form(
    village: Village, browser: Browser, deal_id: str, no_engine: None
) -> None:
    page = await ask(browser, deal_id, "log_activity", activity="call")
    assert first(page).attributes["id"] == "ask-log_activity"
    assert page.words("p", class_="done") == ["Logged.", "Logged."]
    await browser.open(f"/deals/{deal_id}")
    village.ask(c.LoseDeal(reason="price"), deal_id, "lose")
    path, which = f"/deals/{deal_id}/commands", {"kind": "win_deal"}
    page = await browser.send(path, which)
    assert (first(page).attributes["id"], first(page).tag) == ("wrong", "p")
    assert "the deal is lost" in first(page).text
