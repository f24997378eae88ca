"""The ledger as a feed: every event of the house from a position on, in sentences."""

import asyncio
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from console.access import needs
from console.desk import Desk, TheDesk
from domain.access import Permission
from domain.events import KINDS
from domain.refusal import Malformed
from operations import feed
from operations.feed import FeedPage
from operations.naming import named

SHOWN: Final = 50
"""Events of one page."""


def routes() -> APIRouter:
    """`/admin/events`."""
    router = APIRouter(
        dependencies=[needs(Permission.INSPECT)], default_response_class=HTMLResponse
    )

    @router.get("/admin/events")
    async def show(
        request: Request, desk: TheDesk, after: str = "", kind: str = "", stream: str = ""
    ) -> HTMLResponse:
        """What happened behind a position; without one the newest."""
        said = {"kind": kind.strip(), "stream": stream.strip()}
        found, texts, whos = await asyncio.to_thread(_read, desk, after.strip(), **said)
        filters = {name: value for name, value in said.items() if value}
        on = urlencode({"after": found.next, **filters})
        return await desk.page(
            request,
            "admin/events.html",
            found=found,
            rows=list(zip(found.events, texts, whos, strict=True)),
            after=after,
            kinds=sorted(KINDS),
            further=f"/admin/events?{on}" if found.next < found.last else None,
            kind=said["kind"],
            stream=said["stream"],
        )

    return router


def _read(desk: Desk, after: str, kind: str, stream: str) -> tuple[FeedPage, list[str], list[str]]:
    """The page, its sentences and its actors with names in the place of ids."""
    house = desk.house
    if after and not (after.isascii() and after.isdecimal() and len(after) < 16):
        raise Malformed("a position is a number", "after")
    begin = int(after) if after else 0
    if not after and not stream:
        begin = max(0, feed.last(house) - SHOWN)
    found = feed.page(
        house, after=begin, limit=SHOWN, kinds=[kind] if kind else [], stream=stream or None
    )
    told = [one.text for one in found.events]
    texts = named(house, [*told, *(one.actor for one in found.events)])
    return found, texts[: len(told)], texts[len(told) :]
