"""The mailbox of this machine: read every mail, and answer it with one's own hand."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse

from console.access import needs
from console.answers import asking
from console.desk import Desk, TheDesk
from console.forms import Checked
from console.framed import framed
from domain.access import Permission
from domain.refusal import Malformed, NotFound
from operations.post import letters, mailbox
from operations.post.letters import ACTS


def routes() -> APIRouter:
    """The list, a letter beside it, and the four things that a reader may do."""
    router = APIRouter(
        dependencies=[needs(Permission.READ_PERSONAL)], default_response_class=HTMLResponse
    )

    @router.get("/mailbox")
    async def show(request: Request, desk: TheDesk, page: int = 1) -> HTMLResponse:
        """The newest letters."""
        found = await asyncio.to_thread(letters.page, desk.house, _folder(desk), page)
        return await desk.page(request, "mailbox.html", found=found, letter=None, page=page)

    @router.get("/mailbox/{key}")
    async def read(request: Request, desk: TheDesk, key: str, page: int = 1) -> HTMLResponse:
        """One letter beside the list."""
        letter, opened = await asyncio.to_thread(letters.read, desk.house, _folder(desk), key)
        found = await asyncio.to_thread(letters.page, desk.house, _folder(desk), page)
        told: dict[str, Any] = {"found": found, "letter": letter, "opened": opened, "page": page}
        return await desk.page(request, "mailbox.html", **told)

    @router.get("/mailbox/{key}/body")
    async def body(desk: TheDesk, key: str) -> HTMLResponse:
        """The letter's own page, for a frame that lets it do nothing."""
        opened = await asyncio.to_thread(mailbox.read, _folder(desk), key)
        return framed(opened.html, opened.text)

    @router.post("/mailbox/{key}/acts", dependencies=[needs(Permission.WORK_DEALS)])
    async def act(request: Request, desk: TheDesk, key: str, form: Checked) -> RedirectResponse:
        """Do as the reader would; what it stopped is said above the letter."""
        what = next((one for one in ACTS if one == form.text("act")), None)
        if what is None:
            raise Malformed("a reader does nothing of that kind", "act")
        with asking(request, key, "", what, form.typed) as answer:
            said = {"back_on": form.text("back_on"), "command_id": form.command_id}
            answer.done = await letters.act(desk.house, _folder(desk), key, what, **said)
        return RedirectResponse(f"/mailbox/{quote(key)}", 303)

    return router


def _folder(desk: Desk) -> Path:
    """Where the letters lie. Raises NotFound for a console that shows no mailbox."""
    if desk.mailbox is None:
        raise NotFound("there is no such page", "mailbox")
    return desk.mailbox
