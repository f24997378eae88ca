"""The look and the scripts: a handful of files, read once, kept by browsers until they change."""

from pathlib import PurePath
from typing import Final

from fastapi import APIRouter, HTTPException
from starlette.responses import HTMLResponse

from console.access import needs
from console.desk import TheDesk
from console.pages import TYPES, Pages
from domain.access import Permission

_KEPT: Final = {"cache-control": "private, max-age=31536000, immutable"}


def routes() -> APIRouter:
    """`/static/{name}`: nothing but the files that were found at the start."""
    router = APIRouter(dependencies=[needs(Permission.READ)])

    @router.get("/static/{name}")
    async def asset(desk: TheDesk, name: str) -> HTMLResponse:
        """One of the files."""
        return served(desk.pages, name)

    return router


def served(pages: Pages, name: str) -> HTMLResponse:
    """The file as an answer. HTTPException 404 for one that is not ours."""
    if name not in pages.assets:
        raise HTTPException(404)
    return HTMLResponse(pages.assets[name], media_type=TYPES[PurePath(name).suffix], headers=_KEPT)
