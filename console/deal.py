"""The page of a deal: what it is, what comes next, what happened, and what may be asked of it."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse

from console.access import needs
from console.answers import asking
from console.desk import Desk, TheDesk, actor_of
from console.forms import Checked, Form, command
from console.framed import framed
from console.glance import folded, glance_of, reasons_of
from console.opening import somebody
from domain.access import Permission
from domain.activity import ACTIVITY_KINDS
from domain.commands import AnyCommand, FinishTask
from domain.refusal import Malformed, NotFound
from operations import accounts, deal_page, deals, people
from operations.house import House
from operations.looking_back import as_of
from operations.post import drafts

SHOWN: Final = 60
"""Events of a timeline that are shown before all are asked for."""

OWN: Final = ("own", "many")
"""What stands before a point and the name of a field that the playbook declares, in the form of
details: for one value, and for a list of them."""

DETAILS: Final = ("title", "amount", "currency", "product", "source", "expected_close")
"""The other fields of that form."""

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
    "set_account": "Kept",
    "assign_owner": "Given",
    "link_contact": "They take part",
    "stop_enrollments": "Stopped",
}
"""What may be asked on this page, and what is said when it was done."""


def routes() -> APIRouter:
    """The deal, its commands, and the drafts that it waits with."""
    router = APIRouter(dependencies=[needs(Permission.READ)], default_response_class=HTMLResponse)

    @router.get("/deals/{deal_id}")
    async def show(
        request: Request,
        desk: TheDesk,
        deal_id: str,
        all: bool = False,
        as_of: str | None = None,
        known: bool = False,
    ) -> HTMLResponse:
        """Everything about a deal on one page, now or as of a moment."""
        shown = None if all else SHOWN
        wanted = Wanted(as_of or None, known)
        own = (await desk.own_zone(request)).get("zone")
        told = await asyncio.to_thread(_told, desk, deal_id, shown, wanted, own)
        told["engine"] = await desk.engine.look(deal_id)
        status = 422 if told["look"].problem else 200
        return await desk.page(request, "deal.html", status=status, **told)

    @router.post("/deals/{deal_id}/commands", dependencies=[needs(Permission.WORK_DEALS)])
    async def ask(request: Request, desk: TheDesk, deal_id: str, form: Checked) -> RedirectResponse:
        """Ask something of the deal; its page then says what was decided."""
        kind = form.text("kind") or ""
        if kind not in DONE:
            raise Malformed("this page asks nothing of that kind", "kind")
        done = "Approved; it goes in its window" if form.text("words") else DONE[kind]
        with asking(request, deal_id, done, form.text("form") or kind, form.typed):
            asked = await asyncio.to_thread(_command, request, desk.house, deal_id, kind, form)
            if isinstance(asked, FinishTask):
                await asyncio.to_thread(
                    drafts.approve, desk.house, asked.task_id, form.text("words")
                )
            actor, its_id = actor_of(request), form.command_id
            await deals.tell(desk.house, deal_id, asked, actor=actor, command_id=its_id)
        return RedirectResponse(f"/deals/{quote(deal_id)}", 303)

    @router.get("/drafts/{task_id}/body", dependencies=[needs(Permission.READ_PERSONAL)])
    async def draft(desk: TheDesk, task_id: str) -> HTMLResponse:
        """A mail that waits for approval as its reader would see it, for such a frame."""
        found = await asyncio.to_thread(drafts.of_task, desk.house, task_id)
        if found is None:
            raise NotFound("there is no draft that waits", "task_id")
        return framed(found.html, found.problem)

    return router


@dataclass(frozen=True, slots=True)
class Wanted:
    """The moment that somebody typed to look at, and what was wrong with it."""

    text: str | None = None
    known: bool = False
    problem: str | None = None


def _told(
    desk: Desk, deal_id: str, shown: int | None, look: Wanted, own: str | None
) -> dict[str, Any]:
    """What the page shows, in the zone of who looks where they have one."""
    house = desk.house
    try:
        known = look.known and look.text is not None
        moment = as_of(house, deal_id, look.text, known, zone=own)
        page = deal_page.of(house, deal_id, as_of=moment, shown=shown, zone=own)
    except (Malformed, NotFound) as wrong:
        if wrong.where != "as_of":
            raise
        # The deal as it is now, and beside the form what was wrong with the moment.
        look = replace(look, problem=wrong.message)
        page = deal_page.of(house, deal_id, shown=shown, zone=own)
    now_shown = page.as_of is None
    waiting = now_shown and any(one.verb == drafts.DRAFT for one in page.deal.tasks)
    return {
        "deal": page.deal,
        "can": page.can,
        "trials": page.trials,
        "zone": own or page.can.zone,
        "drafts": drafts.of_deal(house, deal_id) if waiting else (),
        "coming": page.coming,
        "axis": page.axis,
        "entries": folded(page.axis.entries),
        "glance": glance_of(page),
        "reasons": reasons_of(page.axis.entries, page.mails),
        "notices": [one for one in page.mails if one.contact_id is None],
        "fields": page.fields,
        "owners": people.list_all(house) if now_shown else [],
        "activities": ACTIVITY_KINDS,
        "look": look,
        "past": None,
    } | ({} if now_shown else {"past": page.axis, "now": page.axis.now})


def _command(request: Request, house: House, deal_id: str, kind: str, form: Form) -> AnyCommand:
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
            return command(kind, due_at=at("due_at"), what=text("what"))
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
        case "set_account":
            deals.show(house, deal_id)  # a deal that is unknown makes no account
            return command(kind, account_id=accounts.add(house, form.wanted("account")).account_id)
        case "assign_owner":
            return command(kind, owner_id=form.wanted("owner"))
        case "link_contact":
            return command(kind, contact_id=somebody(request, house, form), role=text("role"))
        case "stop_enrollments":
            return command(kind, reason="by_hand", part=form.wanted("part"))
    return command(kind)


def _details(form: Form) -> dict[str, Any]:
    """What was changed in the form of details; a field that stands as it was shown says nothing.

    So who has an old page open does not undo what a colleague changed meanwhile. What is emptied
    is taken away where the playbook declares the field; of the others an empty one changes nothing.
    """
    found: dict[str, Any] = {}
    own: dict[str, str | list[str]] = {}
    for name in form.fields:
        said = form.text(name)
        kind, _, field = name.partition(".")
        if _same(said, form.text(f"was.{name}")):
            continue
        if kind in OWN:
            own[field] = (said or "") if kind == OWN[0] else (said or "").splitlines()
        elif name in DETAILS and said is not None:
            found[name] = said.upper() if name == "currency" else said
    return found | {"fields": own}


def _same(said: str | None, was: str | None) -> bool:
    """Lines may end in two ways."""
    return (said or "").splitlines() == (was or "").splitlines()
