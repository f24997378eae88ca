"""The mailbox of this machine: read every mail, and answer it with one's own hand."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse

from console.access import needs
from console.answers import asking
from console.desk import Desk
from console.forms import Checked
from console.framed import framed
from domain.access import Permission
from domain.refusal import Malformed
from operations.post import letters, mailbox
from operations.post.letters import ACTS


def routes(desk: Desk, data_dir: Path) -> APIRouter:
    """The list, a letter beside it, and the four things that a reader may do."""
    router = APIRouter(
        dependencies=[needs(Permission.READ_PERSONAL)], default_response_class=HTMLResponse
    )

    @router.get("/mailbox")
    async def show(request: Request, page: int = 1) -> HTMLResponse:
        """The newest letters."""
        found = await asyncio.to_thread(letters.page, desk.house, data_dir, page)
        return await desk.page(request, "mailbox.html", found=found, letter=None, page=page)

    @router.get("/mailbox/{key}")
    async def read(request: Request, key: str, page: int = 1) -> HTMLResponse:
        """One letter beside the list."""
        letter, opened = await asyncio.to_thread(letters.read, desk.house, data_dir, key)
        found = await asyncio.to_thread(letters.page, desk.house, data_dir, page)
        told: dict[str, Any] = {"found": found, "letter": letter, "opened": opened, "page": page}
        return await desk.page(request, "mailbox.html", **told)

    @router.get("/mailbox/{key}/body")
    async def body(key: str) -> HTMLResponse:
        """The letter's own page, for a frame that lets it do nothing."""
        opened = await asyncio.to_thread(mailbox.read, data_dir, key)
        return framed(opened.html, opened.text)

    @router.post("/mailbox/{key}/acts", dependencies=[needs(Permission.WORK_DEALS)])
    async def act(request: Request, key: str, form: Checked) -> RedirectResponse:
        """Do as the reader would; what it stopped is said above the letter."""
        what = next((one for one in ACTS if one == form.text("act")), None)
        if what is None:
            raise Malformed("a reader does nothing of that kind", "act")
        with asking(request, key, "", what, form.typed) as answer:
            said = {"back_on": form.text("back_on"), "command_id": form.command_id}
            answer.done = await letters.act(desk.house, data_dir, key, what, **said)
        return RedirectResponse(f"/mailbox/{quote(key)}", 303)

    return router
