"""Contacts in a real Chromium: nothing that axe finds, fits every width, found in place."""

import pytest

from domain import commands as c
from operations import barring, contacts
from tests.browser.test_board import LONG
from tests.console.conftest import Village
from tests.console.test_contacts import mailed
from tests.support.window import Window, flaws

pytestmark = pytest.mark.browser


async def test_nothing_that_axe_finds_and_nothing_that_does_not_fit(
    village: Village, window: Window
) -> None:
    word = LONG.split()[0]
    long = contacts.NewContact(
        email=f"{word[:60].encode('ascii', 'ignore').decode()}@{'x' * 60}.example",
        name=LONG,
        account=LONG,
        facts={"need": LONG},
        consents=("service:spoken",),
    )
    its = contacts.add(village.house, long, actor="test").contact_id
    deal_id = village.open("long", LONG, contacts=[c.Party(contact_id=its)])
    mailed(village, deal_id)
    barring.suppress(village.house, "C-1", reason="competitor", actor="P-1")
    for path in ("/contacts", "/contacts/C-1", f"/contacts/{its}", "/contacts/C-1/forget"):
        assert await flaws(await window.open(path), path) == []


async def test_words_are_looked_for_in_place_and_by_keyboard(
    village: Village, window: Window
) -> None:
    new = contacts.NewContact(email="bob@else.example", name="Bob Else")
    contacts.add(village.house, new, actor="test")
    page = await window.open("/contacts")
    assert await page.locator("tbody tr").count() == 2
    await page.get_by_label("Name or address").press_sequentially("else")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("tbody tr >> nth=0 >> text=Bob Else")
    await page.locator("tbody tr").nth(1).wait_for(state="detached")
    assert page.url == f"{window.address}/contacts", "no name stands in an address"
