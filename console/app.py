"""The web door: one application of pages behind a wall, made for one house."""

import asyncio
from functools import cache
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from console import (
    assets,
    audit,
    board,
    contacts,
    day,
    deal,
    doubts,
    following,
    health,
    hooks,
    inbox,
    leaving,
    mail,
    mailroom,
    metrics,
    opening,
    person,
    playbooks,
    signing,
    stagnant,
    templates,
    wording,
)
from console.access import Forbidden, guard, log_forbidden, why_not
from console.admin import events, keys, people, webhooks
from console.admin import health as admin_health
from console.answers import said
from console.api import mount as api
from console.api.problems import Turned, asks_the_api, or_problem
from console.api.problems import answer as problem_answer
from console.desk import Desk
from console.pages import pages
from console.sessions import Sessions
from console.wall import SAFE_HEADERS, Wall
from domain.refusal import Malformed, NotFound, Refused
from operations.desk import ApplyFailed, NotYetRecorded
from operations.house import EngineUnreachable, House

FAULTS: Final[dict[type[Exception], tuple[int, str]]] = {
    NotFound: (404, "Not here"),
    Refused: (409, "Refused"),
    Malformed: (422, "Not understood"),
    NotYetRecorded: (202, "Accepted"),
    ApplyFailed: (500, "A fault of ours"),
    EngineUnreachable: (503, "Out of reach"),
}
"""The status and the title for what an operation raises."""

PARTS: Final = (
    board,
    stagnant,
    day,
    opening,
    deal,
    contacts,
    mail,
    mailroom,
    inbox,
    doubts,
    playbooks,
    templates,
    wording,
    person,
    signing,
    audit,
    admin_health,
    people,
    keys,
    events,
    webhooks,
    leaving,
    following,
    health,
    hooks,
    assets,
    metrics,
)
"""What has routes, besides the API; each route says itself who may ask it."""


def create_app(
    house: House,
    *,
    link_token: str | None,
    mailbox: Path | None = None,
    temporal_ui: str | None = None,
    hosts: tuple[str, ...] = (),
    metrics_open: bool = False,
) -> FastAPI:
    """The console of a house. Whoever starts it with a link listens on loopback only.

    `link_token` opens it, as `/?key=TOKEN`, for as long as this application lives; None: people
    sign in with a password. Raises ValueError when it is too short to keep anybody out. `hosts`
    are the names under which it is served, besides those of this machine. `mailbox` is the data
    folder of the local mailbox, which is shown where there is one; `temporal_ui` the address of
    Temporal's own pages, to link to. `metrics_open`: /metrics needs no key on this machine.
    """
    desk = Desk(house, Sessions(link_token, house), pages(), mailbox, temporal_ui)
    app = FastAPI(
        title="Sluice",
        dependencies=[Depends(guard)],  # of a route that is added to it later, too
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.router.routes.extend(everything().routes)
    app.state.desk, app.state.counts = desk, metrics.Counts()
    _explain_faults(app, desk)
    app.add_middleware(
        Wall,
        house=house,
        sessions=desk.sessions,
        pages=desk.pages,
        hosts=hosts,
        metrics_open=metrics_open,
    )
    app.add_middleware(metrics.Counted, counts=app.state.counts)
    return app


@cache
def everything() -> APIRouter:
    """Every route; made once a process, for they are many and know no house."""
    router = APIRouter(dependencies=[Depends(guard)])
    for part in PARTS:
        router.include_router(part.routes())
    for one in api.mounted():
        router.include_router(one)
    return router


def _explain_faults(app: FastAPI, desk: Desk) -> None:
    """A plain page for whatever an operation raises and a page does not answer itself."""

    def page(status: int, title: str, text: str, again: str | None = None) -> HTMLResponse:
        told = {"title": title, "text": text, "again": again}
        return HTMLResponse(desk.pages.render("fault.html", **told), status)

    async def fault(request: Request, error: Exception) -> HTMLResponse:
        status, title = next(FAULTS[kind] for kind in type(error).__mro__ if kind in FAULTS)
        reading = status == 503 and request.method == "GET"
        return page(status, title, said(error) or title, request.url.path if reading else None)

    async def forbidden(request: Request, error: Any) -> Response:
        await asyncio.to_thread(log_forbidden, desk.house, request, error)
        if asks_the_api(request):
            return problem_answer(error, request)
        return page(403, "Not yours to do", why_not(request, error))

    async def unknown(request: Request, error: Any) -> HTMLResponse:
        if error.status_code == 403:
            return HTMLResponse(desk.pages.render("not_from_here.html"), 403)
        return page(error.status_code, "Not here", "There is no such page.")

    async def unreadable(request: Request, error: Exception) -> HTMLResponse:
        return page(422, "Not understood", "This address or form cannot be read.")

    async def broken(request: Request, error: Exception) -> Response:
        text = "Something failed that should not. Its trace is in the log of the console."
        answer: Response = page(500, "A fault of ours", text)
        if asks_the_api(request):
            answer = problem_answer(error, request)
        # This handler stands outside the wall, which adds the headers elsewhere.
        # And the server hangs up after it; who asks again on that connection would be cut off.
        answer.headers.update({**SAFE_HEADERS, "connection": "close"})
        return answer

    for kind in FAULTS:
        app.add_exception_handler(kind, or_problem(fault))
    app.add_exception_handler(Turned, or_problem(broken))
    app.add_exception_handler(Forbidden, forbidden)
    app.add_exception_handler(HTTPException, api.telling_methods(or_problem(unknown)))
    app.add_exception_handler(RequestValidationError, or_problem(unreadable))
    app.add_exception_handler(Exception, broken)
