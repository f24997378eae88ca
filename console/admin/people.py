"""People: who uses Sluice, what each may do, and what becomes of their work when they leave."""

import asyncio
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console.access import needs
from console.answers import asking
from console.desk import Desk, TheDesk, actor_of
from console.forms import Checked, Form
from domain.access import Permission, Role
from operations import jobs, people, transferring
from operations.access import passwords, signing_in
from operations.access.passwords import Invited
from operations.fitting import fit
from operations.people import Colleague, NewPerson


def routes() -> APIRouter:
    """`/admin/people`, and a page for each."""
    router = APIRouter(
        dependencies=[needs(Permission.MANAGE_PEOPLE)], default_response_class=HTMLResponse
    )

    @router.get("/admin/people")
    async def show_all(request: Request, desk: TheDesk) -> HTMLResponse:
        """Everybody, those who left last, and the form for one more."""
        found = await asyncio.to_thread(people.list_all, desk.house, active=False)
        found.sort(key=lambda one: not one.active)
        names = {one.person_id: one.name for one in found}
        return await desk.page(
            request, "admin/people.html", found=found, names=names, roles=list(Role)
        )

    @router.post("/admin/people")
    async def add(request: Request, desk: TheDesk, form: Checked) -> RedirectResponse:
        """Add a person, or change what is said anew of one."""
        to = "/admin/people"
        with asking(request, "people", "Kept", "add", form.typed) as answer:
            told = await asyncio.to_thread(_keep, desk, form, actor_of(request))
            answer.done = _kept(told)
            to = _page(told.person_id)
        return RedirectResponse(to, 303)

    @router.get("/admin/people/{person_id}")
    async def show(request: Request, desk: TheDesk, person_id: str) -> HTMLResponse:
        """One person, and what they have to do."""
        return await _one(desk, request, person_id)

    _changing(router)
    return router


def _changing(router: APIRouter) -> None:
    """What may be asked about one person."""

    @router.post("/admin/people/{person_id}/change")
    async def change(
        request: Request, desk: TheDesk, person_id: str, form: Checked
    ) -> RedirectResponse:
        """Another role, manager, zone; leaving, or coming back."""
        with asking(request, person_id, "Kept", "change", form.typed) as answer:
            told = await asyncio.to_thread(_change, desk, person_id, form, actor_of(request))
            answer.done = _kept(told)
        return RedirectResponse(_page(person_id), 303)

    @router.post("/admin/people/{person_id}/presence")
    async def leave(
        request: Request, desk: TheDesk, person_id: str, form: Checked
    ) -> RedirectResponse:
        """They left, or are back."""
        left = form.wanted("active") == "no"
        done = "They have left and are signed out" if left else "They are back"
        with asking(request, person_id, done, "presence"):
            await asyncio.to_thread(_change, desk, person_id, form, actor_of(request))
        return RedirectResponse(_page(person_id), 303)

    @router.post("/admin/people/{person_id}/invite")
    async def invite(request: Request, desk: TheDesk, person_id: str, form: Checked) -> Response:
        """Make a link that sets a password once; it stands on the page that answers."""
        made: Invited | None = None
        with asking(request, person_id, "The link is made", "invite"):
            made = await asyncio.to_thread(
                passwords.invite, desk.house, person_id, actor=actor_of(request)
            )
        if made is None:
            return RedirectResponse(_page(person_id), 303)
        return await _one(desk, request, person_id, invited=made)

    @router.post("/admin/people/{person_id}/signout")
    async def signout(
        request: Request, desk: TheDesk, person_id: str, form: Checked
    ) -> RedirectResponse:
        """End every session of a person."""
        with asking(request, person_id, "", "signout") as answer:
            ended = await asyncio.to_thread(
                signing_in.sign_out_everywhere, desk.house, person_id, actor=actor_of(request)
            )
            answer.done = f"{ended} sessions ended"
        return RedirectResponse(_page(person_id), 303)

    @router.post("/admin/people/{person_id}/transfer")
    async def transfer(
        request: Request, desk: TheDesk, person_id: str, form: Checked
    ) -> RedirectResponse:
        """Give everything of theirs to another; it goes on behind the answer."""
        with asking(request, person_id, "It goes over, deal by deal", "transfer", form.typed):
            to = (await asyncio.to_thread(people.show, desk.house, form.wanted("to"))).person_id
            await jobs.transfer(desk.house, person_id, to, actor=actor_of(request))
        return RedirectResponse(_page(person_id), 303)


def _page(person_id: str) -> str:
    return f"/admin/people/{quote(person_id)}"


async def _one(
    desk: Desk, request: Request, person_id: str, *, invited: Invited | None = None
) -> HTMLResponse:
    def read() -> dict[str, Any]:
        house = desk.house
        person = people.show(house, person_id)
        return {
            "person": person,
            "work": transferring.work_of(house, person.person_id),
            "others": [one for one in people.list_all(house) if one.person_id != person.person_id],
            "jobs": [one for one in jobs.newest(house) if one.kind == "transfer"],
        }

    told = await asyncio.to_thread(read)
    return await desk.page(request, "admin/person.html", invited=invited, roles=list(Role), **told)


def _keep(desk: Desk, form: Form, actor: str) -> Colleague:
    wanted = _wanted(form, form.wanted("email"))
    return people.add(desk.house, wanted, actor=actor, command_id=form.command_id)


def _change(desk: Desk, person_id: str, form: Form, actor: str) -> Colleague:
    known = people.show(desk.house, person_id)
    wanted = _wanted(form, known.email or "", emptied=True)
    return people.add(desk.house, wanted, actor=actor, command_id=form.command_id)


def _wanted(form: Form, email: str, *, emptied: bool = False) -> NewPerson:
    """What the form says. A field that is empty stays as it is, or is `emptied`."""

    def said_of(name: str) -> str | None:
        said = form.text(name)
        return "" if said is None and emptied and name in form.fields else said

    names = ("name", "zone", "country", "locale", "manager", "role")
    said: dict[str, Any] = {name: said_of(name) for name in names}
    active, groups = form.text("active"), said_of("groups")
    return fit(
        NewPerson,
        {
            **said,
            "email": email,
            "groups": None if groups is None else tuple(groups.replace(",", " ").split()),
            "active": active == "yes" if active else None,
        },
    )


def _kept(told: Colleague) -> str:
    if told.created:
        return f"{told.name} is added"
    return f"Changed: {', '.join(told.changed)}" if told.changed else "Nothing was changed"
