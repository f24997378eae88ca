"""My day: what waits for the person who looks, and the buttons that settle it there."""

import asyncio
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse

from console.access import caller_of, needs
from console.answers import asking
from console.desk import TheDesk, actor_of
from console.forms import Checked, command
from domain.access import Permission
from domain.activity import ACTIVITY_KINDS
from domain.refusal import Malformed
from operations import day, deals, tasks
from operations.webhooks import endpoints

SETTLED: Final = {
    "approve": "Approved; it goes in its window",
    "refuse": "It is not sent",
    "done": "Done",
    "drop": "Taken off the list",
}
"""What a task may be settled with, and what is said when it was."""

OURS: Final = tuple(one for one in ACTIVITY_KINDS if one != "reply")
"""What somebody here can have done; a reply is the other side's."""


def routes() -> APIRouter:
    """The page, and what is done on it: tasks settled, promises kept, activities logged."""
    router = APIRouter(dependencies=[needs(Permission.READ)], default_response_class=HTMLResponse)

    @router.get("/day")
    async def show(request: Request, desk: TheDesk) -> HTMLResponse:
        """The day of who signed in, or of whom the browser that came by the link said to be."""
        person_id = caller_of(request).person_id
        if person_id is None:
            return await desk.page(request, "day.html", day=None)
        found = await asyncio.to_thread(day.show, desk.house, person_id)
        keeps = caller_of(request).may(Permission.MANAGE_KEYS)
        failing = await asyncio.to_thread(endpoints.troubled, desk.house) if keeps else []
        own: dict[str, Any] = {"zone": found.zone} if found.zone else {}
        told: dict[str, Any] = {"day": found, "failing": failing, "activities": OURS}
        return await desk.page(request, "day.html", **told, **own)

    @router.post("/day/tasks/{task_id}", dependencies=[needs(Permission.WORK_DEALS)])
    async def settle(
        request: Request, desk: TheDesk, task_id: str, form: Checked
    ) -> RedirectResponse:
        """A task is done or dropped, a draft approved in the words that were read or refused."""
        act = form.text("act") or ""
        if act not in SETTLED:
            raise Malformed("a task is done or dropped, a draft approved or refused", "act")
        with asking(request, task_id, SETTLED[act], act, form.typed):
            told: dict[str, Any] = {"actor": actor_of(request), "command_id": form.command_id}
            if act in ("approve", "done"):
                words = form.wanted("words") if act == "approve" else None
                await tasks.done(desk.house, task_id, words=words, **told)
            else:
                await tasks.drop(desk.house, task_id, **told)
        return RedirectResponse("/day", 303)

    @router.post("/day/deals/{deal_id}", dependencies=[needs(Permission.WORK_DEALS)])
    async def work(
        request: Request, desk: TheDesk, deal_id: str, form: Checked
    ) -> RedirectResponse:
        """A promise was kept, or something was done for the deal and is logged."""
        promise_id = form.text("promise_id")
        done = "The promise is kept" if promise_id else "Logged"
        with asking(request, deal_id, done, form.text("form") or "", form.typed):
            if promise_id:
                asked = command("keep_promise", promise_id=promise_id)
            else:
                asked = command(
                    "log_activity", activity=form.wanted("activity"), note=form.text("note")
                )
            actor, its_id = actor_of(request), form.command_id
            await deals.tell(desk.house, deal_id, asked, actor=actor, command_id=its_id)
        return RedirectResponse("/day", 303)

    return router
