"""My day in a real Chromium: nothing that axe finds, fits every width, done by keyboard alone."""

from datetime import timedelta
from typing import Any

import pytest

from domain import commands as c
from tests.browser.test_board import LONG
from tests.browser.test_pages import Window, served, theme, window
from tests.console.conftest import Village
from tests.console.test_day import drafted
from tests.console.test_stagnant import flag
from tests.support.shortcut import no_engine

__all__ = ["no_engine", "served", "theme", "window"]

pytestmark = pytest.mark.browser


async def as_olga(window: Window) -> None:
    """Say to be Olga, where the page asks."""
    page = await window.open("/day")
    await page.get_by_role("button", name="Olga Owner").click()
    await page.wait_for_selector("#told .done")


async def sound(page: Any, what: str) -> None:
    """Nothing that axe finds, with everything open, and nothing wider than the window."""
    axe = pytest.importorskip("axe_playwright_python.async_playwright").Axe()
    opened = "document.querySelectorAll('details').forEach((one) => { one.open = true })"
    await page.evaluate(opened)
    found = (await axe.run(page)).response["violations"]
    told = [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]
    assert told == [], what
    for width in (1280, 420):
        await page.set_viewport_size({"width": width, "height": 900})
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{what} is {wide} wide in {width}"


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
    village: Village, window: Window, theme: str
) -> None:
    page = await window.open("/day")
    await sound(page, "whose day")
    await as_olga(window)
    await sound(page, "an empty day")
    filled(village)
    await window.open("/day")
    assert await page.locator("h2").count() == 5
    await sound(page, "a full day")


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
