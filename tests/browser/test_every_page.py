"""Every page of the application in a real Chromium: nothing that axe finds, nothing too wide.

The list of pages is compared with the routes of the application, so that a new page is looked at.
"""

import mailbox as maildir
import re
from pathlib import Path
from typing import Final

import pytest
from fastapi import FastAPI

from domain import commands as c
from operations.access import passwords
from operations.authoring import wording
from operations.people import NewPerson
from operations.people import add as add_person
from operations.post.mailbox import FOLDER
from tests.browser.conftest import Browsing
from tests.browser.test_admin import furnish
from tests.browser.test_board import LONG
from tests.console.conftest import Village
from tests.console.test_access import all_routes
from tests.console.test_day import drafted
from tests.console.test_mailroom import of_every_kind
from tests.support.page import read
from tests.support.post import came, written
from tests.support.window import Window, flaws

PAGES: Final = {
    "/": ("/",),
    "/stagnant": ("/stagnant",),
    "/day": ("/day",),
    "/new-deal": ("/new-deal",),
    "/deals/{deal_id}": ("/deals/{deal_id}", "/deals/{lost_id}"),
    "/contacts": ("/contacts",),
    "/contacts/{contact_id}": ("/contacts/C-1",),
    "/contacts/{contact_id}/forget": ("/contacts/C-1/forget",),
    "/mail": ("/mail",),
    "/mails/{touch_id}": ("/mails/sent",),
    "/inbox": ("/inbox",),
    "/inbox/{inbound_id}": ("/inbox/{inbound_id}",),
    "/doubts": ("/doubts",),
    "/playbooks": ("/playbooks",),
    "/playbooks/{name}": ("/playbooks/simple",),
    "/playbooks/{name}/edit": ("/playbooks/simple/edit",),
    "/new-playbook": ("/new-playbook?shipped=simple",),
    "/templates": ("/templates",),
    "/templates/{name}": ("/templates/hand-over?locale=zh", "/templates/break-up?about={deal_id}"),
    "/new-template": ("/new-template",),
    "/templates/{name}/edit": ("/templates/follow-up-1/edit",),
    "/signin": ("/signin",),
    "/invite/{token}": ("{invite}",),
    "/admin/audit": ("/admin/audit",),
    "/admin": ("/admin",),
    "/admin/people": ("/admin/people",),
    "/admin/people/{person_id}": ("/admin/people/{person_id}",),
    "/admin/keys": ("/admin/keys",),
    "/admin/events": ("/admin/events",),
    "/admin/webhooks": ("/admin/webhooks",),
    "/admin/webhooks/{webhook_id}": ("{webhook}",),
    "/u/{token}": ("/u/some-token",),
    "/u/confirm/{token}": ("/u/confirm/x",),
    "/l/{link_id}": ("/l/unknown",),
    "/api/v1/docs": ("/api/v1/docs",),
    "/mailbox": ("/mailbox",),
    "/mailbox/{key}": ("{letter}",),
}
"""Each page of the application by its route, and where to look at it."""

NO_PAGES: Final = {
    "/standing": "the strip, a piece of every page",
    "/admin/jobs": "the list of jobs, a piece of the page of health",
    "/drafts/{task_id}/body": "the mail itself in its frame: the words of whoever wrote it",
    "/mails/{touch_id}/body": "the same",
    "/templates/{name}/body": "the same",
    "/mailbox/{key}/body": "the same",
    "/u/console.css": "a style sheet",
    "/static/{name}": "a style sheet, scripts and a picture",
    "/healthz": "for programs",
    "/readyz": "for programs",
    "/metrics": "for programs",
}
"""What answers and is no page to be read by itself, and why."""


def test_every_page_of_the_application_is_among_those_that_are_looked_at(app: FastAPI) -> None:
    """The API answers programs, but for the page that describes it."""
    paths = {one.path for one in all_routes(app) if "GET" in (one.methods or ())}
    shown = {one for one in paths if not one.startswith("/api/") or one == "/api/v1/docs"}
    assert shown == PAGES.keys() | NO_PAGES.keys()
    assert not PAGES.keys() & NO_PAGES.keys()


def test_there_is_no_way_to_a_browser_but_the_one_that_listens() -> None:
    """A test with a browser of its own would not notice a request that leaves the machine."""
    here = Path(__file__).parents[1]
    found = {
        file.relative_to(here).as_posix()
        for file in here.rglob("*.py")
        if file != Path(__file__) and re.search(r"playwright\.(async|sync)_", file.read_text())
    }
    assert found == {"browser/conftest.py"}


@pytest.mark.browser
async def test_a_request_that_leaves_is_noticed_in_whichever_tab(
    app: FastAPI, browsing: Browsing
) -> None:
    with pytest.raises(AssertionError, match="left the machine"):  # noqa: PT012
        async with browsing(app) as opened:
            beside = await opened.page.context.new_page()
            with pytest.raises(Exception, match="ERR_"):
                await beside.goto("http://127.0.0.1:9/")


async def furnished(village: Village, window: Window, folder: Path) -> dict[str, str]:
    """Something on every page; the addresses that have ids in them."""
    house = village.house
    webhook = next(one for one in await furnish(village) if re.search(r"/WH-", one))
    of_every_kind(village)
    drafted(village, "draft")
    village.open("long", LONG, product=LONG)
    lost = village.open("lost")
    village.ask(c.LoseDeal(reason="price"), lost, "lose")
    zoe = NewPerson(email="zoe@us.example", name="Zoe", role="rep")
    zoe_id = add_person(house, zoe, actor="t").person_id
    box = maildir.Maildir(folder / FOLDER)
    box.add(written(sender="Us <sales@us.example>", to="ann@them.example"))
    old = wording.begin(house, "follow-up-1").text
    wording.publish(house, "follow-up-1", None, f"{old}\nMore.\n", actor="P-2")
    page = await window.open("/day")
    await page.get_by_role("button", name="Olga Owner").click()
    await page.wait_for_selector("#told .done")
    mailbox = read(await (await window.open("/mailbox")).content())
    letter = next(x for x in mailbox.all("a") if "/mailbox/" in x.attributes["href"])
    return {
        "deal_id": village.deals["boat"],
        "lost_id": lost,
        "inbound_id": came(house, written(sender="zoe@else.example")).inbound_id,
        "invite": passwords.invite(house, zoe_id, actor="t").url.partition("8000")[2],
        "person_id": "P-1",
        "webhook": webhook,
        "letter": letter.attributes["href"],
    }


@pytest.mark.browser
@pytest.mark.timeout(300)
async def test_no_page_has_a_flaw_that_axe_finds_or_is_too_wide(
    village: Village, window: Window, tmp_path: Path
) -> None:
    known = await furnished(village, window, tmp_path)
    wrong = []
    for route, addresses in PAGES.items():
        for address in addresses:
            where = address.format(**known)
            page = await window.open(where)
            assert await page.locator("h1, h2").count(), where
            wrong += await flaws(page, f"{route} at {where}")
    assert wrong == [], "\n".join(wrong)


PRESSABLE: Final = """() => [...document.querySelectorAll(
    'button, input, select, textarea:not(.editor *), label:not([for=text]), nav, .act, .skip'
)].filter(one => one.checkVisibility() && one.getClientRects().length)
  .map(one => one.tagName.toLowerCase() + (one.className ? '.' + one.className : '')
    + ' ' + (one.name || one.ariaLabel || one.innerText || '').trim().slice(0, 40))"""
"""What can be pressed or filled in, as far as it shows; a text that is edited is read on paper."""


@pytest.mark.browser
@pytest.mark.timeout(300)
async def test_on_paper_no_page_has_anything_to_press(
    village: Village, window: Window, tmp_path: Path
) -> None:
    known = await furnished(village, window, tmp_path)
    await window.page.emulate_media(media="print")
    wrong = []
    for addresses in PAGES.values():
        for address in addresses:
            where = address.format(**known)
            page = await window.open(where)
            wrong += [f"{where}: {one}" for one in await page.evaluate(PRESSABLE)]
    assert wrong == [], "\n".join(wrong)
