"""The village and the console that the tests of the pages use, seen through a browser.

There is no other way to a browser than `window` and `browsing`: whatever a test does in it, no
request may leave the machine.
"""

import asyncio
import importlib
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, NoReturn

import pytest
import uvicorn
from fastapi import FastAPI

from tests.console.conftest import TOKEN, Village, app, village
from tests.support.shutting import stop
from tests.support.window import Window

__all__ = ["app", "village"]

CHROMIUM = os.environ.get("SLUICE_CHROMIUM") or shutil.which("chromium")
REQUIRED = os.environ.get("SLUICE_BROWSER_TESTS") == "required"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)

PATIENCE_MS = 90_000
"""How long a page may take on a machine that is busy with everything else."""

Browsing = Callable[[FastAPI], AbstractAsyncContextManager[Window]]


def without(why: str) -> NoReturn:
    """A machine without a browser skips these tests, unless it was set up to run them."""
    if REQUIRED:
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Any]:
    """One browser for all tests of a process; each has a context of its own in it."""
    try:
        playwright = importlib.import_module("playwright.async_api")
    except ImportError:
        without("playwright is not installed: sh scripts/bootstrap.sh browser")
    if CHROMIUM is None:
        without("there is no chromium on the path, and SLUICE_CHROMIUM names none")
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        await browser.close()


@pytest.fixture
def browsing(chromium: Any) -> Browsing:
    """Opens a window on a console, which is served as long as the block runs."""

    @asynccontextmanager
    async def opened(app: FastAPI) -> AsyncIterator[Window]:
        async with _served(app) as address:
            # What fades is measured halfway otherwise.
            context = await chromium.new_context(reduced_motion="reduce")
            context.set_default_timeout(PATIENCE_MS)
            made = Window(await context.new_page(), address)
            made.listen(context)
            try:
                await made.open(f"/?key={TOKEN}")
                yield made
            finally:
                await context.close()
        made.judge()

    return opened


@pytest.fixture
async def window(app: FastAPI, browsing: Browsing) -> AsyncIterator[Window]:
    """A window on the console of the village."""
    async with browsing(app) as opened:
        yield opened


@pytest.fixture
def deal_id(village: Village) -> str:
    return village.open("boat", "A boat for the lake")


@asynccontextmanager
async def _served(app: FastAPI) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  (it tells nobody)
        await asyncio.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        await stop(server, serving)
