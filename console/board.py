"""The start page: the board of a pipeline, and moving a deal on it."""

import asyncio
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse

from console.access import needs
from console.answers import asking
from console.desk import Desk, actor_of
from console.forms import Checked
from domain.access import Permission
from operations import board
from operations.board import Column


def routes(desk: Desk) -> APIRouter:
    """The board, the strip that every page carries, and the move."""
    router = APIRouter(dependencies=[needs(Permission.READ)], default_response_class=HTMLResponse)

    @router.get("/")
    async def show(
        request: Request,
        playbook: str | None = None,
        owner: str | None = None,
        stage: str | None = None,
        after: str | None = None,
    ) -> HTMLResponse:
        """The board, of one owner or of all; `stage` and `after` turn one column's page."""
        chosen = {"playbook": playbook or None, "owner_id": owner or None}
        found = await asyncio.to_thread(board.show, desk.house, **chosen, stage=stage, after=after)
        top = _address(playbook, owner)

        def more(column: Column) -> str:
            return _address(playbook, owner, column.stage, column.more)

        paged = stage if after else None
        here = _address(playbook, owner, stage, after)
        return await desk.page(
            request, "board.html", board=found, top=top, more=more, paged=paged, here=here
        )

    @router.get("/standing")
    async def strip(request: Request) -> HTMLResponse:
        """The strip alone, which asks for itself again every few seconds."""
        return HTMLResponse(desk.pages.render("strip.html", strip=await desk.strip_for(request)))

    @router.post("/deals/{deal_id}/move", dependencies=[needs(Permission.WORK_DEALS)])
    async def move(request: Request, deal_id: str, form: Checked) -> RedirectResponse:
        """Move a deal; the board then says what was decided."""
        with asking(request, deal_id, "Moved"):
            stage, its_id, actor = form.wanted("stage"), form.command_id, actor_of(request)
            await board.move(desk.house, deal_id, stage, actor=actor, command_id=its_id)
        return RedirectResponse(form.back, 303)

    return router


def _address(
    playbook: str | None,
    owner: str | None,
    stage: str | None = None,
    after: str | None = None,
) -> str:
    said = {"playbook": playbook, "owner": owner, "stage": stage, "after": after}
    chosen = urlencode({name: value for name, value in said.items() if value})
    return f"/?{chosen}" if chosen else "/"
