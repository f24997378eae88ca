"""The template desk: every mail with its problems, and each as its readers get it."""

import asyncio
from pathlib import PurePath
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse

from console.access import caller_of, needs
from console.desk import Desk, TheDesk
from console.framed import framed
from domain.access import Permission
from operations.authoring import bench


def routes() -> APIRouter:
    """The list, one mail, and its page for the frame. Nothing here changes anything."""
    router = APIRouter(dependencies=[needs(Permission.READ)], default_response_class=HTMLResponse)

    @router.get("/templates")
    async def show(request: Request, desk: TheDesk) -> HTMLResponse:
        """Every mail: what it is for, its languages, what is wrong with it."""
        found = await asyncio.to_thread(bench.listing, desk.house, desk.shelf)
        return await desk.page(request, "templates.html", found=found, file_name=_file_name)

    @router.get("/templates/{name}")
    async def one(
        request: Request, desk: TheDesk, name: str, locale: str = "en", about: str = ""
    ) -> HTMLResponse:
        """One mail in one language, filled in for `about`: the id of a deal or contact."""
        _may_be_about(request, about)
        found = await asyncio.to_thread(
            bench.bench, desk.house, desk.shelf, name, locale, about or None
        )
        told: dict[str, Any] = {
            "found": found,
            "asked": urlencode({"locale": found.locale, "about": about}),
        }
        told |= await desk.own_zone(request)
        return await desk.page(request, "template.html", file_name=_file_name, **told)

    @router.get("/new-template", dependencies=[needs(Permission.WRITE_TEMPLATES)])
    async def begin(name: str, like: str = "") -> RedirectResponse:
        """Where a mail that there is not yet is written, beginning like another."""
        query = urlencode({"like": like})
        return RedirectResponse(f"/templates/{quote(name, safe='')}/edit?{query}", 303)

    @router.get("/templates/{name}/body")
    async def body(
        request: Request, desk: TheDesk, name: str, locale: str = "en", about: str = ""
    ) -> HTMLResponse:
        """The HTML part, for a frame that lets it do nothing."""
        _may_be_about(request, about)
        return await asyncio.to_thread(_body, desk, name, locale, about or None)

    return router


def _body(desk: Desk, name: str, locale: str, about: str | None) -> HTMLResponse:
    found = bench.bench(desk.house, desk.shelf, name, locale, about)
    if found.filled is None:
        return framed(None, found.stopped)
    return framed(found.filled.html, found.filled.text)


def _may_be_about(request: Request, about: str) -> None:
    """A mail that is filled in for somebody is about them. Raises Forbidden."""
    if about:
        caller_of(request).must(Permission.READ_PERSONAL)


def _file_name(path: str) -> str:
    """The file's name alone: on a page the folder is known."""
    return PurePath(path).name
