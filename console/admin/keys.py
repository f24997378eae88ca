"""Keys of other programs: made with scopes and an end, shown once, revoked."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console.access import needs
from console.answers import asking
from console.desk import Desk, TheDesk, actor_of
from console.forms import Checked, Form
from domain.access import Permission
from domain.refusal import Malformed
from operations.access import keys
from operations.access.keys import NewKey


def routes() -> APIRouter:
    """`/admin/keys`."""
    router = APIRouter(
        dependencies=[needs(Permission.MANAGE_KEYS)], default_response_class=HTMLResponse
    )

    @router.get("/admin/keys")
    async def show(request: Request, desk: TheDesk) -> HTMLResponse:
        """Every key, and the form for one more."""
        return await _listed(desk, request)

    @router.post("/admin/keys")
    async def add(request: Request, desk: TheDesk, form: Checked) -> Response:
        """Make one; it stands on the page that answers, and nowhere else."""
        made: NewKey | None = None
        with asking(request, "keys", "The key is made", "add", form.typed):
            made = await asyncio.to_thread(_add, desk, form, actor_of(request))
        if made is None:
            return RedirectResponse("/admin/keys", 303)
        return await _listed(desk, request, made)

    @router.post("/admin/keys/{key_id}/revoke")
    async def revoke(
        request: Request, desk: TheDesk, key_id: str, form: Checked
    ) -> RedirectResponse:
        """End one at once."""
        with asking(request, key_id, "The key opens nothing any more", "revoke"):
            await asyncio.to_thread(keys.revoke, desk.house, key_id, actor=actor_of(request))
        return RedirectResponse("/admin/keys", 303)

    return router


async def _listed(desk: Desk, request: Request, made: NewKey | None = None) -> HTMLResponse:
    found = await asyncio.to_thread(keys.list_all, desk.house)
    return await desk.page(
        request, "admin/keys.html", found=found, made=made, scopes=list(Permission)
    )


def _add(desk: Desk, form: Form, actor: str) -> NewKey:
    scopes = [one for one in form.fields.getlist("scopes") if isinstance(one, str) and one]
    return keys.add(
        desk.house,
        form.wanted("name"),
        scopes,
        actor=actor,
        days=_number(form, "days"),
        per_minute=_number(form, "per_minute") or keys.PER_MINUTE,
    )


def _number(form: Form, name: str) -> int | None:
    said = form.text(name)
    if said is None:
        return None
    if not (said.isascii() and said.isdecimal() and len(said) < 8):
        raise Malformed(f"{name.replace('_', ' ')}: write a whole number", name)
    return int(said)
