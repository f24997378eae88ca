"""The way out that stands in every mail: one click, no session, no trace of who it was."""

import asyncio
from contextlib import suppress

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from console.assets import served
from console.desk import Desk
from domain.refusal import NotFound
from operations.stop_facts import unsubscribe_by_token


def routes(desk: Desk) -> APIRouter:
    """`/u/{token}`: GET asks and changes nothing (mail scanners follow links), POST does it.

    Both answer the same to a token that was never issued, so that nothing is learned by
    trying. POST wants no cookie and no token of a form: mail programs send it (RFC 8058).
    """
    router = APIRouter(default_response_class=HTMLResponse)

    @router.get("/u/console.css")
    async def look(request: Request) -> HTMLResponse:
        """The look, for pages that are open to everybody."""
        return served(desk.pages, "console.css")

    @router.api_route("/u/{token}", methods=["GET", "HEAD"])
    async def ask(request: Request, token: str) -> HTMLResponse:
        """A page with a button."""
        return _page(desk, request, done=False)

    @router.post("/u/{token}")
    async def leave(request: Request, token: str) -> HTMLResponse:
        """No more mail of that kind to that address; again is no fault."""
        with suppress(NotFound):
            await asyncio.to_thread(unsubscribe_by_token, desk.house, token)
        return _page(desk, request, done=True)

    return router


def _page(desk: Desk, request: Request, *, done: bool) -> HTMLResponse:
    return HTMLResponse(desk.pages.plain("leave.html", done=done, path=request.url.path))
