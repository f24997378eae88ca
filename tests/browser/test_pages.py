"""The pages in a real Chromium: with scripts, by keyboard, in both themes, for every reader."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from domain import commands as c
from tests.console.conftest import TOKEN, Village
from tests.support.post import came, written

pytestmark = pytest.mark.browser

CHROMIUM = os.environ.get("SLUICE_CHROMIUM") or shutil.which("chromium")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")


@dataclass
class Window:
    """A tab that came in by the link, and what it said and asked on the way."""

    page: Any
    address: str
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    async def open(self, path: str) -> Any:
        await self.page.goto(self.address + path)
        return self.page


@pytest.fixture
async def served(app: FastAPI) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  (it tells nobody)
        await asyncio.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def window(served: str, request: pytest.FixtureRequest) -> AsyncIterator[Window]:
    playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no chromium on the path")
    theme = request.getfixturevalue("theme") if "theme" in request.fixturenames else "light"
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        context = await browser.new_context(color_scheme=theme)
        made = Window(await context.new_page(), served)
        made.page.on("console", lambda said: made.complaints.append(said.text))
        made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
        made.page.on("request", lambda asked: made.hosts.add(asked.url.split("/")[2]))
        await made.open(f"/?key={TOKEN}")
        yield made
        await browser.close()
    # Chromium and htmx write a line for each answer of 401 and 422, which some tests are about.
    # Axe speaks to every frame, and a sandboxed one has no origin that it could name.
    axes = "Failed to execute 'postMessage' on 'DOMWindow'"
    told = [
        one for one in made.complaints
        if not {"401", "422"} & set(one.split())
        and not (one.startswith(axes) and one.endswith("('null')."))
    ]  # fmt: skip
    assert told == []
    assert made.hosts == {served.split("/")[2]}, "a request left the machine"


@pytest.fixture
def deal_id(village: Village) -> str:
    return village.open("boat", "A boat for the lake")


async def test_no_page_has_a_flaw_that_axe_finds(
    village: Village, window: Window, deal_id: str, theme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.async_playwright").Axe()
    lost = village.open("lost")
    village.ask(c.LoseDeal(reason="price"), lost, "lose")
    waits = came(village.house, written(sender="zoe@else.example")).inbound_id
    desk = ("/templates", "/templates/hand-over?locale=zh", f"/templates/break-up?about={deal_id}")
    for path in (
        "/", f"/deals/{deal_id}", f"/deals/{lost}", "/mailbox", "/u/some-token", "/u/confirm/x",
        "/inbox",
        f"/inbox/{waits}", *desk
    ):  # fmt: skip
        page = await window.open(path)
        opened = "document.querySelectorAll('details').forEach((one) => { one.open = true })"
        await page.evaluate(opened)
        found = (await axe.run(page)).response["violations"]
        told = [(one["id"], [node["html"] for node in one["nodes"]]) for one in found]
        assert told == [], path


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
