"""Mails in a real Chromium: edited, seen in their frame, published, and for every reader."""

import pytest

from operations.authoring import wording
from tests.browser.test_board import LONG
from tests.console.conftest import Village
from tests.support.window import Window, flaws

pytestmark = pytest.mark.browser

EDIT = "/templates/follow-up-1/edit"
WORDS = "The words of the mail"


async def test_a_mail_is_mended_seen_in_its_frame_and_published_by_keyboard(
    village: Village, window: Window
) -> None:
    page = await window.open(EDIT)
    text = page.get_by_label(WORDS)
    old = await text.input_value()
    await text.fill(old.replace("contact.first_name", "contact.first_nme"))
    await page.get_by_role("button", name="Check and preview").press("Enter")
    await page.wait_for_selector("text=1 error to mend first")
    await page.locator("a[data-line]").press("Enter")
    at = "document.activeElement.value.slice(document.activeElement.selectionStart)"
    assert (await page.evaluate(at)).startswith("contact.first_nme")
    await text.fill(old.replace("Hello", "Ahoy"))
    await page.get_by_role("button", name="Check and preview").press("Enter")
    frame = page.frame_locator("iframe[name=reader]")
    await frame.get_by_text("Ahoy Sam").first.wait_for()
    await page.get_by_role("button", name="Publish").press("Enter")
    await page.wait_for_selector("#told .done")
    assert "version 1" in await page.locator("#told").inner_text()
    assert "Ahoy" in wording.begin(village.house, "follow-up-1").text


async def test_nothing_that_axe_finds_and_nothing_that_does_not_fit(
    village: Village, window: Window
) -> None:
    old = wording.begin(village.house, "follow-up-1").text
    wording.publish(village.house, "follow-up-1", None, f"{old}\n{LONG}\n", actor="P-2")
    for path in (EDIT, f"{EDIT}#wrong", f"{EDIT}#right", "/templates/follow-up-1"):
        page = await window.open(path)
        if "#" in path:
            text = page.get_by_label(WORDS)
            wanted = "{{ owner.nme }}" if path.endswith("wrong") else LONG
            await text.fill(f"{await text.input_value()}\n{wanted}\n")
            await page.get_by_role("button", name="Check and preview").click()
            await page.wait_for_selector(".problems, .notice")
        assert await flaws(page, path) == []
