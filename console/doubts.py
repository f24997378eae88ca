"""Mails in doubt: nobody can know whether they arrived, until a person says what is known."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse

from console.access import needs
from console.answers import asking
from console.desk import TheDesk, actor_of
from console.forms import Checked
from domain.access import Permission
from domain.refusal import Malformed
from operations.post import mail_room

DONE = {
    "arrived": "Kept as sent",
    "again": "It goes again, under the same id, when every stop fact has been asked once more",
    "lost": "Kept as lost; it does not go again",
}
"""What a page says once a person has said what became of a mail."""


def routes() -> APIRouter:
    """The queue, and the word that settles one of it."""
    router = APIRouter(dependencies=[needs(Permission.READ)], default_response_class=HTMLResponse)

    @router.get("/doubts")
    async def show(request: Request, desk: TheDesk) -> HTMLResponse:
        """What is in doubt, the oldest first."""
        found = await asyncio.to_thread(mail_room.in_doubt, desk.house)
        return await desk.page(request, "doubts.html", found=found)

    @router.post("/doubts/{touch_id}", dependencies=[needs(Permission.SETTLE_MAIL)])
    async def settle(
        request: Request, desk: TheDesk, touch_id: str, form: Checked
    ) -> RedirectResponse:
        """Settle one by a person's word, which the ledger keeps with the name."""
        word = form.wanted("outcome")
        if word not in DONE:
            raise Malformed("a mail in doubt arrived, goes again or was lost", "outcome")
        with asking(request, touch_id, DONE[word], form.text("form") or word, form.typed):
            await asyncio.to_thread(
                mail_room.resolve,
                desk.house,
                touch_id,
                word,
                actor=actor_of(request),
                reason=form.text("reason") or "",
                at=form.text("at"),
                command_id=form.command_id,
            )
        return RedirectResponse("/doubts", 303)

    return router
