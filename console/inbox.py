"""The inbox: mail that came in and waits for a person, to be attached to a deal or ignored."""

import asyncio
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse

from console.access import needs
from console.answers import asking
from console.desk import Desk, TheDesk, actor_of
from console.forms import Checked
from domain.access import Permission
from operations.inbound import inbox, polling

LIMIT = 40


def routes() -> APIRouter:
    """The list, a mail beside it, and what a person may make of it."""
    router = APIRouter(
        dependencies=[needs(Permission.READ_PERSONAL)], default_response_class=HTMLResponse
    )

    @router.get("/inbox")
    async def show(
        request: Request, desk: TheDesk, all: bool = False, cursor: str | None = None
    ) -> HTMLResponse:
        """What waits, the newest first."""
        told = await asyncio.to_thread(_told, desk, all, cursor)
        return await desk.page(request, "inbox.html", mail=None, **told)

    @router.get("/inbox/{inbound_id}")
    async def read(request: Request, desk: TheDesk, inbound_id: str) -> HTMLResponse:
        """One mail beside the list."""
        mail = await asyncio.to_thread(inbox.show, desk.house, inbound_id)
        told = await asyncio.to_thread(_told, desk, False, None)
        return await desk.page(request, "inbox.html", mail=mail, **told)

    @router.post("/inbox/{inbound_id}/attach", dependencies=[needs(Permission.WORK_DEALS)])
    async def attach(
        request: Request, desk: TheDesk, inbound_id: str, form: Checked
    ) -> RedirectResponse:
        """The mail belongs to that deal."""
        with asking(request, inbound_id, "Attached", "attach", form.typed) as answer:
            told = await asyncio.to_thread(
                inbox.attach,
                desk.house,
                inbound_id,
                form.wanted("deal"),
                actor=actor_of(request),
                meaning=form.text("meaning"),
                remember=form.text("remember") is not None,
                command_id=form.command_id,
            )
            as_what = "an answer: what wrote to them stops" if told.meaning == "reply" else "a note"
            answer.done = f"Attached to {told.deal_id} as {as_what}"
        return RedirectResponse(f"/inbox/{quote(inbound_id)}", 303)

    @router.post("/inbox/{inbound_id}/ignore", dependencies=[needs(Permission.WORK_DEALS)])
    async def ignore(
        request: Request, desk: TheDesk, inbound_id: str, form: Checked
    ) -> RedirectResponse:
        """The mail concerns nobody."""
        with asking(request, inbound_id, "Ignored", "ignore"):
            said: dict[str, Any] = {"actor": actor_of(request), "command_id": form.command_id}
            await asyncio.to_thread(inbox.ignore, desk.house, inbound_id, **said)
        return RedirectResponse("/inbox", 303)

    return router


def _told(desk: Desk, everything: bool, cursor: str | None) -> dict[str, Any]:
    house = desk.house
    failing = [one for one in polling.folders(house) if one.problem]
    page = inbox.list_page(house, everything=everything, cursor=cursor, limit=LIMIT)
    return {"found": page, "everything": everything, "failing": failing}
