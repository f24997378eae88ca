"""The way out: a look changes nothing, one click does it, and nobody learns anything by trying."""

import httpx
import pytest

from domain.deal import Deal
from mail.address import address_key
from store import deals, ledger, suppression, tokens
from store.tokens import Token
from tests.console.conftest import Village
from tests.support.household import SECRET
from tests.support.town import NOW

TOKEN = "t0ken-of-one-contact-and-no-other"


@pytest.fixture
def deal_id(village: Village) -> str:
    deal_id = village.open("boat")
    with village.house.store.write() as tx:
        tokens.issue(tx, Token(TOKEN, "C-1", "sales", f"deal/{deal_id}", NOW))
    return deal_id


def bars(village: Village) -> list[str]:
    key = address_key(SECRET, "ann@them.example")
    with village.house.store.read() as tx:
        return [one.reason for one in suppression.of_keys(tx, [key]).get(key, [])]


def deal(village: Village, deal_id: str) -> Deal:
    with village.house.store.read() as tx:
        found = deals.load(tx, deal_id)
    assert found is not None
    return found


def written(village: Village) -> int:
    with village.house.store.read() as tx:
        return ledger.last_position(tx)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_look_changes_nothing(
    village: Village, deal_id: str, stranger: httpx.AsyncClient, method: str
) -> None:
    before = written(village)
    answer = await stranger.request(method, f"/u/{TOKEN}")
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert (written(village), bars(village)) == (before, [])
    assert deal(village, deal_id).active_enrollments


async def test_one_click_without_a_cookie_stops_the_cadence(
    village: Village, deal_id: str, stranger: httpx.AsyncClient
) -> None:
    answer = await stranger.post(
        f"/u/{TOKEN}",
        data={"List-Unsubscribe": "One-Click"},
        headers={"origin": "https://mail.example", "sec-fetch-site": "cross-site"},
    )
    assert answer.status_code == 200
    assert bars(village) == ["unsubscribed"]
    ended = [one.ended_because for one in deal(village, deal_id).enrollments]
    assert ended == ["opt_out"]


async def test_one_click_twice_is_once(
    village: Village, deal_id: str, stranger: httpx.AsyncClient
) -> None:
    first = await stranger.post(f"/u/{TOKEN}")
    after = written(village)
    again = await stranger.post(f"/u/{TOKEN}")
    assert (again.status_code, again.text) == (200, first.text)
    assert written(village) == after


async def test_an_unknown_token_gets_the_same_page(
    village: Village, deal_id: str, stranger: httpx.AsyncClient
) -> None:
    before = written(village)
    for method in ("GET", "POST"):
        known = await stranger.request(method, f"/u/{TOKEN}")
        for token in ("unknown", "x" * 3000, "%00", "' OR 1=1 --"):
            other = await stranger.request(method, f"/u/{token}")
            assert other.status_code == known.status_code == 200
            assert other.text.count("<p>") == known.text.count("<p>")
        if method == "GET":
            assert written(village) == before


async def test_the_page_names_nobody(
    village: Village, deal_id: str, stranger: httpx.AsyncClient
) -> None:
    text = (await stranger.get(f"/u/{TOKEN}")).text
    for word in ("Ann", "Other", "them.example", "boat", deal_id):
        assert word not in text


async def test_the_button_of_the_page_is_the_one_click(
    village: Village, deal_id: str, stranger: httpx.AsyncClient
) -> None:
    text = (await stranger.get(f"/u/{TOKEN}")).text
    assert f'<form method="post" action="/u/{TOKEN}">' in text
    assert "/u/console.css" in text
    assert (await stranger.get("/u/console.css")).headers["content-type"].startswith("text/css")
