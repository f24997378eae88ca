"""Playbooks in a real Chromium: edited with an error first, and published by keyboard alone."""

import pytest

from operations.authoring import playbooks
from tests.browser.test_board import LONG
from tests.console.conftest import Village
from tests.console.test_playbooks import EDIT, MISSPELT, SIMPLE, SLOWER
from tests.support.window import Window, flaws

pytestmark = pytest.mark.browser


async def test_a_playbook_is_edited_mended_and_published_by_keyboard(
    village: Village, window: Window
) -> None:
    village.open("boat")
    playbooks.publish_text(village.house, SLOWER, actor="P-2")
    page = await window.open("/playbooks")
    await page.get_by_role("link", name="Edit simple").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**{EDIT}")
    text = page.get_by_label("The playbook, in YAML")
    await text.fill(MISSPELT)
    await page.get_by_role("button", name="Check and preview").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_selector("text=2 errors to mend first")
    await page.locator("a[data-line]").first.focus()
    await page.keyboard.press("Enter")
    at = 'document.activeElement.value.slice(document.activeElement.selectionStart).split(":")[0]'
    assert await page.evaluate(at) == "send_windw"
    line = (await page.evaluate("location.hash"))[1:]
    row, area = await page.locator(f"#{line}").bounding_box(), await text.bounding_box()
    above = (int(line[1:]) - 1) * 20 + 8
    assert abs(row["y"] - area["y"] - above) < 2, "the number stands beside its line"
    await text.fill(SIMPLE)
    await page.get_by_role("button", name="Check and preview").press("Enter")
    await page.wait_for_selector("text=What publishing would change")
    assert "1 open deal keeps the pipeline" in await page.locator(".notice").inner_text()
    await page.get_by_role("button", name="Publish").press("Enter")
    await page.wait_for_selector("#told .done")
    assert "Published simple, edition 3" in await page.locator("#told").inner_text()
    assert playbooks.show(village.house, "simple").source == SIMPLE


async def test_nothing_that_axe_finds_and_nothing_that_does_not_fit(
    village: Village, window: Window
) -> None:
    village.open("boat")
    long = SLOWER.replace("What made you look for something new just now?", LONG)
    playbooks.publish_text(village.house, long, actor="P-2")
    paths = ("/playbooks", "/playbooks/simple?before=1&after=2", EDIT, f"{EDIT}#wrong", f"{EDIT}#x")
    for path in paths:
        page = await window.open(path)
        if "#" in path:
            wanted = MISSPELT if path.endswith("wrong") else SIMPLE
            await page.get_by_label("The playbook, in YAML").fill(wanted)
            await page.get_by_role("button", name="Check and preview").click()
            await page.wait_for_selector(".problems, .notice")
        assert await flaws(page, path) == []
