"""My day in a real Chromium: nothing that axe finds, fits every width, done by keyboard alone."""

from datetime import timedelta

import pytest

from domain import commands as c
from tests.browser.test_board import LONG
from tests.console.conftest import Village
from tests.console.test_day import drafted
from tests.console.test_stagnant import flag
from tests.support.shortcut import no_engine
from tests.support.window import Window, flaws

__all__ = ["no_engine"]

pytestmark = pytest.mark.browser


async def as_olga(window: Window) -> None:
    """Say to be Olga, where the page asks."""
    page = await window.open("/day")
    await page.get_by_role("button", name="Olga Owner").click()
    await page.wait_for_selector("#told .done")


def filled(village: Village) -> None:
    """Something of every kind, with long words."""
    drafted(village, "draft")
    now = village.house.time.now()
    promised = c.MakePromise(due_at=now + timedelta(minutes=1), what=LONG)
    village.ask(promised, village.open("long", LONG), "promise")
    village.ask(c.RecordReply(), village.deals["long"], "reply")
    flag(village, "long", 3, "our_turn")
    village.ask(c.WinDeal(), village.open("won"), "win")
    village.open("quiet", LONG)
    flag(village, "quiet", 5)


async def test_nothing_that_axe_finds_and_nothing_that_does_not_fit(
    village: Village, window: Window
) -> None:
    page = await window.open("/day")
    assert await flaws(page, "whose day") == []
    await as_olga(window)
    assert await flaws(page, "an empty day") == []
    filled(village)
    await window.open("/day")
    assert await page.locator("h2").count() == 5
    assert await flaws(page, "a full day") == []


async def test_a_draft_is_approved_by_keyboard_in_place(
    village: Village, window: Window, no_engine: None
) -> None:
    drafted(village, "boat")
    await as_olga(window)
    page = await window.open("/day")
    assert "Ann" in await page.frame_locator("iframe").locator("body").inner_text()
    button = page.get_by_role("button", name="Approve and send")
    await button.focus()
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#told .done")
    assert "it goes in its window" in await page.locator("#told").inner_text()
    assert await page.locator(".draft").count() == 0
