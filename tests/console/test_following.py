"""Links of tracked mails: on to the stored address alone; programs count as nobody."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from operations import clicking, forgetting
from operations.house import EngineUnreachable
from operations.post import mail_room
from store import ledger, links, sends
from store.links import Link
from store.sends import Send
from tests.console.conftest import Browser, Village

ONE, TWO = "1" * 32, "2" * 32
AWAY = "https://a.example/offer?for=Ann&x=1#top"
BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}
MAIL = b"Subject: Hello\r\nFrom: us@us.example\r\nContent-Type: text/plain\r\n\r\nWords.\r\n"


def sent(village: Village, ago: timedelta = timedelta(hours=1)) -> None:
    """A mail with two links that was handed over so long ago."""
    house = village.house
    wall = house.time.wall() - ago
    told: dict[str, Any] = {"template": "t", "purpose": "sales", "planned_at": house.time.now()}
    mail = Send(touch_id="T-1", stream="contact/C-1", message_id="<1@x>", contact_id="C-1", **told)
    with house.store.write() as tx:
        sends.plan(tx, mail, MAIL)
        sends.claim(tx, "T-1", "w", wall)
        sends.enter_data(tx, "T-1", "w", wall)
        sends.finish(tx, "T-1", "w", "sent", wall, sent_at=house.time.now())
        its = {"touch_id": "T-1", "contact_id": "C-1"}
        two = "https://b.example/"
        links.keep(tx, [Link(link_id=ONE, position=1, url=AWAY, **its)])
        links.keep(tx, [Link(link_id=TWO, position=2, url=two, **its)])


@pytest.fixture
def reader(stranger: httpx.AsyncClient) -> httpx.AsyncClient:
    """Somebody with a browser who opens a mail."""
    stranger.follow_redirects = False
    stranger.headers.update(BROWSER)
    return stranger


def counts(village: Village) -> list[tuple[int, dict[str, int]]]:
    found = mail_room.show(village.house, "T-1").links
    return [(one.clicks, one.not_counted) for one in found]


async def test_a_click_leads_on_and_counts(village: Village, reader: httpx.AsyncClient) -> None:
    sent(village)
    with village.house.store.read() as tx:
        before = ledger.last_position(tx)
    answer = await reader.get(f"/l/{ONE}")
    assert (answer.status_code, answer.headers["location"]) == (302, AWAY)
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    assert answer.text == ""
    assert counts(village) == [(1, {}), (0, {})]
    with village.house.store.read() as tx:
        assert ledger.last_position(tx) == before


async def test_a_head_leads_on_and_counts_nothing(
    village: Village, reader: httpx.AsyncClient
) -> None:
    sent(village)
    answer = await reader.head(f"/l/{ONE}")
    assert (answer.status_code, answer.headers["location"]) == (302, AWAY)
    assert counts(village) == [(0, {"head": 1}), (0, {})]


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"user-agent": "Barracuda Sentinel (EE)"}, "scanner"),
        ({"user-agent": ""}, "scanner"),
        ({"sec-purpose": "prefetch;prerender"}, "prefetch"),
    ],
)
async def test_a_program_leads_on_and_counts_as_nobody(
    village: Village, reader: httpx.AsyncClient, headers: dict[str, str], why: str
) -> None:
    sent(village)
    assert (await reader.get(f"/l/{ONE}", headers=headers)).status_code == 302
    assert counts(village)[0] == (0, {why: 1})


async def test_a_filter_that_looks_at_once_counts_as_nobody(
    village: Village, reader: httpx.AsyncClient
) -> None:
    sent(village, timedelta(seconds=1))
    await reader.get(f"/l/{ONE}")
    assert counts(village)[0] == (0, {"early": 1})


async def test_all_links_at_once_count_as_nobody(
    village: Village, reader: httpx.AsyncClient
) -> None:
    sent(village)
    for its_id in (ONE, TWO):
        await reader.get(f"/l/{its_id}")
    assert counts(village) == [(0, {"burst": 1}), (0, {"burst": 1})]


@pytest.mark.parametrize(
    "path",
    [
        "/l/https://evil.example",
        "/l///evil.example",
        "/l/%2F%2Fevil.example",
        "/l/" + "3" * 32,
        "/l/" + "x" * 3000,
        "/l/%00",
        "/l/' OR 1=1 --",
        f"/l/{ONE}/../evil",
        "/l/?url=https://evil.example",
    ],
)
async def test_an_unknown_link_leads_nowhere_and_names_nobody(
    village: Village, reader: httpx.AsyncClient, path: str
) -> None:
    sent(village)
    answer = await reader.get(path, headers={"x-forwarded-host": "evil.example"})
    assert answer.status_code in (404, 401)
    assert "location" not in answer.headers
    for word in ("Ann", "them.example", "a.example", "evil"):
        assert word not in answer.text


async def test_nothing_that_a_request_says_changes_where_a_link_leads(
    village: Village, reader: httpx.AsyncClient
) -> None:
    sent(village)
    answer = await reader.get(
        f"/l/{ONE}?url=https://evil.example&next=//evil.example&key=x",
        headers={"x-forwarded-host": "evil.example", "referer": "https://evil.example"},
    )
    assert answer.headers["location"] == AWAY
    assert (await reader.post(f"/l/{ONE}")).status_code == 405


async def test_a_forgotten_readers_links_lead_nowhere(
    village: Village, reader: httpx.AsyncClient
) -> None:
    sent(village)
    await reader.get(f"/l/{ONE}")
    forgotten = forgetting.forget(village.house, "C-1", actor="test")
    assert (forgotten.erased["links"], forgotten.scrubbed) == (2, True)
    files = village.house.config.data_dir.glob("sluice.db*")
    assert not any(b"offer?for=Ann" in file.read_bytes() for file in files)
    assert (await reader.get(f"/l/{ONE}")).status_code == 404
    assert mail_room.show(village.house, "T-1").links == ()
    with village.house.store.read() as tx:
        assert links.clicks_of(tx, "T-1") == []


async def test_a_database_that_is_down_is_said_and_leads_nowhere(
    village: Village, reader: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> str:
        raise EngineUnreachable("the database", "locked by ann@them.example")

    monkeypatch.setattr(clicking, "destination", down)
    answer = await reader.get(f"/l/{ONE}")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert "location" not in answer.headers
    assert "them.example" not in answer.text


async def test_the_answer_waits_for_nothing_that_is_kept_of_it(
    village: Village, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The redirect is out, whole, before the click is written, and whatever becomes of that."""
    sent(village)
    order: list[str] = []

    def fails(*_: object) -> None:
        order.append("kept")
        raise EngineUnreachable("the database", "it is locked")

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        order.append(f"{message['type']} {message.get('status', '')}".strip())

    monkeypatch.setattr(clicking, "record", fails)
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "path": f"/l/{ONE}", "raw_path": f"/l/{ONE}".encode(), "root_path": "", "scheme": "http",
        "query_string": b"", "headers": [(b"host", b"localhost")], "server": ("localhost", 80),
    }  # fmt: skip
    await app(scope, receive, send)  # type: ignore[arg-type]
    assert order == ["http.response.start 302", "http.response.body", "kept"]


async def test_the_page_of_a_mail_shows_what_was_followed(
    village: Village, browser: Browser, reader: httpx.AsyncClient
) -> None:
    sent(village)
    await reader.get(f"/l/{ONE}")
    await reader.head(f"/l/{ONE}")
    page = await browser.open("/mails/T-1")
    assert page.status == 200
    assert AWAY in page.text
    assert "1 click, first" in page.text
    assert "1 not counted (head) Link 2 https://b.example/ 0 clicks" in page.text
