"""Nobody is let in without the link, and nothing is done for another site."""

import re

import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import Route

from console.app import create_app
from console.sessions import SESSIONS_MAX, Sessions
from console.wall import BODY_MAX
from operations.house import EngineUnreachable
from tests.console.conftest import ADDRESS, TOKEN, Browser, Village, browsing

OPEN_HOOKS = ("/hooks/standard", "/hooks/postmark")
OPEN = ("/u/{token}", "/u/confirm/{token}", "/u/console.css", "/l/{link_id}", "/healthz", "/readyz")
OPEN += ("/signin", "/invite/{token}")
OURS = {"origin": ADDRESS, "sec-fetch-site": "same-origin"}


def routes(app: FastAPI) -> list[tuple[str, str]]:
    """Every method and path that the application answers."""
    return [
        (method, route.path) for route in _routes(app) for method in sorted(route.methods or ())
    ]


def _routes(app: FastAPI) -> list[Route]:
    included = [route.original_router for route in app.routes if hasattr(route, "original_router")]
    found = (*app.routes, *(route for router in included for route in router.routes))
    return [route for route in found if isinstance(route, Route)]


def pages(app: FastAPI) -> list[tuple[str, str]]:
    """The same without what programs ask; they carry a key, not the token of a form."""
    return [one for one in routes(app) if not one[1].startswith("/api/")]


def filled(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "x", path)


async def test_every_route_wants_the_link_but_the_open_ones(
    app: FastAPI, stranger: httpx.AsyncClient
) -> None:
    known = routes(app)
    assert len(known) > 10
    for method, path in known:
        answer = await stranger.request(method, filled(path))
        if path in OPEN_HOOKS:
            assert "secret" in answer.text, path
        elif path in OPEN:
            assert answer.status_code != 401, path
        else:
            assert answer.status_code == 401, f"{method} {path}"
            told = "Bearer" if path.startswith("/api/") else "sluice up"
            assert told in answer.text or method == "HEAD"


async def test_an_unknown_address_says_nothing_to_a_stranger(stranger: httpx.AsyncClient) -> None:
    for path in ("/nothing", "/static/../app.py", "/docs", "/openapi.json", "/healthz/more", "//"):
        assert (await stranger.get(path)).status_code == 401


async def test_a_wrong_key_and_a_made_up_cookie_open_nothing(stranger: httpx.AsyncClient) -> None:
    for key in ("", "wrong", TOKEN[:-1], TOKEN + "x", "ü", "\x00"):
        assert (await stranger.get("/", params={"key": key})).status_code == 401
    stranger.cookies.set("sluice_8000", "made-up")
    assert (await stranger.get("/")).status_code == 401


async def test_the_link_leads_to_a_clean_address_with_a_closed_cookie(app: FastAPI) -> None:
    async with browsing(app) as http:
        http.follow_redirects = False
        answer = await http.get("/", params={"key": TOKEN})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "samesite=lax" in cookie.lower()
        assert TOKEN not in cookie
        assert (await http.get("/")).status_code == 200


async def test_the_link_leads_on_to_what_was_asked_for(app: FastAPI) -> None:
    async with browsing(app) as http:
        http.follow_redirects = False
        asked = {"as_of": "2026-03-02 10:00", "key": TOKEN, "known": "on"}
        answer = await http.get("/deals/D-1", params=asked)
        assert answer.headers["location"] == "/deals/D-1?as_of=2026-03-02+10%3A00&known=on"


async def test_the_link_never_leads_to_another_site(app: FastAPI) -> None:
    async with browsing(app) as http:
        http.follow_redirects = False
        for path in ("//evil.example", "/\\evil.example", "///evil.example/x"):
            answer = await http.get(f"{ADDRESS}{path}?key={TOKEN}")
            assert re.match(r"/(?![/\\])", answer.headers["location"])


async def test_the_link_opens_a_second_browser_too(app: FastAPI) -> None:
    async with browsing(app) as one, browsing(app) as two:
        for http in (one, two):
            assert (await http.get("/", params={"key": TOKEN})).status_code == 200
        assert len({*one.cookies.values(), *two.cookies.values()}) == 2


async def test_a_new_start_knows_no_session_of_an_earlier_one(
    village: Village, browser: Browser
) -> None:
    restarted = create_app(village.house, link_token="another-link-of-another-start")
    async with browsing(restarted) as http:
        http.cookies.update(browser.http.cookies)
        assert (await http.get("/")).status_code == 401


def test_a_short_link_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        Sessions("short")


def test_the_oldest_session_ends_when_there_are_too_many() -> None:
    sessions = Sessions(TOKEN)
    first = sessions.begin(TOKEN)
    for _ in range(SESSIONS_MAX):
        last = sessions.begin(TOKEN)
    assert sessions.find(first) is None
    assert sessions.find(last) is not None


FOREIGN = [
    {},
    {"origin": "http://evil.example"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1:9000"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site", "origin": ADDRESS},
    {"sec-fetch-site": "none"},
    {"sec-fetch-site": "same-origin", "origin": "http://evil.example"},
]


@pytest.mark.parametrize("headers", FOREIGN)
async def test_a_form_of_another_site_changes_nothing(
    village: Village, browser: Browser, headers: dict[str, str]
) -> None:
    deal_id = village.open("boat")
    page = await browser.open(f"/deals/{deal_id}")
    path = f"/deals/{deal_id}/commands"
    form = page.form(path, {"kind": "record_reply"})
    answer = await browser.http.post(path, data=form, headers=headers)
    assert answer.status_code == 403
    assert "Their reply" not in answer.text
    page = await browser.open(f"/deals/{deal_id}")
    assert "reply recorded" not in page.text.lower()


async def test_every_route_that_changes_something_wants_the_token_of_this_session(
    app: FastAPI, village: Village, browser: Browser
) -> None:
    deal_id = village.open("boat")
    open_ = (*OPEN, *OPEN_HOOKS)
    posts = [path for method, path in pages(app) if method == "POST" and path not in open_]
    assert len(posts) >= 3
    async with browsing(app) as other:
        await other.get("/", params={"key": TOKEN})
        theirs = re.search(r'name="form_token" value="([^"]+)"', (await other.get("/")).text)
    assert theirs is not None
    for path in posts:
        for token in (None, "", "wrong", theirs[1]):
            data = {"kind": "record_reply", "stage": "contacted", "act": "reply"}
            data |= {} if token is None else {"form_token": token}
            where = path.replace("{deal_id}", deal_id).replace("{key}", "x")
            answer = await browser.http.post(where, data=data, headers=OURS)
            assert answer.status_code == 403, f"{path} with {token}"


async def test_no_route_that_changes_something_answers_get(app: FastAPI) -> None:
    """A path may show a form and take it, by two functions; those that do are these."""
    both = {path for method, path in pages(app) if method == "POST"}
    both &= {path for method, path in pages(app) if method == "GET"}
    assert both == {
        "/u/{token}", "/u/confirm/{token}", "/signin", "/invite/{token}", "/contacts",
        "/contacts/{contact_id}/forget", "/new-deal", "/admin/people", "/admin/keys",
        "/admin/webhooks",
    }  # fmt: skip
    for route in _routes(app):
        methods = (route.methods or set()) - {"HEAD"}
        assert methods in ({"GET"}, {"POST"}) or route.path.startswith("/api/"), route.path
    shown = {route.endpoint for route in _routes(app) if "GET" in (route.methods or ())}
    taken = {route.endpoint for route in _routes(app) if "POST" in (route.methods or ())}
    assert taken
    assert not shown & taken


async def test_every_answer_carries_the_safe_headers(
    browser: Browser, stranger: httpx.AsyncClient, village: Village
) -> None:
    deal = f"/deals/{village.open('boat')}"
    for http, path in (
        (browser.http, "/"),
        (browser.http, deal),
        (browser.http, "/mailbox"),
        (browser.http, "/none"),
        (browser.http, "/deals/none"),
        (stranger, "/"),
        (stranger, "/u/some-token"),
        (stranger, "/healthz"),
    ):
        headers = (await http.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy


async def test_a_long_body_is_turned_away(browser: Browser, village: Village) -> None:
    path = f"/deals/{village.open('boat')}/commands"
    await browser.open(path.removesuffix("/commands"))
    form = browser.page.form(path, {"kind": "record_reply"})
    form["note"] = "x" * (BODY_MAX + 1)
    answer = await browser.http.post(path, data=form, headers=OURS)
    assert answer.status_code == 413
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_fault_of_ours_shows_a_page_and_no_trace(
    app: FastAPI, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **more: object) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("operations.board.show", broken)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url=ADDRESS, follow_redirects=True
    ) as http:
        answer = await http.get("/", params={"key": TOKEN})
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_a_locked_database_is_said_plainly(
    village: Village, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*args: object, **more: object) -> None:
        raise EngineUnreachable("the database", "database is locked")

    monkeypatch.setattr("operations.board.show", locked)
    page = await browser.open("/")
    assert page.status == 503
    assert "the database cannot be reached (database is locked)" in page.text
    (again,) = [one for one in page.all("a") if one.text.strip() == "Try again"]
    assert again.attributes["href"] == "/"


async def test_an_open_prefix_opens_nothing_else(app: FastAPI, stranger: httpx.AsyncClient) -> None:
    for path in ("/u/../", "/u/..%2f", "/u/../deals/x", "/u/x/../../mailbox", "/healthz/../"):
        request = stranger.build_request("GET", ADDRESS)
        request.url = request.url.copy_with(raw_path=path.encode())
        answer = await stranger.send(request, follow_redirects=False)
        assert answer.status_code in (200, 401, 404), path
        assert "Board" not in answer.text.replace("To the board", "")
