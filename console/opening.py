"""Opening a deal: one form, with the contact's name where nobody knows them yet."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse

from console.access import caller_of, needs
from console.answers import asking
from console.desk import Desk, TheDesk, actor_of
from console.forms import Checked, Form
from domain.access import Permission
from domain.refusal import NotFound
from operations import contacts, deals, people
from operations.authoring import playbooks
from operations.contacts import NewContact
from operations.deals import Opening, Told
from operations.fitting import fit
from operations.house import House

PAGE = "/new-deal"


def routes() -> APIRouter:
    """`/new-deal`: the form, and what it asks."""
    router = APIRouter(
        dependencies=[needs(Permission.WORK_DEALS)], default_response_class=HTMLResponse
    )

    @router.get(PAGE)
    async def ask(request: Request, desk: TheDesk, contact: str = "") -> HTMLResponse:
        """The form; `contact` is the id of the one that it is opened with."""
        told = await asyncio.to_thread(_choices, desk)
        return await desk.page(request, "new_deal.html", contact=contact, **told)

    @router.post(PAGE)
    async def open_(request: Request, desk: TheDesk, form: Checked) -> RedirectResponse:
        """Open it; the page of the deal then says what goes when."""
        to = PAGE
        done = "Opened; what comes next stands here"
        with asking(request, "new-deal", done, "open", form.typed):
            to = f"/deals/{(await _opened(desk, request, form)).deal_id}"
        return RedirectResponse(to, 303)

    return router


def _choices(desk: Desk) -> dict[str, Any]:
    """Playbooks by which deals are sold, the one that holds by default, and possible owners."""
    known = [one.playbook for one in playbooks.list_all(desk.house) if "pipeline" in one.parts]
    default = desk.house.config.default_playbook
    return {"playbooks": known, "default": default, "owners": people.list_all(desk.house)}


async def _opened(desk: Desk, request: Request, form: Form) -> Told:
    opening = fit(
        Opening,
        {
            "title": form.wanted("title"),
            **{name: form.text(name) for name in ("playbook", "currency", "account", "owner")},
            "amount": form.text("amount"),
            "wrote_on": form.text("wrote_on"),
            "enroll": form.text("enroll") is not None,
        },
    )
    if form.text("contact") is not None:
        contact_id = await asyncio.to_thread(somebody, request, desk.house, form)
        opening = opening.model_copy(update={"contacts": (contact_id,)})
    actor, command_id = actor_of(request), form.command_id
    return await deals.open_deal(desk.house, opening, actor=actor, command_id=command_id)


def somebody(request: Request, house: House, form: Form) -> str:
    """The id of the contact that a form means; somebody new is added, with the name that is said.

    Raises Malformed, NotFound for somebody unknown of whom no name is said, Forbidden.
    """
    who, name = form.wanted("contact"), form.text("contact_name")
    try:
        return contacts.id_of(house, who)
    except NotFound as unknown:
        if "@" not in who:
            raise NotFound(unknown.message, "contact") from None
        if name is None:
            told = "nobody here has this address; write their name as well, and they are added"
            raise NotFound(told, "contact_name") from None
    caller_of(request).must(Permission.KEEP_CONTACTS)
    new = fit(NewContact, {"email": who, "name": name, "country": form.text("country")})
    return contacts.add(house, new, actor=actor_of(request)).contact_id
