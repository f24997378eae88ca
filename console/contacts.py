"""Contacts: the list with its search, and one contact with everything across deals."""

import asyncio
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse

from console.access import needs
from console.answers import asking
from console.desk import Desk, TheDesk, actor_of
from console.forms import Checked, Form
from domain.access import Permission
from domain.refusal import Malformed, Refused
from operations import barring, consenting, contact_sheet, contacts, forgetting, stop_facts

Version = Annotated[int | None, Query(ge=1, le=2**31 - 1)]
"""A version of a stream."""

DONE: Final = {
    "give": "The consent is recorded",
    "withdraw": "The consent is withdrawn; what rests on it stops",
    "unsubscribe": "They get no more of that mail; what writes to them stops",
    "bar": "The address is barred; what writes to it stops",
}
"""What a person may say of a contact, and what is said when it was recorded."""


def routes() -> APIRouter:
    """The list, a contact, what is agreed to and barred, and forgetting."""
    router = APIRouter(dependencies=[needs(Permission.READ)], default_response_class=HTMLResponse)

    async def listed(
        request: Request, desk: Desk, text: str | None, cursor: str | None
    ) -> HTMLResponse:
        found = await asyncio.to_thread(contact_sheet.search, desk.house, text, cursor=cursor)
        # The words that were looked for go on in a form, never in an address.
        older = f"/contacts?{urlencode({'cursor': found.cursor})}" if found.cursor else None
        told = await desk.own_zone(request)
        return await desk.page(
            request, "contacts.html", found=found, text=text, older=older, **told
        )

    @router.get("/contacts")
    async def show(request: Request, desk: TheDesk, cursor: str | None = None) -> HTMLResponse:
        """All contacts, the newest first."""
        return await listed(request, desk, None, cursor or None)

    @router.post("/contacts", dependencies=[needs(Permission.READ_PERSONAL)])
    async def search(request: Request, desk: TheDesk, form: Checked) -> HTMLResponse:
        """Those with a piece of a name or address, which never stands in the page's own address."""
        return await listed(request, desk, form.text("text"), form.text("cursor"))

    @router.get("/contacts/{contact_id}")
    async def one(
        request: Request, desk: TheDesk, contact_id: str, before: Version = None
    ) -> HTMLResponse:
        """Everything about a contact on one page; its history before a version."""
        found = await asyncio.to_thread(contact_sheet.sheet, desk.house, contact_id, before=before)
        told = await desk.own_zone(request)
        return await desk.page(request, "contact.html", found=found, **told)

    @router.post("/contacts/{contact_id}/says", dependencies=[needs(Permission.KEEP_CONTACTS)])
    async def says(
        request: Request, desk: TheDesk, contact_id: str, form: Checked
    ) -> RedirectResponse:
        """A consent is given or withdrawn, mail of a purpose ends, an address is barred."""
        act = form.text("act") or ""
        if act not in DONE:
            raise Malformed("this page asks nothing of that kind", "act")
        with asking(request, contact_id, DONE[act], form.text("form") or act, form.typed):
            await asyncio.to_thread(_record, desk, contact_id, act, form, actor_of(request))
        return _back(contact_id)

    @router.post("/contacts/{contact_id}/lift", dependencies=[needs(Permission.ERASE)])
    async def lift(
        request: Request, desk: TheDesk, contact_id: str, form: Checked
    ) -> RedirectResponse:
        """A bar is taken away, for a reason that the ledger keeps."""
        scope = form.wanted("scope")
        done = "The bar is lifted; for marketing a consent has to be given anew"
        with asking(request, contact_id, done, f"lift-{scope}", form.typed):
            await asyncio.to_thread(
                barring.unsuppress,
                desk.house,
                contact_id,
                reason=form.wanted("reason"),
                scope=scope,
                actor=actor_of(request),
                command_id=form.command_id,
            )
        return _back(contact_id)

    _forgetting(router)
    return router


def _forgetting(router: APIRouter) -> None:
    @router.get("/contacts/{contact_id}/forget", dependencies=[needs(Permission.ERASE)])
    async def weigh(request: Request, desk: TheDesk, contact_id: str) -> HTMLResponse:
        """What forgetting would erase and stop; nothing is erased by looking."""
        actor = actor_of(request)
        found = await asyncio.to_thread(contact_sheet.sheet, desk.house, contact_id)
        would = await asyncio.to_thread(
            forgetting.forget, desk.house, contact_id, actor=actor, dry_run=True
        )
        return await desk.page(request, "forget.html", found=found, would=would)

    @router.post("/contacts/{contact_id}/forget", dependencies=[needs(Permission.ERASE)])
    async def forget(
        request: Request, desk: TheDesk, contact_id: str, form: Checked
    ) -> RedirectResponse:
        """Forget for good, when the contact's id was typed."""
        to = f"/contacts/{quote(contact_id)}"
        with asking(request, contact_id, "Forgotten", "forget", form.typed) as answer:
            if form.text("typed") != contact_id:
                # Where one may try again, with everything that would be erased still in sight.
                to += "/forget"
                raise Refused(
                    "not_confirmed", f"type {contact_id} to say that you mean it", "typed"
                )
            told = await asyncio.to_thread(
                forgetting.forget,
                desk.house,
                contact_id,
                actor=actor_of(request),
                command_id=form.command_id,
            )
            if told.waiting:
                answer.done += f"; {told.waiting} accepted commands still wait: forget again later"
        return RedirectResponse(to, 303)


def _record(desk: Desk, contact_id: str, act: str, form: Form, actor: str) -> None:
    house = desk.house
    told: dict[str, Any] = {"actor": actor, "command_id": form.command_id}
    match act:
        case "give":
            said = f"{form.wanted('purpose')}:{form.wanted('basis')}"
            contacts.consent(house, contact_id, said, source=form.text("source"), **told)
        case "withdraw":
            consenting.withdraw(house, contact_id, form.wanted("purpose"), **told)
        case "unsubscribe":
            scope = form.wanted("purpose")
            stop_facts.unsubscribe(house, contact_id, scope=scope, **told)
        case "bar":
            barring.suppress(house, contact_id, reason=form.wanted("reason"), **told)


def _back(contact_id: str) -> RedirectResponse:
    return RedirectResponse(f"/contacts/{quote(contact_id)}", 303)
