"""The board and the stagnant deals in a real Chromium: dragged, refreshed, and for every reader."""

from datetime import timedelta

import pytest

from domain import deal_events as d
from domain.ahead import NOTHING
from domain.deal import fold
from store import deals
from store.ledger import Origin
from tests.console.conftest import Village
from tests.support.window import Window, flaws

pytestmark = pytest.mark.browser

LONG = (
    "Donaudampfschifffahrtsgesellschaftskapitänsmützenlieferung 为整个运河区更换两扇新的闸门并培训"
)


def quiet(village: Village, its_id: str) -> None:
    """The deal has been stagnant for two days."""
    at = village.house.time.now() - timedelta(days=2)
    since = at - timedelta(days=7)
    event = d.StagnationFlagged(at=at, reason="silence", since=since, limit="7 days", rule="x")
    with village.house.store.write() as tx:
        before = deals.load(tx, its_id)
        assert before is not None
        origin = Origin(actor="sluice", recorded_at=at)
        deals.record(tx, before, fold(before, [event]), [event], origin, NOTHING)


async def test_nothing_that_axe_finds_and_nothing_that_does_not_fit(
    village: Village, window: Window
) -> None:
    quiet(village, village.open("long", LONG, product=LONG, owner_id="P-2"))
    for number in range(13):
        village.open(f"boat-{number}")
    for path in ("/", "/?text=none", "/stagnant", "/stagnant?by=stage", "/stagnant?group=P-2"):
        page = await window.open(path)
        assert await flaws(page, path) == []


async def test_the_filters_stand_in_one_line_of_a_small_laptop(
    village: Village, window: Window
) -> None:
    village.open("long", product=LONG)
    page = await window.open("/?stagnant=yes")
    await page.set_viewport_size({"width": 1265, "height": 720})
    fields = page.locator(".filters > :not(.away)")
    boxes = [await one.bounding_box() for one in await fields.all()]
    assert len(boxes) == 8, "also with products and with a way back to all"
    middles = [box["y"] + box["height"] / 2 for box in boxes if box]
    assert max(middles) - min(middles) < 6


async def test_a_drag_asks_what_the_select_asks_and_is_answered_at_the_card(
    window: Window, deal_id: str
) -> None:
    page = await window.open("/")
    card = page.locator(f"#{deal_id}")
    await card.drag_to(page.locator("[data-stage=proposal]"))
    await page.wait_for_selector(f"#{deal_id} .refused")
    assert 'wants "budget" filled in' in await card.locator(".refused").inner_text()
    assert await card.locator("select").input_value() == "proposal"
    assert await page.locator(".drop, .dragged").count() == 0
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if one.method == "POST" else None)
    await card.drag_to(page.locator("[data-stage=customer]"))
    assert asked == [], "a stage after winning is no place for an open deal"


async def test_a_board_that_refreshes_itself_keeps_what_is_typed(
    village: Village, window: Window, deal_id: str
) -> None:
    await window.page.clock.install()
    page = await window.open("/")
    words = page.get_by_label("Title or account")
    await words.press_sequentially("boa")
    village.open("second", "A second boat")
    async with page.expect_response(lambda one: one.url == f"{window.address}/"):
        await page.clock.run_for(7_000)
    await page.wait_for_selector("text=A second boat")
    assert await words.input_value() == "boa"
    await words.press("Enter")
    await page.wait_for_url("**text=boa*")
    assert await page.locator(".card").count() == 2
