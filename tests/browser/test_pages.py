"""The pages in a real Chromium: with scripts, by keyboard, and while they refresh themselves."""

import pytest

from tests.support.window import Window

pytestmark = pytest.mark.browser


async def test_a_refused_move_is_told_where_one_is(window: Window, deal_id: str) -> None:
    page = await window.open("/")
    card = page.locator(f"#{deal_id}")
    await card.locator("summary").click()
    await card.locator("select").select_option("proposal")
    await card.locator("button").click()
    await page.wait_for_selector("#told p")
    assert 'wants "budget" filled in' in await page.locator("#told").inner_text()
    assert 'wants "budget" filled in' in await card.locator(".refused").inner_text()
    assert page.url == f"{window.address}/"


async def test_a_page_in_use_does_not_refresh_itself(window: Window, deal_id: str) -> None:
    await window.page.clock.install()
    page = await window.open(f"/deals/{deal_id}")
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    await page.get_by_text("Log an activity", exact=True).first.click()
    note = page.locator("details[open] textarea")
    await note.fill("half a sentence")
    async with page.expect_response(lambda one: one.url.endswith("/standing")):
        await page.clock.run_for(13_000)
    assert not [url for url in asked if deal_id in url]
    assert await note.input_value() == "half a sentence"
    await page.get_by_text("Log an activity", exact=True).first.click()
    await page.evaluate("document.activeElement.blur()")
    async with page.expect_response(lambda one: deal_id in one.url):
        await page.clock.run_for(7_000)


async def test_a_reply_is_recorded_by_keyboard_alone(window: Window, deal_id: str) -> None:
    page = await window.open(f"/deals/{deal_id}")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    for _ in range(60):
        await page.keyboard.press("Tab")
        if "They replied" in await page.evaluate("document.activeElement.innerText || ''"):
            break
    width = await page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert width == "2px", "the focus is seen"
    for key in ("Enter", "Tab", "Tab", "H", "i", "Tab", "Enter"):
        await page.keyboard.press(key)
    await page.wait_for_selector("#told .done")
    assert "The reply is recorded" in await page.locator("#told").inner_text()
    assert await page.locator("blockquote").inner_text() == "Hi"


async def test_a_console_that_restarted_says_so_and_blanks_nothing(
    window: Window, deal_id: str
) -> None:
    await window.page.clock.install()
    page = await window.open("/")
    await page.context.clear_cookies()
    async with page.expect_response(lambda one: one.status == 401):
        await page.clock.run_for(7_000)
    await page.wait_for_selector("#told h1")
    assert "Come in by the link" in await page.locator("#told").inner_text()
    assert await page.locator(f"#{deal_id}").is_visible()
    assert "Mail on" in " ".join((await page.locator("#strip").inner_text()).split())


async def test_one_line_alone_parts_what_may_be_asked(window: Window, deal_id: str) -> None:
    page = await window.open(f"/deals/{deal_id}")
    lines = await page.evaluate(
        """() => [...document.querySelectorAll(".asks .ask + .ask")].map((one) =>
             getComputedStyle(one.previousElementSibling).borderBottomWidth
             + " " + getComputedStyle(one).borderTopWidth)"""
    )
    assert set(lines) == {"0px 1px"}
