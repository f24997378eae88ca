"""The way out: a look changes nothing, one click does it, and nobody learns anything by trying."""

from dataclasses import replace

import httpx
import pytest

from console.leaving_words import WORDS
from domain.deal import Deal
from domain.permission import blocked
from mail.address import address_key
from mail.words import SHIPPED_LOCALES
from store import contacts, deals, ledger, suppression, tokens
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


def scopes(village: Village) -> set[str]:
    key = address_key(SECRET, "ann@them.example")
    with village.house.store.read() as tx:
        return {one.scope for one in suppression.of_keys(tx, [key]).get(key, [])}


async def test_each_kind_of_mail_has_a_button_and_stops_alone(
    village: Village, deal_id: str, stranger: httpx.AsyncClient
) -> None:
    page = (await stranger.get(f"/u/{TOKEN}")).text
    for purpose in ("sales", "service", "marketing", "*"):
        assert f'name="purpose" value="{purpose}"' in page
    after = (await stranger.post(f"/u/{TOKEN}", data={"purpose": "marketing"})).text
    assert scopes(village) == {"marketing"}
    assert deal(village, deal_id).active_enrollments
    assert 'value="marketing"' not in after
    assert 'value="service"' in after
    with village.house.store.read() as tx:
        facts = contacts.facts(tx, ["C-1"], NOW)["C-1"]
    assert blocked(facts, "marketing") == "opt_out"
    assert blocked(facts, "sales") is None
    nothing = (await stranger.post(f"/u/{TOKEN}", data={"purpose": "*"})).text
    assert not deal(village, deal_id).active_enrollments
    assert "<form" not in nothing


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"purpose=everything", "application/x-www-form-urlencoded"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"&".join(b"a=1" for _ in range(99)), "application/x-www-form-urlencoded"),
        (b"", ""),
    ],
)
async def test_what_names_no_kind_of_mail_is_the_one_click(
    village: Village, deal_id: str, stranger: httpx.AsyncClient, body: bytes, kind: str
) -> None:
    headers = {"content-type": kind} if kind else {}
    answer = await stranger.post(f"/u/{TOKEN}", content=body, headers=headers)
    assert answer.status_code == 200
    assert scopes(village) == {"sales"}


@pytest.mark.parametrize(
    ("locale", "lang", "word"),
    [
        ("pl", "pl", "Zatrzymaj"),
        ("zh-CN", "zh", "停止"),
        ("de-AT", "en", "Stop"),
        (None, "en", "Stop"),
    ],
)
async def test_the_page_speaks_the_readers_language(
    village: Village, deal_id: str, stranger: httpx.AsyncClient,
    locale: str | None, lang: str, word: str,
) -> None:  # fmt: skip
    with village.house.store.write() as tx:
        one = contacts.load(tx, "C-1")
        assert one is not None
        contacts.save(tx, replace(one, locale=locale))
    text = (await stranger.get(f"/u/{TOKEN}")).text
    assert f'<html lang="{lang}">' in text
    assert word in text


def test_every_language_of_the_mails_has_every_word() -> None:
    assert set(WORDS) == set(SHIPPED_LOCALES)
    assert len({tuple(words) for words in WORDS.values()}) == 1


async def test_the_button_of_the_page_is_the_one_click(
    village: Village, deal_id: str, stranger: httpx.AsyncClient
) -> None:
    text = (await stranger.get(f"/u/{TOKEN}")).text
    assert f'<form method="post" action="/u/{TOKEN}">' in text
    assert "/u/console.css" in text
    assert (await stranger.get("/u/console.css")).headers["content-type"].startswith("text/css")
