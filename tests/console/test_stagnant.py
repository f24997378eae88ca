"""The page of stagnant deals: grouped, ranked, bounded, and it teaches when there are none."""

from datetime import timedelta
from decimal import Decimal

from domain import deal_events as d
from domain.ahead import NOTHING
from domain.deal import fold
from operations import stagnant
from operations.access.masking import HIDDEN, masked
from store import deals
from store.ledger import Origin
from tests.console.conftest import Browser, Village
from tests.support.page import Page


def flag(village: Village, name: str, days: int, reason: str = "silence") -> None:
    """The deal of that name passed its limit so many days ago."""
    at = village.house.time.now() - timedelta(days=days)
    since = at - timedelta(days=7)
    event = d.StagnationFlagged(at=at, reason=reason, since=since, limit="7 days", rule="x")
    with village.house.store.write() as tx:
        before = deals.load(tx, village.deals[name])
        assert before is not None
        origin = Origin(actor="sluice", recorded_at=at)
        deals.record(tx, before, fold(before, [event]), [event], origin, NOTHING)


def rows(page: Page) -> list[str]:
    """The names of the deals, in their order."""
    return [one.text.split()[0] for one in page.all("a") if "/deals/" in one.attributes["href"]]


async def test_without_any_it_teaches(village: Village, browser: Browser) -> None:
    village.open("boat")
    page = await browser.open("/stagnant")
    assert page.status == 200
    assert "Nothing has gone quiet" in page.text
    assert "stagnant_after" in page.text


async def test_the_costliest_comes_first_with_its_reason_and_what_to_do(
    village: Village, browser: Browser
) -> None:
    village.open("small-and-old", amount=Decimal(100))
    village.open("big", amount=Decimal(50_000))
    village.open("bare", amount=None, currency=None)
    village.open("his", owner_id="P-2", amount=Decimal(10))
    for name, days in (("small-and-old", 90), ("big", 3), ("bare", 200), ("his", 5)):
        flag(village, name, days, "our_turn" if name == "big" else "silence")
    page = await browser.open("/stagnant")
    assert rows(page) == ["big", "small-and-old", "bare", "his"]
    heads = [text for text in page.words("h2") if text != "In figures"]
    assert heads == ["Olga Owner", "Li Wei 李伟"]
    (told,) = [text for text in page.words("tr") if text.startswith("big")]
    for words in ("EUR 50,000", "They wrote and we have not answered", "10 days", "3 days"):
        assert words in told
    assert "Answer them" in told
    page = await browser.open("/stagnant?by=stage")
    assert rows(page) == ["big", "small-and-old", "his", "bare"]
    assert "new" in page.words("h2")


async def test_a_long_group_shows_its_best_and_leads_on(village: Village, browser: Browser) -> None:
    for number in range(stagnant.BEST + 2):
        village.open(f"boat-{number}", amount=Decimal(1_000 + number))
        flag(village, f"boat-{number}", 4)
    page = await browser.open("/stagnant")
    best = rows(page)
    assert len(best) == stagnant.BEST
    (more,) = [one for one in page.all("a") if one.text.split()[:2] == ["2", "more"]]
    page = await browser.open(more.attributes["href"])
    assert rows(page)[: len(best)] == best
    assert len(rows(page)) == stagnant.BEST + 2
    page = await browser.open(more.attributes["href"] + "&page=2")
    assert "There is no page 2 of them" in page.text


def test_who_may_not_see_names_sees_initials(village: Village) -> None:
    village.open("boat", "A boat for Ann")
    flag(village, "boat", 4)
    (group,) = masked(stagnant.show(village.house)).groups
    assert (group.owner, group.lines[0].card.title) == ("O. O.", HIDDEN)
    (group,) = masked(stagnant.show(village.house, "stage")).groups
    assert (group.owner, group.stage) == (None, "new")


async def test_a_strange_address_gets_a_plain_answer(village: Village, browser: Browser) -> None:
    village.open("boat")
    flag(village, "boat", 4)
    for address, status in (
        ("?by=mood", 422),
        ("?page=0", 422),
        ("?page=x", 422),
        ("?group=P-none", 404),
        ("?by=stage&group=simple:new", 200),
    ):
        assert (await browser.open(f"/stagnant{address}")).status == status, address
