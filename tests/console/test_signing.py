"""Signing in through the pages: what a browser gets, and what it can no longer do."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from console.app import create_app
from domain.access import Role
from operations import people
from operations.access import auditing, keys, passwords, signing_in
from operations.people import NewPerson
from tests.console.conftest import ADDRESS, TOKEN, Browser, Village, browsing
from tests.support.page import read
from tests.support.staff import OURS, PASSWORD, cheap_passwords, hire, later, sign_in

__all__ = ["cheap_passwords"]

ANN = "ann@us.example"


@pytest.fixture
def shut(village: Village) -> FastAPI:
    """A console that only a password opens."""
    return create_app(village.house, link_token=None)


async def test_without_a_link_a_page_leads_to_the_form_and_back(
    shut: FastAPI, village: Village
) -> None:
    deal_id = village.open("boat")
    hire(village.house, ANN, Role.REP)
    async with browsing(shut) as http:
        answer = await http.get(f"/deals/{deal_id}")
        assert str(answer.url) == f"{ADDRESS}/signin?back=%2Fdeals%2F{deal_id}"
        page = read(answer.text)
        (back,) = page.all("input", name="back")
        answer = await sign_in(http, ANN, back=back.attributes["value"])
        assert str(answer.url) == f"{ADDRESS}/deals/{deal_id}"
        assert "The rep, rep" in read(answer.text).text
        assert "You are" not in answer.text
        assert (await http.get("/", params={"key": TOKEN})).status_code == 200
    async with browsing(shut) as http:
        assert "Sign in" in (await http.get("/", params={"key": TOKEN})).text
        assert (await http.get("/standing", headers={"hx-request": "true"})).status_code == 401
        posted = await http.post(f"/deals/{deal_id}/move", data={"stage": "won"}, headers=OURS)
        assert posted.status_code == 401


async def test_a_session_is_new_whatever_the_browser_brought(
    app: FastAPI, village: Village, browser: Browser
) -> None:
    hire(village.house, ANN, Role.VIEWER)
    before = dict(browser.http.cookies)
    assert (await sign_in(browser.http, ANN)).status_code == 200
    assert dict(browser.http.cookies) != before
    async with browsing(app) as fixed:
        fixed.cookies.update(before)
        assert (await fixed.get("/")).status_code == 401, "what was before ended"
        fixed.cookies.clear()
        chosen = {**OURS, "cookie": "sluice_8000=chosen-by-somebody-else"}
        said = {"email": ANN, "password": PASSWORD}
        answer = await fixed.post("/signin", data=said, headers=chosen, follow_redirects=False)
        assert answer.status_code == 303
        assert "chosen-by-somebody-else" not in answer.headers["set-cookie"]


async def test_a_wrong_password_and_an_unknown_name_read_the_same(
    shut: FastAPI, village: Village
) -> None:
    hire(village.house, ANN, Role.REP)
    async with browsing(shut) as http:
        wrong = await sign_in(http, ANN, "not the password at all")
        unknown = await sign_in(http, "nobody@us.example", "not the password at all")
        told = unknown.text.replace("nobody@us.example", ANN)
        assert (wrong.status_code, wrong.text) == (401, told)
        (again,) = [one for one in read(wrong.text).all("input") if "autofocus" in one.attributes]
        assert again.attributes["name"] == "password", "the address that was typed is kept"
        assert "set-cookie" not in wrong.headers
        for number in range(signing_in.PLACE_TRIES):
            last = await http.post("/signin", data={"email": f"{number}@us.example"}, headers=OURS)
            if last.status_code == 429:
                break
        assert last.status_code == 429
        assert last.headers["retry-after"] == "900"
        assert (await sign_in(http, ANN)).status_code == 429


@pytest.mark.parametrize("path", ["/signin", "/invite/x"])
async def test_a_form_of_another_site_signs_nobody_in(
    shut: FastAPI, village: Village, path: str
) -> None:
    hire(village.house, ANN, Role.REP)
    said = {"email": ANN, "password": PASSWORD, "again": PASSWORD}
    async with browsing(shut) as http:
        for headers in ({}, {"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}):
            answer = await http.post(path, data=said, headers=headers)
            assert answer.status_code == 403
            assert "set-cookie" not in answer.headers


async def test_signing_in_leads_to_no_other_site(shut: FastAPI, village: Village) -> None:
    hire(village.house, ANN, Role.REP)
    async with browsing(shut) as http:
        http.follow_redirects = False
        for back in ("//evil.example", "https://evil.example", "/\\evil.example"):
            assert (await sign_in(http, ANN, back=back)).headers["location"] == "/"


async def test_signing_out_ends_the_session_or_all_of_them(shut: FastAPI, village: Village) -> None:
    hire(village.house, ANN, Role.REP)
    async with browsing(shut) as one, browsing(shut) as two, browsing(shut) as three:
        for http in (one, two, three):
            await sign_in(http, ANN)
        first, second = Browser(one), Browser(two)
        await first.open("/")
        cookies = dict(one.cookies)
        page = await first.send("/signout")
        assert page.address == "/signin"
        one.cookies.update(cookies)
        assert "/signin" in str((await one.get("/")).url)
        assert "/signin" not in str((await three.get("/")).url)
        await second.open("/")
        await second.send("/signout", everywhere="yes")
        assert "/signin" in str((await three.get("/")).url)


async def test_a_session_outlives_the_console_and_is_over_in_time(
    shut: FastAPI, village: Village
) -> None:
    turn = later(village.house)
    hire(village.house, ANN, Role.REP)
    async with browsing(shut) as http:
        await sign_in(http, ANN)
        browser = Browser(http)
        token = (await browser.open("/")).form("/signout", {})["form_token"]
        async with browsing(create_app(village.house, link_token=None)) as other:
            other.cookies.update(http.cookies)
            again = Browser(other)
            assert (await again.open("/")).form("/signout", {})["form_token"] == token
        turn(signing_in.IDLE + timedelta(seconds=1))
        assert "/signin" in str((await http.get("/")).url)


async def test_an_event_names_who_signed_in_and_nobody_else_can_be_chosen(
    app: FastAPI, village: Village
) -> None:
    deal_id, its_id = village.open("boat"), hire(village.house, ANN, Role.OPS)
    async with browsing(app) as http:
        await sign_in(http, ANN)
        browser = Browser(http)
        page = await browser.open(f"/deals/{deal_id}")
        token = page.form("/signout", {})["form_token"]
        told = await http.post("/me", data={"person": "P-2", "form_token": token}, headers=OURS)
        assert "acts as nobody else" in told.text
        assert not page.all("select", name="person")
        log = auditing.list_page(village.house, actor=its_id).entries
        assert [(one.what, one.outcome) for one in log] == [("sign_in", "done")]


async def test_another_role_is_asked_to_sign_in_anew_and_may_less(
    shut: FastAPI, village: Village
) -> None:
    hire(village.house, ANN, Role.REP)
    async with browsing(shut) as http:
        await sign_in(http, ANN)
        people.add(village.house, NewPerson(email=ANN, role="viewer"), actor="test")
        assert "/signin" in str((await http.get("/")).url)
        await sign_in(http, ANN)
        assert (await http.get("/inbox")).status_code == 403


async def test_an_invite_is_followed_in_the_browser(shut: FastAPI, village: Village) -> None:
    hire(village.house, ANN, Role.REP, password=None)
    invited = passwords.invite(village.house, ANN, actor="test")
    path = invited.url.removeprefix(village.house.config.public_url)
    async with browsing(shut) as http:
        assert "Welcome, The rep" in (await http.get(path)).text
        for said, told in (
            ({"password": PASSWORD, "again": "x"}, "not the same"),
            ({"password": "short", "again": "short"}, "12 to 200"),
        ):
            answer = await http.post(path, data=said, headers=OURS)
            assert (answer.status_code, told in answer.text) == (422, True)
        said = {"password": PASSWORD, "again": PASSWORD}
        answer = await http.post(path, data=said, headers=OURS)
        assert answer.url.path == "/signin"
        assert (await sign_in(http, ANN)).url.path == "/"
        assert (await http.get(path)).status_code == 404
        assert (await http.post(path, data=said, headers=OURS)).status_code == 404


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "127.0.0.1@evil.example", "[::2]:80"]
)
async def test_the_console_answers_to_its_own_names_only(
    village: Village, stranger: httpx.AsyncClient, host: str
) -> None:
    for path in ("/", "/signin", "/u/x"):
        assert (await stranger.get(path, headers={"host": host})).status_code == 421
    assert (await stranger.get("/healthz", headers={"host": host})).status_code == 200


async def test_the_console_answers_to_the_names_that_are_set(village: Village) -> None:
    app = create_app(village.house, link_token=None, hosts=("Sales.Us.Example",))
    async with browsing(app) as http:
        for host in ("sales.us.example", "SALES.us.example:8443", "localhost:1", "[::1]:8000"):
            assert (await http.get("/signin", headers={"host": host})).status_code == 200


@pytest.mark.parametrize(
    ("scheme", "host", "secure"),
    [
        ("http", "sales.us.example", True),
        ("https", "127.0.0.1", True),
        ("http", "127.0.0.1:8000", False),
    ],
)
async def test_a_cookie_goes_over_tls_alone_where_there_is_tls(
    village: Village, scheme: str, host: str, secure: bool
) -> None:
    config = replace(village.house.config, public_url="https://sales.us.example")
    village.house.config = config
    hire(village.house, ANN, Role.REP)
    app = create_app(village.house, link_token=TOKEN, hosts=("sales.us.example",))
    async with browsing(app) as http:
        http.follow_redirects = False
        said = {"email": ANN, "password": PASSWORD}
        headers = {"host": host, "origin": f"{scheme}://{host}", "sec-fetch-site": "same-origin"}
        address = f"{scheme}://127.0.0.1:8000"
        signed = await http.post(f"{address}/signin", data=said, headers=headers)
        linked = await http.get(f"{address}/?key={TOKEN}", headers={"host": host})
        for answer in (signed, linked):
            assert answer.status_code == 303
            assert ("secure" in answer.headers["set-cookie"].lower()) == secure


async def test_a_program_is_turned_away_in_json(
    app: FastAPI, village: Village, stranger: httpx.AsyncClient
) -> None:
    made = keys.add(village.house, "website", ["read"], actor="P-1", per_minute=2)
    good = {"authorization": f"Bearer {made.secret}"}
    for headers in (
        {},
        {"authorization": "Bearer x"},
        {"authorization": f"Basic {made.secret}"},
        {"authorization": f"Bearer {made.secret}x"},
    ):
        answer = await stranger.get("/api/nothing", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["status"] == 401
    assert (await stranger.get("/", headers=good)).status_code == 401, "a key opens no page"
    assert (await stranger.get("/api/nothing", headers=good)).status_code == 404
    assert (await stranger.get("/api/nothing", headers=good)).status_code == 404
    hasty = await stranger.get("/api/nothing", headers=good)
    assert hasty.status_code == 429
    assert 1 <= int(hasty.headers["retry-after"]) <= 60
    keys.revoke(village.house, made.key_id, actor="P-1")
    assert (await stranger.get("/api/nothing", headers=good)).status_code == 401
