"""How a form is answered, in a real Chromium: where one is, with the focus where one goes on."""

from typing import Any

import pytest

from tests.console.conftest import TOKEN
from tests.support.window import Window

pytestmark = pytest.mark.browser

FOCUSED = "document.activeElement.id || document.activeElement.name"
IN_SIGHT = """(one) => {
  const box = one.getBoundingClientRect();
  return box.height > 0 && box.top >= 0 && box.bottom <= innerHeight;
}"""


async def begun(window: Window, deal_id: str, form: str) -> Any:
    """The form of a deal's page with that name, open; the page has gone down to it."""
    page = await window.open(f"/deals/{deal_id}")
    await page.locator(f"#ask-{form}").click()
    return page.locator(f"details:has(> #ask-{form})")


async def test_a_mistake_puts_the_focus_on_its_field_and_keeps_what_was_typed(
    window: Window, deal_id: str
) -> None:
    form = await begun(window, deal_id, "change_details")
    await form.get_by_label("Product").fill("Two gates")
    await form.get_by_label("Amount").fill("a lot")
    await form.get_by_role("button").click()
    wrong = window.page.locator("#wrong")
    await wrong.wait_for()
    assert "write 48000 or 48000.50" in await wrong.inner_text()
    assert await window.page.evaluate(FOCUSED) == "amount"
    assert await window.page.locator(":focus").evaluate(IN_SIGHT)
    assert await form.get_by_label("Product").input_value() == "Two gates"


async def test_what_was_done_is_said_at_its_form_and_the_page_lives_on(
    window: Window, deal_id: str
) -> None:
    await window.page.clock.install()
    form = await begun(window, deal_id, "record_reply")
    await form.get_by_role("button").click()
    said = window.page.locator("#asks .done")
    await said.wait_for()
    assert await said.evaluate(IN_SIGHT)
    assert await window.page.evaluate(FOCUSED) == "ask-record_reply"
    async with window.page.expect_response(lambda one: deal_id in one.url):
        await window.page.clock.run_for(7_000)
    await said.wait_for(state="detached")
    assert await window.page.evaluate(FOCUSED) == "ask-record_reply", "the focus is not lost"


async def test_who_has_to_come_in_again_loses_nothing_that_was_typed(
    window: Window, deal_id: str
) -> None:
    form = await begun(window, deal_id, "record_reply")
    await form.get_by_label("Note").fill("They need a week")
    await window.page.context.clear_cookies()
    await form.get_by_role("button").click()
    told = window.page.locator("#told")
    await told.get_by_text("what you typed still stands below").wait_for()
    assert await told.evaluate(IN_SIGHT), "it is told where one is"
    beside = await window.page.context.new_page()
    await beside.goto(f"{window.address}/?key={TOKEN}")
    token = await beside.locator("input[name=form_token]").first.input_value()
    await beside.close()
    await window.page.wait_for_function(
        "(token) => document.querySelector('#ask-record_reply + form [name=form_token]')"
        ".value === token",
        arg=token,
    )
    await form.get_by_role("button").click()
    await window.page.locator("#told .done").wait_for()
    assert await window.page.locator("blockquote").inner_text() == "They need a week"


async def test_a_console_that_is_gone_is_told_and_the_page_goes_on_when_it_is_back(
    window: Window, deal_id: str
) -> None:
    page = window.page
    await page.clock.install()
    form = await begun(window, deal_id, "record_reply")
    await form.get_by_label("Note").fill("They need a week")
    await page.context.set_offline(True)
    await page.clock.run_for(5_000)
    told = page.locator("#told")
    await told.get_by_text("does not answer").wait_for()
    await form.get_by_role("button").click()
    await told.get_by_text("send it again; it is done once at most").wait_for()
    assert await told.evaluate(IN_SIGHT)
    assert await form.get_by_label("Note").input_value() == "They need a week"
    await page.context.set_offline(False)
    async with page.expect_response(lambda one: one.url.endswith("/standing")):
        await page.clock.run_for(5_000)
    await form.get_by_role("button").click()
    await told.locator(".done").wait_for()
    assert await page.locator("blockquote").all_inner_texts() == ["They need a week"]
    await page.context.set_offline(True)
    await page.clock.run_for(5_000)
    assert "does not answer" not in await told.inner_text(), "what was told of a form stays"
    await page.context.set_offline(False)
    await window.open("/stagnant")
    await page.context.set_offline(True)
    await page.clock.run_for(5_000)
    await told.get_by_text("does not answer").wait_for()
    await page.context.set_offline(False)
    await page.clock.run_for(5_000)
    await told.locator("p").wait_for(state="detached")
    loud = ("htmx:", "ERR_INTERNET_DISCONNECTED")
    window.complaints[:] = [one for one in window.complaints if not any(x in one for x in loud)]


async def test_a_long_text_is_not_sent_into_a_session_that_is_over(window: Window) -> None:
    page = await window.open("/playbooks/simple/edit")
    await page.clock.install()
    await page.reload()
    text = page.get_by_label("The playbook, in YAML")
    mine = f"{await text.input_value()}# An hour's work\n"
    await text.fill(mine)
    await page.context.clear_cookies()
    await page.evaluate("scrollTo(0, document.body.scrollHeight)")
    await page.clock.run_for(5_000)
    told = page.locator("#told")
    await told.get_by_text("what you typed still stands below").wait_for()
    assert await told.evaluate(IN_SIGHT), "one hears of it before anything is sent"
    check = page.get_by_role("button", name="Check and preview")
    await check.click()
    assert await text.input_value() == mine
    beside = await page.context.new_page()
    await beside.goto(f"{window.address}/?key={TOKEN}")
    await beside.close()
    async with page.expect_response(lambda one: one.url.endswith("/standing")):
        await page.clock.run_for(5_000)
    await told.get_by_text("what you typed").wait_for(state="detached")
    await check.click()
    await page.get_by_text("What publishing would change").wait_for()
    assert await text.input_value() == mine
