"""Every route says what it needs, and one that says nothing is open to nobody."""

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request
from starlette.routing import Route

from console.access import OPEN, caller_of, declared, needs
from console.wall import OPEN_FOLDERS, OPEN_ROUTES
from domain.access import Permission
from tests.console.conftest import Browser, Village

OWN = ("/me", "/signout", "/contacts")
"""What changes nothing but one's own session, or nothing: words to look for are posted, so that
no name stands in an address."""


def all_routes(app: FastAPI | APIRouter) -> list[Route]:
    """Every route of the application, also of routers that were included."""
    found = []
    waiting = list(app.routes)
    while waiting:
        one = waiting.pop(0)
        if hasattr(one, "original_router"):
            waiting += one.original_router.routes
        else:
            assert isinstance(one, Route), f"{one} is a kind of route that guard does not see"
            found.append(one)
    return found


def test_every_route_declares_whom_it_is_for(app: FastAPI) -> None:
    known = all_routes(app)
    assert len(known) > 20
    assert [route.path for route in known if not declared(route)] == []


def test_the_wall_lets_strangers_to_exactly_what_is_declared_open(app: FastAPI) -> None:
    for route in all_routes(app):
        is_open = route.path.startswith(OPEN_FOLDERS) or route.path in OPEN_ROUTES
        assert (None in declared(route)) == is_open, route.path


def test_what_changes_something_needs_more_than_reading(app: FastAPI) -> None:
    for route in all_routes(app):
        asked = set(declared(route))
        if "POST" in (route.methods or ()) and route.path not in OWN and None not in asked:
            assert asked - {Permission.READ, Permission.READ_PERSONAL}, route.path


@pytest.fixture
def odd(app: FastAPI) -> FastAPI:
    """The application with a route that somebody forgot, and some that did not."""
    router = APIRouter()

    @router.get("/forgotten")
    async def forgotten() -> str:
        return "seen"

    @router.get("/minded", dependencies=[needs(Permission.INSPECT)])
    async def minded(request: Request) -> str:
        return caller_of(request).actor

    @router.get("/u/x/odd", dependencies=[OPEN])
    async def nobody(request: Request) -> str:
        return caller_of(request).actor

    app.include_router(router)
    return app


async def test_a_route_that_declares_nothing_is_refused_to_everybody(
    odd: FastAPI, browser: Browser
) -> None:
    page = await browser.open("/forgotten")
    assert page.status == 403
    assert "nobody may use it" in page.text
    assert "seen" not in page.text


async def test_the_link_is_an_admin_who_may_say_who_it_is(
    odd: FastAPI, browser: Browser, village: Village
) -> None:
    assert (await browser.http.get("/minded")).json() == "console"
    await browser.open("/")
    await browser.send("/me", person="P-2")
    assert (await browser.http.get("/minded")).json() == "P-2"


async def test_an_open_route_knows_nobody(odd: FastAPI, stranger: httpx.AsyncClient) -> None:
    assert (await stranger.get("/u/x/odd")).status_code == 403
