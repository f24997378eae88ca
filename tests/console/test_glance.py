"""What the page of a deal says of its mails at a glance: the last, the next, and why none."""

from typing import Any

import pytest

from console.glance import folded, reasons_of
from domain import commands as c
from operations.axis import Entry
from tests.console.conftest import Browser, Post, Village
from tests.support.page import Page
from tests.support.town import NOW


@pytest.fixture
def deal_id(village: Village) -> str:
    return village.open("boat", "A boat for the lake")


def glance(page: Page) -> str:
    (said,) = page.words("dl", class_="glance")
    return said


async def test_it_says_which_mail_goes_next_and_when(browser: Browser, deal_id: str) -> None:
    said = glance(await browser.open(f"/deals/{deal_id}"))
    assert said.startswith("Last mail to them none yet Next mail to them Mail first-contact, ")


async def test_it_says_why_none_goes(village: Village, browser: Browser, deal_id: str) -> None:
    village.ask(c.RecordReply(), deal_id, "reply")
    said = glance(await browser.open(f"/deals/{deal_id}"))
    assert "Next mail to them none. Follow-up stopped on" in said
    assert "they replied" in said
    other = village.open("never", enroll=False)
    assert "none is planned." in glance(await browser.open(f"/deals/{other}"))


async def test_a_paused_deal_says_so(village: Village, browser: Browser, deal_id: str) -> None:
    village.ask(c.PauseDeal(), deal_id, "pause")
    assert "paused" in glance(await browser.open(f"/deals/{deal_id}"))


async def test_the_last_mail_and_its_reason_stand_in_one_row(post: Post) -> None:
    page = await post.browser.open(f"/deals/{post.town.id_of('won')}")
    assert "sent" in glance(page)
    (table,) = page.all("table", class_="why")
    rows = [" ".join(one.text.split()) for one in table.inside if one.tag == "tr"]
    mails = [row for row in rows if "Read it" in row]
    assert mails
    for words in ("because", "sent", "When, and by which rule"):
        assert all(words in row for row in mails), words
    ahead = [number for number, row in enumerate(rows) if "planned" in row]
    behind = [number for number, row in enumerate(rows) if "sent" in row]
    assert max(ahead, default=0) < min(behind), "what is to come stands first"


def test_a_call_that_was_open_when_its_sequence_stopped_is_told_once() -> None:
    told: Any = {"place": "past", "at": NOW, "part": "cadence:follow-up", "kind": "x", "version": 7}
    call = Entry(**told, what="touch", text="Not done", step="first-call", status="not_done")
    left = [
        Entry(**told, what="not_made", text=step, step=step, status="not_made")
        for step in ("first-call", "follow-up-2", "break-up")
    ]
    found = reasons_of([call, *left])
    assert [one.steps for one in found] == [("follow-up-2", "break-up"), ("first-call",)]
    assert folded(left)[0].text == "first-call, follow-up 2 and break-up were not made"
