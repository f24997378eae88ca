"""The way out that stands in every mail: no session, no trace of who it was, and what to stop."""

import asyncio

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse

from console.access import OPEN
from console.assets import served
from console.desk import Desk, TheDesk
from console.leaving_words import words_for
from operations import asking_consent, preferences
from operations.preferences import Preferences


def routes() -> APIRouter:
    """`/u/{token}` and `/u/confirm/{token}`: what a mail's links lead to.

    GET asks and changes nothing (mail scanners follow links), POST does it.

    Both answer the same to a token that was never issued, so that nothing is learned by
    trying. POST wants no cookie and no token of a form: mail programs send it (RFC 8058).
    """
    router = APIRouter(dependencies=[OPEN], default_response_class=HTMLResponse)

    @router.get("/u/console.css")
    async def look(request: Request, desk: TheDesk) -> HTMLResponse:
        """The look, for pages that are open to everybody."""
        return served(desk.pages, "console.css")

    @router.api_route("/u/{token}", methods=["GET", "HEAD"])
    async def ask(request: Request, desk: TheDesk, token: str) -> HTMLResponse:
        """A page with a button for each kind of mail that still comes."""
        found = await asyncio.to_thread(preferences.of_link, desk.house, token)
        return _page(desk, request, found, done=False)

    @router.post("/u/{token}")
    async def leave(request: Request, desk: TheDesk, token: str) -> HTMLResponse:
        """No more mail of that kind to that address; again is no fault."""
        purpose = await _purpose(request)
        found = await asyncio.to_thread(preferences.stop, desk.house, token, purpose)
        return _page(desk, request, found, done=True)

    @router.api_route("/u/confirm/{token}", methods=["GET", "HEAD"])
    async def may_we(request: Request, desk: TheDesk, token: str) -> HTMLResponse:
        """Whether they agree, as a mail asked; a look agrees to nothing."""
        return _question(desk, request, await _locale(desk, token), done=False)

    @router.post("/u/confirm/{token}")
    async def yes(request: Request, desk: TheDesk, token: str) -> HTMLResponse:
        """They agree; the same is said of a link that is over, or was never one."""
        await asyncio.to_thread(asking_consent.confirm, desk.house, token)
        return _question(desk, request, await _locale(desk, token), done=True)

    return router


async def _locale(desk: Desk, token: str) -> str | None:
    return await asyncio.to_thread(asking_consent.locale_of, desk.house, token)


def _question(desk: Desk, request: Request, locale: str | None, *, done: bool) -> HTMLResponse:
    lang, words = words_for(locale)
    told = {"lang": lang, "words": words, "path": request.url.path}
    return HTMLResponse(desk.pages.render("confirm.html", done=done, **told))


async def _purpose(request: Request) -> str | None:
    """What the form names; a mail program's one click names nothing, however it is written."""
    try:
        fields = await request.form(max_fields=8, max_files=0)
    except HTTPException:
        return None
    said = fields.get("purpose")
    return said if isinstance(said, str) else None


def _page(desk: Desk, request: Request, found: Preferences, *, done: bool) -> HTMLResponse:
    lang, words = words_for(found.locale)
    told = {"lang": lang, "words": words, "prefs": found, "purposes": preferences.PURPOSES}
    return HTMLResponse(desk.pages.render("leave.html", done=done, path=request.url.path, **told))
