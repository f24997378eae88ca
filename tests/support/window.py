"""A tab of a real Chromium that came in by the link: what it shows, asks, and complains about."""

import importlib
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

WIDTHS: Final = (1280, 390)
"""A desk and a telephone, in pixels."""

_LOCAL: Final = ("data", "blob", "about")
"""Addresses of what a page holds itself; nothing is asked of anybody."""


@dataclass
class Window:
    """A tab, and what it and every tab beside it said and asked on the way."""

    page: Any
    address: str
    complaints: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    async def open(self, path: str) -> Any:
        """Go to a page of the console."""
        await self.page.goto(self.address + path)
        return self.page

    async def reach(self, words: str, most: int = 150) -> None:
        """Go on by Tab until the focus is on what says these words, as a keyboard does."""
        for _ in range(most):
            await self.page.keyboard.press("Tab")
            if words in await self.page.evaluate(_FOCUSED):
                return
        raise AssertionError(f"no Tab leads to {words}")

    async def press(self, words: str) -> None:
        """Go there by Tab, and press Enter."""
        await self.reach(words)
        await self.page.keyboard.press("Enter")

    async def write(self, words: str, text: str) -> None:
        """Go to the field of that name by Tab, and write."""
        await self.reach(words)
        await self.page.keyboard.type(text)

    def listen(self, context: Any) -> None:
        """Take down what every page of a browser asks for, and what it complains about."""
        context.on("request", lambda one: self.asked.add(one.url))
        context.on("console", lambda said: self.complaints.append(_said(said)))
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))

    def judge(self) -> None:
        """Nothing left the machine, and nothing went wrong that the page did not say itself."""
        elsewhere = {one for one in self.asked if not self._is_ours(one)}
        assert elsewhere == set(), f"a request left the machine: {elsewhere}"
        wrong = [one for one in self.complaints if not _expected(one)]
        assert wrong == [], wrong

    def _is_ours(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.scheme in _LOCAL or parts.netloc == urlsplit(self.address).netloc


async def flaws(page: Any, what: str) -> list[str]:
    """What axe finds with everything open, in both themes, and which part is too wide."""
    axe = importlib.import_module("axe_playwright_python.async_playwright").Axe()
    await page.evaluate(_OPENED)
    wrong = []
    # A theme changes nothing but colours.
    colours = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}
    for theme, options in (("light", {"resultTypes": ["violations"]}), ("dark", colours)):
        await page.emulate_media(color_scheme=theme)
        for one in (await axe.run(page, _CLOSED, options)).response["violations"]:
            nodes = [node["html"] for node in one["nodes"]]
            wrong.append(f"{what}, {theme}: {one['id']}: {nodes}")
    await page.emulate_media(color_scheme="light")
    for width in reversed(WIDTHS):
        await page.set_viewport_size({"width": width, "height": 900})
        if found := await page.evaluate(_TOO_WIDE):
            wrong.append(f"{what} does not fit into {width}: {found}")
    return wrong


_CLOSED: Final = {"exclude": ["details:not([open])"]}
"""What nobody opened says what those say that were opened."""

_OPENED: Final = """
  [...document.querySelectorAll("details")].slice(0, 20).forEach((one) => { one.open = true })
"""
"""Opens what can be opened; of a page that is one long list of the same, the first of them."""

_FOCUSED: Final = """() => {
  const one = document.activeElement;
  if (!one.matches("a, button, summary, input, select, textarea")) return "";
  return one.labels?.length ? one.labels[0].innerText : one.innerText || "";
}"""
"""The words of what has the focus: those of its label where it has one."""

_TOO_WIDE: Final = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return "";
  const wide = [...document.body.querySelectorAll("*")].filter(
    (one) => one.getBoundingClientRect().right > room + 0.5 && !one.closest(".wide")
  );
  return wide.slice(0, 12).map((one) => `${one.tagName}.${one.className}`).join(" ");
}"""
"""What is wider than the window, where anything is: the outer parts first."""


def _said(said: Any) -> str:
    return f"{said.text} at {urlsplit(said.location['url']).path}"


def _expected(said: str) -> bool:
    """Chromium and htmx write a line for each answer of 401 and 422, which some tests are about.

    So they do for a link that leads nowhere. Axe speaks to every frame, and a sandboxed one has
    no origin that it could name. What an answer brings with `autofocus` htmx focuses itself, and
    a browser that comes to it later says that the focus is there already.
    """
    focused = said.startswith("Autofocus processing was blocked because a document already has")
    axes = said.startswith("Failed to execute 'postMessage' on 'DOMWindow'") and "('null')" in said
    nowhere = "404" in said.split() and said.endswith(" at /l/unknown")
    return axes or nowhere or focused or bool({"401", "422"} & set(said.split()))
