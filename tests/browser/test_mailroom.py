"""The mail room in a real Chromium: nothing that axe finds, it refreshes, doubts are resolved."""

import pytest

from operations.post import mail_room
from tests.browser.test_board import LONG
from tests.console.conftest import Village
from tests.console.test_doubts import doubted
from tests.console.test_mailroom import mail, of_every_kind
from tests.support.window import Window, flaws

pytestmark = pytest.mark.browser


async def test_nothing_that_axe_finds_and_nothing_that_does_not_fit(
    village: Village, window: Window
) -> None:
    assert await flaws(await window.open("/mail"), "an empty room") == []
    of_every_kind(village)
    mail(village, "long", template=LONG.split()[0], subject=LONG, moved=LONG)
    mail_room.stop(village.house, actor="P-1", reason=LONG)
    for path in ("/mail", "/mail?show=deferred", "/mails/sent", "/mails/long"):
        assert await flaws(await window.open(path), path) == []


async def test_what_happens_appears_and_the_switch_is_not_disturbed(
    village: Village, window: Window
) -> None:
    await window.page.clock.install()
    village.open("boat", "A boat")
    page = await window.open("/mail")
    await page.get_by_text("Stop all mail", exact=True).first.click()
    why = page.get_by_label("Why")
    await why.press_sequentially("half a se")
    mail(village, "fresh")
    async with page.expect_response(lambda one: one.url.endswith("/mail")):
        await page.clock.run_for(11_000)
    await page.wait_for_selector("text=About fresh")
    assert await why.input_value() == "half a se"
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#told .done")
    assert mail_room.switch(village.house).reason == "half a se"


async def test_a_doubt_is_resolved_by_keyboard_and_the_strip_stops_counting_it(
    village: Village, window: Window
) -> None:
    doubted(village)
    page = await window.open("/")
    await window.press("1")
    await page.wait_for_url("**/doubts")
    await window.press("It arrived")
    await page.wait_for_selector("#told .done")
    assert "Kept as sent" in await page.locator("#told").inner_text()
    assert await page.get_by_text("No mail is in doubt").is_visible()
    assert await page.locator("#strip a").count() == 0


async def test_what_is_known_of_a_doubt_is_said_in_a_form_that_fits(
    village: Village, window: Window
) -> None:
    doubted(village)
    page = await window.open("/doubts")
    await page.locator("details.ask summary").click()
    await page.get_by_label("When it arrived").fill("soon")
    await page.get_by_role("button", name="Settle it").click()
    await page.wait_for_selector("#wrong")
    assert await page.evaluate("document.activeElement.name") == "at"
    assert await page.get_by_label("When it arrived").input_value() == "soon"
    assert await flaws(page, "a doubt with a wrong moment") == []
