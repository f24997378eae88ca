"""The page of a deal: what it is, what comes next, what happened, and what may be asked of it."""

import asyncio
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse

from console.access import needs
from console.answers import asking
from console.desk import Desk, actor_of
from console.forms import Checked, Form, command
from console.framed import framed
from domain.access import Permission
from domain.activity import ACTIVITY_KINDS
from domain.commands import AnyCommand, FinishTask
from domain.refusal import Malformed, NotFound
from operations import board, deals, history, people
from operations.deal_view import DealView
from operations.house import House
from operations.post import drafts, mail_room

SHOWN: Final = 60
"""Events of a timeline that are shown before all are asked for."""

DONE: Final = {
    "advance_deal": "Moved on",
    "move_back_deal": "Moved back",
    "record_reply": "The reply is recorded; what wrote to them stops",
    "log_activity": "Logged",
    "make_promise": "Promised",
    "keep_promise": "The promise is kept",
    "agree_wait": "The wait is agreed; no stagnation before its day",
    "pause_deal": "Paused; no mail goes",
    "resume_deal": "Mail may go again",
    "win_deal": "Won",
    "lose_deal": "Lost; what follows is planned below",
    "reopen_deal": "Open again",
    "finish_task": "Done",
    "drop_task": "Taken off the list",
    "enroll_deal": "Begun",
    "clear_attention": "Mail may go again",
    "change_details": "Changed",
}
"""What may be asked on this page, and what is said when it was done."""


def routes(desk: Desk) -> APIRouter:
    """The deal, its commands, and the mails that it sent."""
    router = APIRouter(dependencies=[needs(Permission.READ)], default_response_class=HTMLResponse)

    @router.get("/deals/{deal_id}")
    async def show(request: Request, deal_id: str, all: bool = False) -> HTMLResponse:
        """Everything about a deal on one page."""
        told = await asyncio.to_thread(_told, desk, deal_id, None if all else SHOWN)
        return await desk.page(request, "deal.html", **told)

    @router.post("/deals/{deal_id}/commands", dependencies=[needs(Permission.WORK_DEALS)])
    async def ask(request: Request, deal_id: str, form: Checked) -> RedirectResponse:
        """Ask something of the deal; its page then says what was decided."""
        kind = form.text("kind") or ""
        if kind not in DONE:
            raise Malformed("this page asks nothing of that kind", "kind")
        done = "Approved; it goes in its window" if form.text("words") else DONE[kind]
        with asking(request, deal_id, done, form.text("form") or kind, form.typed):
            asked = await asyncio.to_thread(_command, desk.house, deal_id, kind, form)
            if isinstance(asked, FinishTask):
                await asyncio.to_thread(
                    drafts.approve, desk.house, asked.task_id, form.text("words")
                )
            actor, its_id = actor_of(request), form.command_id
            await deals.tell(desk.house, deal_id, asked, actor=actor, command_id=its_id)
        return RedirectResponse(f"/deals/{quote(deal_id)}", 303)

    @router.get("/drafts/{task_id}/body", dependencies=[needs(Permission.READ_PERSONAL)])
    async def draft(task_id: str) -> HTMLResponse:
        """A mail that waits for approval as its reader would see it, for such a frame."""
        found = await asyncio.to_thread(drafts.of_task, desk.house, task_id)
        if found is None:
            raise NotFound("there is no draft that waits", "task_id")
        return framed(found.html, found.problem)

    @router.get("/mails/{touch_id}")
    async def mail(request: Request, touch_id: str) -> HTMLResponse:
        """A mail of the send ledger: what became of it, and how it reads."""
        found = await asyncio.to_thread(mail_room.show, desk.house, touch_id)
        return await desk.page(request, "mail.html", found=found)

    @router.get("/mails/{touch_id}/body", dependencies=[needs(Permission.READ_PERSONAL)])
    async def body(touch_id: str) -> HTMLResponse:
        """The mail's own page, for a frame that lets it do nothing."""
        found = await asyncio.to_thread(mail_room.show, desk.house, touch_id)
        return framed(found.html, found.text)

    return router


def _told(desk: Desk, deal_id: str, shown: int | None) -> dict[str, Any]:
    house = desk.house
    deal = deals.show(house, deal_id)
    can = board.choices(house, deal_id)
    first = 0 if shown is None else max(0, deal.version - shown)
    lines = history.of_deal(house, deal_id, zone=ZoneInfo(can.zone), after=first)
    return {
        "deal": deal,
        "can": can,
        "zone": can.zone,
        "drafts": drafts.of_deal(house, deal_id) if _drafted(deal) else (),
        "coming": history.coming(house, deal_id),
        "lines": lines[::-1],
        "earlier": first,
        "mails": mail_room.list_page(house, deal=deal_id, limit=40).mails,
        "activities": ACTIVITY_KINDS,
        "names": {one.person_id: one.name for one in people.list_all(house, active=False)},
        "engine": _engine(desk, deal_id),
    }


def _drafted(deal: DealView) -> bool:
    return any(one.verb == drafts.DRAFT for one in deal.tasks)


def _engine(desk: Desk, deal_id: str) -> str | None:
    """Where Temporal's own pages show the deal's workflow."""
    if desk.temporal_ui is None:
        return None
    namespace = quote(desk.house.config.temporal_namespace, safe="")
    workflow = quote(f"deal/{deal_id}", safe="")
    return f"{desk.temporal_ui}/namespaces/{namespace}/workflows/{workflow}"


def _command(house: House, deal_id: str, kind: str, form: Form) -> AnyCommand:
    """The command that a form asks. Raises Malformed, NotFound."""
    text = form.text

    def at(name: str) -> datetime | None:
        said = text(name)
        return deals.moment(house, deal_id, said, name)[0] if said else None

    match kind:
        case "advance_deal":
            return command(kind, stage=form.wanted("stage"), override=text("override"))
        case "move_back_deal":
            return command(kind, stage=form.wanted("stage"))
        case "record_reply":
            return command(kind, channel=text("channel"), note=text("note"))
        case "log_activity":
            return command(kind, activity=form.wanted("activity"), note=text("note"))
        case "make_promise":
            return command(kind, due_at=at("due"), what=text("what"))
        case "keep_promise":
            return command(kind, promise_id=form.wanted("promise_id"))
        case "agree_wait" | "pause_deal":
            return command(kind, until=at("until"), note=text("note"))
        case "win_deal":
            return command(kind, reason=text("reason"), override=text("override"))
        case "lose_deal":
            return command(kind, reason=form.wanted("reason"), note=text("note"))
        case "reopen_deal":
            return command(kind, stage=text("stage"), note=text("note"))
        case "finish_task" | "drop_task":
            return command(kind, task_id=form.wanted("task_id"))
        case "enroll_deal":
            return command(kind, cadence=form.wanted("cadence"))
        case "change_details":
            return command(kind, **_details(form))
    return command(kind)


def _details(form: Form) -> dict[str, str]:
    """What was written into the form of details; an empty field changes nothing."""
    names = ("title", "amount", "currency", "product", "source", "expected_close")
    found = {name: said for name in names if (said := form.text(name)) is not None}
    return found | ({"currency": found["currency"].upper()} if "currency" in found else {})
