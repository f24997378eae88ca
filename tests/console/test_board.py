"""The board shows what the store holds, and answers a move with what was decided."""

import re
import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from fastapi import FastAPI

from console.app import create_app
from domain import commands as c
from domain import deal_events as d
from domain.ahead import NOTHING
from domain.deal import Deal, fold
from domain.playbooks.parts import parts
from mail.kitchen import Kitchen
from operations import board, history, upkeep
from operations.authoring.files import load
from operations.post import mail_room
from store import deals, people, playbooks, totals
from store.database import Store
from store.ledger import Origin
from tests.console.conftest import TOKEN, Browser, Village, browsing
from tests.support.houses import ROOT, opened_house
from tests.support.page import Page, read
from tests.support.town import NOW, town

EVIL = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "</title></textarea><script>alert(1)</script>",
    "<svg/onload=alert(1)>&lt;b&gt;",
    "\u202egnp.exe \u2066x\u2069",
)
"""What a page must show as it is written, and never obey."""


def column(page: Page, stage: str) -> str:
    """The text of a stage's column."""
    return next(text for text in page.words("section", class_="column") if text.startswith(stage))


async def test_without_a_playbook_it_teaches(tmp_path: Path) -> None:
    with opened_house(tmp_path, NOW, ()) as empty:
        async with browsing(create_app(empty, link_token=TOKEN)) as http:
            text = (await http.get("/", params={"key": TOKEN})).text
    assert "No playbook yet" in text
    assert "sluice playbook publish" in text
    assert "Mailbox" not in text, "there is none in this house"


async def test_without_deals_it_says_how_to_open_one(browser: Browser) -> None:
    page = await browser.open("/")
    assert "Nothing stands here yet" in page.text
    assert "sluice deal open" in page.text


async def test_counts_and_sums_are_those_of_the_store(village: Village, browser: Browser) -> None:
    for number in range(5):
        village.open(f"boat-{number}", amount=Decimal(number * 100))
    village.open("yen", amount=Decimal("12.50"), currency="JPY")
    moved = village.ask(c.AdvanceDeal(stage="contacted"), village.deals["boat-4"])
    assert moved.status == "done"
    lost = village.ask(c.LoseDeal(reason="price"), village.deals["boat-3"])
    assert lost.status == "done"
    page = await browser.open("/")
    with village.house.store.read() as tx:
        kept = totals.counted(tx)
    for stage in ("new", "contacted", "proposal"):
        here = [one for one in kept if one.stage == stage and one.status != "lost"]
        assert re.match(rf"{stage} {sum(one.deals for one in here)}\b", column(page, stage))
        for one in here:
            if one.amount:
                assert f"{one.currency} {one.amount:,.0f}" in column(page, stage).replace(".50", "")
    assert "5 on the board, 1 lost" in page.text


async def test_a_card_says_who_how_much_and_what_comes_next(
    village: Village, browser: Browser
) -> None:
    village.open("boat", "A boat for the lake", amount=Decimal("1234.5"))
    text = column(await browser.open("/"), "new")
    for word in ("A boat for the lake", "Ann Other", "EUR 1,234.50", "Olga Owner", "first-contact"):
        assert word in text
    assert "today in this stage" in text


async def test_a_deal_without_a_contact_says_nobody_to_write_to(
    village: Village, browser: Browser
) -> None:
    village.open("alone", contacts=[], amount=None, currency=None)
    text = column(await browser.open("/"), "new")
    assert "nobody to write to" in text
    assert "no amount" in text


async def test_a_closed_gate_is_answered_at_the_card(village: Village, browser: Browser) -> None:
    deal_id = village.open("boat")
    village.open("other")
    await browser.open("/")
    page = await browser.send(f"/deals/{deal_id}/move", stage="proposal")
    assert page.status == 200
    assert 'wants "budget" filled in' in page.answer
    (card,) = page.words("li", id=deal_id)
    assert 'wants "budget" filled in' in card
    assert "boat" in column(page, "new")
    page = await browser.open("/")
    assert page.answer == "", "an answer is told once"


async def test_a_move_without_temporal_says_so_and_changes_nothing(
    village: Village, browser: Browser
) -> None:
    deal_id = village.open("boat")
    await browser.open("/")
    page = await browser.send(f"/deals/{deal_id}/move", stage="contacted")
    assert "Temporal cannot be reached" in page.answer
    assert "boat" in column(page, "new")


async def test_a_move_goes_back_to_the_board_it_came_from_and_nowhere_else(
    village: Village, browser: Browser
) -> None:
    deal_id = village.open("boat")
    await browser.open("/?playbook=simple&owner=P-1")
    path = f"/deals/{deal_id}/move"
    form = browser.page.form(path, {})
    assert form["back"] == "/?playbook=simple&owner=P-1"
    for back in ("//evil.example", "https://evil.example", "/\\evil.example", "x", "/\r\nX: y"):
        await browser.open("/")
        page = await browser.send(path, stage="proposal", back=back)
        assert (page.status, page.address) == (200, "/")


async def test_a_long_column_is_shown_page_by_page(village: Village, browser: Browser) -> None:
    for number in range(board.CARDS + 3):
        village.open(f"boat-{number:02}")
    page = await browser.open("/")
    first = {one.attributes["id"] for one in page.all("li", class_="card")}
    (more,) = [one for one in page.all("a") if one.text.split()[1:] == ["more", "in", "new"]]
    page = await browser.open(more.attributes["href"])
    rest = {one.attributes["id"] for one in page.all("li", class_="card")}
    assert (len(first), len(rest), first & rest) == (board.CARDS, 3, set())
    assert first | rest == set(village.deals.values())
    assert "Back to the newest" in page.text
    assert more.text.split()[0] == "3"


async def test_one_owner_and_one_pipeline_can_be_chosen(village: Village, browser: Browser) -> None:
    village.open("hers")
    village.open("his", owner_id="P-2")
    other = load(ROOT / "playbooks" / "prospecting-to-fulfilment.yaml").playbook
    with village.house.store.write() as tx:
        playbooks.publish(tx, other.playbook, parts(other), "test", NOW)
    village.open("elsewhere", playbook=other.playbook)
    page = await browser.open("/?owner=P-2")
    assert ("his" in page.text, "hers" in page.text) == (True, False)
    page = await browser.open("/?playbook=prospecting-to-fulfilment&owner=")
    assert "elsewhere" in column(page, "prospecting")


async def test_filters_are_in_the_address_and_give_the_same_board_again(
    village: Village, browser: Browser
) -> None:
    village.open("barge", "A barge for 李伟", product="Barge", amount=Decimal(5_000))
    village.open("pump", "A pump", product="Pump", amount=Decimal(500))
    page = await browser.open("/")
    form = page.form("/", {"size": ""}) | {"product": "Barge", "size": "1k-10k", "text": " 李 "}
    page = await browser.open(f"/?{urlencode({**form, 'stagnant': ''})}")
    cards = {one.attributes["id"] for one in page.all("li", class_="card")}
    assert cards == {village.deals["barge"]}
    assert "1 found" in page.text
    assert column(page, "new").startswith("new 1 deals EUR 5,000")
    kept = page.form("/", {"product": "Barge"})
    assert (kept["size"], kept["text"]) == ("1k-10k", "李")
    again = page.all("section", id="board")[0].attributes["hx-get"]
    page = await browser.open(again)
    assert {one.attributes["id"] for one in page.all("li", class_="card")} == cards
    page = await browser.open("/?product=Pump&text=barge")
    assert "No deal meets all of this" in page.text
    assert page.all("svg", role="img") == []


async def test_the_pipeline_is_drawn_with_its_numbers_beneath(
    village: Village, browser: Browser
) -> None:
    village.open("boat", amount=Decimal(1500))
    village.open("yen", amount=Decimal(900), currency="JPY")
    page = await browser.open("/")
    (drawn,) = page.all("svg", role="img")
    assert "the table below has the numbers" in drawn.text
    rows = [text for text in page.words("tr") if text.startswith("new")]
    assert rows == ["new 2 1,500 900"]


async def test_times_are_told_on_the_clock_of_who_looks(village: Village, browser: Browser) -> None:
    village.open("boat")
    with village.house.store.write() as tx:
        far = people.load(tx, "P-2")
        assert far is not None
        people.save(tx, replace(far, zone="Asia/Shanghai"))
    page = await browser.open("/")
    assert "Times in Asia/Shanghai" not in page.text
    at = column(page, "new")
    await browser.send("/me", person="P-2")
    page = await browser.open("/")
    assert "Times in Asia/Shanghai" in page.text
    assert column(page, "new") != at


async def test_what_was_asked_stays_chosen_after_a_refusal(
    village: Village, browser: Browser
) -> None:
    deal_id = village.open("boat")
    await browser.open("/")
    page = await browser.send(f"/deals/{deal_id}/move", stage="proposal")
    assert page.form(f"/deals/{deal_id}/move", {})["stage"] == "proposal"


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/?size=huge", 422),
        ("/?text=" + "x" * 101, 422),
        ("/?text=%00", 422),
        ("/?text=%25_%27%22%5C&product=%27&size=none&stagnant=no", 200),
        ("/?stage=new&product=x&after=2026-01-01T00:00:00%2B00:00~D-x", 200),
        ("/?playbook=none", 404),
        ("/?stage=new&after=rubbish", 422),
        ("/?stage=new&after=2026-01-01T00:00:00~D-x", 422),
        ("/?owner=P-none", 200),
        ("/?stage=none&after=2026-01-01T00:00:00%2B00:00~D-x", 200),
        ("/?playbook=" + "x" * 5000, 404),
    ],
)
async def test_a_strange_address_gets_a_plain_answer(
    village: Village, browser: Browser, address: str, status: int
) -> None:
    village.open("boat")
    assert (await browser.open(address)).status == status


@pytest.mark.parametrize("text", EVIL)
async def test_what_people_typed_is_shown_and_never_obeyed(
    village: Village, browser: Browser, text: str
) -> None:
    deal_id = village.open("evil", text, product=text, source=text)
    village.ask(c.LogActivity(activity="note", note=text), deal_id)
    for address in ("/", f"/deals/{deal_id}"):
        page = await browser.open(address)
        heads = page.words("h3") + page.words("h1")
        assert " ".join(text.split()) in heads
        assert page.all("script") == [
            one for one in page.all("script") if one.attributes["src"].startswith("/static/")
        ]
        assert [one for one in page.all("svg") if one.attributes.get("role") != "img"] == []
        assert not [
            name for one in page.elements for name in one.attributes if name.startswith("on")
        ]


async def test_an_earlier_stage_and_winning_are_asked_by_the_same_select(
    village: Village,
) -> None:
    deal_id = village.open("boat")
    village.ask(c.AdvanceDeal(stage="contacted"), deal_id)
    assert board._wish(village.house, deal_id, "new") == c.MoveBackDeal(stage="new")
    assert board._wish(village.house, deal_id, "proposal") == c.AdvanceDeal(stage="proposal")
    assert board._wish(village.house, deal_id, "won") == c.WinDeal()


async def test_stagnation_stands_on_the_card_and_in_the_strip(
    village: Village, browser: Browser
) -> None:
    deal_id, now = village.open("quiet"), village.house.time.now()
    flag = d.StagnationFlagged(
        at=now, reason="silence", since=now - timedelta(days=9), limit="7 days", rule="x"
    )
    with village.house.store.write() as tx:
        before = deals.load(tx, deal_id) or Deal(deal_id=deal_id)
        origin = Origin(actor="sluice", recorded_at=now)
        deals.record(tx, before, fold(before, [flag]), [flag], origin, NOTHING)
    page = await browser.open("/")
    assert "silent, 9 days" in column(page, "new")
    assert page.all("li", class_="stagnant")
    assert "Stagnant 1" in page.text


async def test_the_strip_says_that_mail_is_stopped(village: Village, browser: Browser) -> None:
    assert "Mail on" in (await browser.open("/")).text
    mail_room.stop(village.house, actor="P-1", reason="a wrong template")
    page = await browser.open("/")
    assert "Mail stopped" in page.text
    assert "a wrong template" in page.html
    strip = read((await browser.http.get("/standing")).text)
    assert "stopped" in strip.words("strong")


async def test_the_probes_answer(app: FastAPI, stranger: httpx.AsyncClient) -> None:
    assert (await stranger.get("/healthz")).json() == {"status": "ok"}
    ready = await stranger.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["unreachable"] == ["temporal"]


async def test_a_page_does_not_wait_for_a_temporal_that_is_down(
    village: Village, browser: Browser
) -> None:
    deadline = time.monotonic() + 20
    while "Temporal does not answer" not in (await browser.open("/")).text:
        assert time.monotonic() < deadline


async def test_cards_say_what_the_pages_of_their_deals_say(
    sqlite_store: Store, tmp_path: Path, kitchen: Kitchen
) -> None:
    stories = ("old", "turn", "wait", "talks", "paused", "won", "lost")
    async with town(sqlite_store, tmp_path, kitchen, only=stories) as built:
        found, seen = board.show(built.house), set[str]()
        assert found is not None
        for card in (one for column in found.columns for one in column.cards):
            dated = [one for one in history.coming(built.house, card.deal_id).next if one.at]
            soonest = dated[0] if dated else None
            assert (card.next_at, card.next_what) == (
                (soonest.at, soonest.what) if soonest else (None, None)
            )
            seen.add(soonest.kind if soonest else "nothing")
        assert len(seen) > 3, seen
        assert upkeep.check(built.house).whole
