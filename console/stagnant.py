"""Stagnant deals: who has gone quiet, what it costs, and what to do next."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from console import plot
from console.access import caller_of, needs
from console.addresses import address
from console.desk import TheDesk
from domain.access import Permission
from operations import stagnant
from operations.stagnant import Stagnant


def routes() -> APIRouter:
    """All groups with their best, and one group page by page. Nothing here changes anything."""
    router = APIRouter(dependencies=[needs(Permission.READ)], default_response_class=HTMLResponse)

    @router.get("/stagnant")
    async def show(
        request: Request,
        desk: TheDesk,
        by: str = "owner",
        group: str | None = None,
        page: Annotated[int, Query(ge=1, le=1_000)] = 1,
    ) -> HTMLResponse:
        """Grouped `by` owner or stage; with `group` the deals of that one alone."""
        viewer = caller_of(request).person_id
        found = await asyncio.to_thread(
            stagnant.show, desk.house, by, group=group or None, page=page, viewer_id=viewer
        )
        own: dict[str, Any] = {"zone": found.zone} if found.zone else {}
        told = {"address": _address, "drawing": _bars, **own}
        return await desk.page(request, "stagnant.html", found=found, **told)

    return router


def _address(by: str, group: str | None = None, page: int = 1) -> str:
    return address("/stagnant", by=by, group=group, page=page if page > 1 else None)


def _bars(found: Stagnant) -> plot.Plot | None:
    """How many deals of each group are stagnant, and what they are worth."""
    groups = (*found.groups, *found.others)
    if found.group is not None or not groups:
        return None
    return plot.bars([(one.owner or one.stage or "", one.deals, dict(one.worth)) for one in groups])
