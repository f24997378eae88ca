"""A deal from its opening to its answer, by keyboard alone, in a house that lives: its workflow
runs, its mail goes through a relay, and its clock runs fast."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client

from console.app import create_app
from operations.post import mailbox
from tests.browser.conftest import Browsing
from tests.console.conftest import TOKEN
from tests.support.databases import Fresh
from tests.support.household import ANN, ROOT
from tests.support.living import manor
from tests.support.servers import temporal, temporal_server, working
from tests.support.window import Window

__all__ = ["temporal", "temporal_server"]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

FOLLOW_UP = re.compile("follow.up.1")

FAST = 60.0
"""A minute a second: slow enough that no window closes before its mail has gone."""


@pytest.fixture
async def living(
    sqlite_databases: Fresh, tmp_path: Path, temporal: Client, browsing: Browsing
) -> AsyncIterator[Window]:
    """A window on a house with an engine, a worker, and a mailbox for all that it sends."""
    url, simple = sqlite_databases(), ROOT / "playbooks" / "simple.yaml"
    async with (
        mailbox.serving(tmp_path, 0) as port,
        manor(url, tmp_path, f"smtp://127.0.0.1:{port}", temporal, FAST, simple) as here,
        working(here.house, temporal),
        browsing(create_app(here.house, link_token=TOKEN, mailbox=tmp_path)) as window,
    ):
        yield window


async def test_a_deal_is_opened_moved_answered_and_looked_back_at(living: Window) -> None:
    page = await living.open("/")
    deal = await _open(living)
    await _follow_the_clock_until_the_first_mail(living, deal)
    before = (await page.locator("#strip time").get_attribute("datetime"))[:19]
    await _be_refused_at_a_closed_gate(living)
    await _answer_with_ones_own_hand(living)
    page = await living.open(deal)
    assert "our turn" in await page.locator(".marks").first.inner_text()
    why = page.locator("table.why tr", has=page.locator("th", has_text=FOLLOW_UP))
    assert "not made" in await why.inner_text()
    assert "they replied" in await why.inner_text()
    assert "No reply while the sequence runs" in await why.inner_text()
    await _look_back(living, before)
    await _pass_an_open_gate(living, deal)


async def _open(living: Window) -> str:
    """By the form, where the answer leads to the deal; says where it is."""
    page = living.page
    await living.press("Open a deal")
    await page.wait_for_url("**/new-deal")
    for field, text in (
        ("Title", "Two hundred seats"),
        ("Contact, their address", ANN),
        ("Amount", "12000"),
        ("Currency", "EUR"),
    ):
        await living.write(field, text)
    await living.press("Open the deal")
    await page.wait_for_url("**/deals/D-*")
    assert "Opened" in await page.locator("#told").inner_text()
    return str(page.url.removeprefix(living.address))


async def _follow_the_clock_until_the_first_mail(living: Window, deal: str) -> None:
    """The clock runs on and what happens appears, and a sentence that is begun stays."""
    page = living.page
    await page.locator("table.why .state.sent").wait_for()
    assert "sent" in await page.locator(".glance").inner_text()
    await living.press("Promise something")
    await living.write("What", "half a sent")
    began = await page.locator("#strip time").get_attribute("datetime")
    await page.wait_for_function(
        "(began) => document.querySelector('#strip time').dateTime > began", arg=began
    )
    await page.keyboard.type("ence")
    assert await page.locator("details[open] textarea").input_value() == "half a sentence"


async def _be_refused_at_a_closed_gate(living: Window) -> None:
    page = await _move(living, "proposal")
    await page.wait_for_selector(".card .refused")
    focused = "document.activeElement.name + document.activeElement.getAttribute('aria-invalid')"
    assert await page.evaluate(focused) == "stagetrue"
    assert 'wants "budget" filled in' in await page.locator(".card .refused").inner_text()


async def _answer_with_ones_own_hand(living: Window) -> None:
    page = await living.open("/mailbox")
    await living.press(ANN)
    await page.wait_for_url("**/mailbox/*")
    await living.press("Reply")
    await page.wait_for_selector("#told .done")
    assert "what wrote to this contact stops" in await page.locator("#told").inner_text()


async def _look_back(living: Window, before: str) -> None:
    """Before the answer its follow-up was still to come, and nothing could be asked of then."""
    page = living.page
    await living.press("Look at another moment")
    await living.write("As of", f"{before}Z")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".bygone")
    assert FOLLOW_UP.search(await page.locator("section:has(#h-next)").inner_text())
    assert await page.locator("#asks").count() == 0
    await living.press("Back to now")
    await page.wait_for_selector("#asks")


async def _pass_an_open_gate(living: Window, deal: str) -> None:
    page = await _move(living, "contacted")
    await page.wait_for_selector(".card .done")
    column = page.locator("[data-stage=contacted]")
    assert await column.locator(f"#{deal.rpartition('/')[2]}").count() == 1


async def _move(living: Window, stage: str) -> Any:
    """Ask it of the only card on the board."""
    page = await living.open("/")
    await living.press("Move")
    await living.reach("To")
    await page.keyboard.type(stage)
    await living.press("Move")
    return page
