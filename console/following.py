"""The links of tracked mails: on to where they lead, and nowhere else."""

import asyncio
import logging
from datetime import datetime
from typing import Final

from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console.access import OPEN
from console.desk import Desk, TheDesk
from domain.clicks import Look
from domain.refusal import NotFound
from operations import clicking
from operations.house import EngineUnreachable, House

HEADERS: Final = {"referrer-policy": "no-referrer", "cache-control": "no-store"}
"""The other site does not learn the address in our mail; the next click is asked anew."""

log = logging.getLogger("sluice.links")


def routes() -> APIRouter:
    """`/l/{link_id}`: 302 to what the mail said, whatever else the request says.

    No cookie and no session; an id that is unknown, or forgotten with its reader, names nobody.
    """
    router = APIRouter(dependencies=[OPEN])

    @router.api_route("/l/{link_id}", methods=["GET", "HEAD"])
    async def follow(request: Request, desk: TheDesk, link_id: str) -> Response:
        """Go on; what is kept of it is kept after the answer, and may fail by itself."""
        wall = desk.house.time.wall()
        try:
            url = await asyncio.to_thread(clicking.destination, desk.house, link_id)
        except NotFound:
            return _page(desk, 404, "This link leads nowhere", "There is nothing behind it.")
        except EngineUnreachable:
            told = "We cannot look up where it leads. Please try again in a minute."
            return _page(desk, 503, "Not just now", told, {"retry-after": "60"})
        kept = BackgroundTask(_keep, desk.house, link_id, _look(request), wall)
        return RedirectResponse(url, 302, HEADERS, kept)

    return router


def _look(request: Request) -> Look:
    said = request.headers
    ahead = " ".join(said.get(name, "") for name in ("sec-purpose", "purpose", "x-moz"))
    return Look(
        method=request.method,
        agent=said.get("user-agent", ""),
        ahead=any(word in ahead.lower() for word in ("prefetch", "preview", "prerender")),
    )


def _keep(house: House, link_id: str, look: Look, wall: datetime) -> None:
    try:
        clicking.record(house, link_id, look, wall)
    except EngineUnreachable as down:
        log.warning("a click was not kept: %s", down.reason)


def _page(
    desk: Desk, status: int, title: str, text: str, more: dict[str, str] | None = None
) -> HTMLResponse:
    page = desk.pages.render("nowhere.html", title=title, text=text)
    return HTMLResponse(page, status, {**HEADERS, **(more or {})})
