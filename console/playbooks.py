"""Playbooks: their parts and versions, who is in flight under which, and their text to be edited.

A text is checked, then what it would change is shown, then it is published. Every answer to a
form shows the text again as it was written, whatever was wrong with it.
"""

import asyncio
from functools import partial
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console.access import needs
from console.desk import Desk, TheDesk, actor_of, tell
from console.drafting import Sent, keeping, published, sent
from console.sessions import Answer
from domain.access import Permission
from operations.authoring import editing, editions
from operations.authoring.editing import Draft
from operations.authoring.playbooks import Published

NUMBER_MAX: Final = 2**31 - 1

WRITING: Final = [needs(Permission.WRITE_PLAYBOOKS)]


def routes() -> APIRouter:
    """The list and one playbook for everybody; editing for those who may publish."""
    router = APIRouter(dependencies=[needs(Permission.READ)], default_response_class=HTMLResponse)

    @router.get("/playbooks")
    async def show(request: Request, desk: TheDesk) -> HTMLResponse:
        """Every playbook with its parts, and who is in flight under which version."""
        found = await asyncio.to_thread(editions.shelves, desk.house)
        return await desk.page(
            request, "playbooks.html", found=found, **await desk.own_zone(request)
        )

    @router.get("/playbooks/{name}")
    async def one(
        request: Request,
        desk: TheDesk,
        name: str,
        edition: str = "",
        before: str = "",
        after: str = "",
    ) -> HTMLResponse:
        """One playbook: the text of an edition, its history, what differs between two."""
        number, old, new = (number_of(each) for each in (edition, before, after))
        found = await asyncio.to_thread(editions.kept, desk.house, name, number)
        changes = None
        if old is not None and new is not None:
            changes = await asyncio.to_thread(editions.between, desk.house, name, old, new)
        told: dict[str, Any] = {"found": found, "changes": changes, "before": old, "after": new}
        told |= await desk.own_zone(request)
        return await desk.page(request, "playbook.html", **told)

    @router.get("/playbooks/{name}/edit", dependencies=WRITING)
    async def edit(request: Request, desk: TheDesk, name: str, edition: str = "") -> HTMLResponse:
        """The text of an edition, the newest by default, to be edited."""
        draft = await asyncio.to_thread(editing.begin, desk.house, name, number_of(edition))
        return await _shown(desk, request, name, draft)

    @router.post("/playbooks/{name}/draft", dependencies=WRITING)
    async def take(request: Request, desk: TheDesk, name: str) -> Response:
        """Check the text, and publish it where that was asked and shown before."""
        return await _taken(desk, request, name)

    @router.get("/new-playbook", dependencies=WRITING)
    async def begin(request: Request, desk: TheDesk, shipped: str) -> HTMLResponse:
        """The text of a shipped playbook, as the beginning of a new one."""
        draft = await asyncio.to_thread(editing.begin_new, desk.house, shipped)
        return await _shown(desk, request, None, draft)

    @router.post("/new-playbook/draft", dependencies=WRITING)
    async def take_new(request: Request, desk: TheDesk) -> Response:
        """The same as for one that is there."""
        return await _taken(desk, request, None)

    return router


async def _taken(desk: Desk, request: Request, name: str | None) -> Response:
    form = await sent(request)
    with keeping(desk, request, form) as answer:
        if not form.foreign:
            answer.made = await _answered(desk, request, name, form)
    return answer.made


async def _answered(desk: Desk, request: Request, name: str | None, form: Sent) -> Response:
    based_on = number_of(form.base) or 0
    publish = partial(
        editing.publish,
        desk.house,
        name,
        form.text,
        based_on,
        actor=actor_of(request),
        command_id=form.command_id,
    )
    came = await published(form, publish)
    if came.done is not None:
        tell(request, Answer("done", _told(came.done), came.done.playbook))
        return RedirectResponse(f"/playbooks/{came.done.playbook}", 303)
    draft = await asyncio.to_thread(editing.examine, desk.house, name, form.text, based_on)
    status = 422 if draft.wrong else came.status
    return await _shown(desk, request, name, draft, came.refused, status)


async def _shown(
    desk: Desk,
    request: Request,
    name: str | None,
    draft: Draft,
    refused: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    lines = draft.text.count("\n") + 1
    told: dict[str, Any] = {
        "playbook": name,
        "draft": draft,
        "refused": refused,
        "lines": lines,
        "marked": {one.line: one.weight for one in reversed(draft.problems)},
        "action": f"/playbooks/{name}/draft" if name else "/new-playbook/draft",
        "error_texts": tuple(one for one in draft.problems if one.weight == "error"),
    }
    told |= await desk.own_zone(request)
    return await desk.page(request, "playbook_edit.html", status=status, **told)


def _told(done: Published) -> str:
    if not done.changed:
        return f"{done.playbook} is published as it stands here, nothing changed."
    told = ", ".join(_part(part, done.parts.get(part)) for part in done.changed)
    text = f"Published {done.playbook}, edition {done.edition}: {told}."
    if done.moved:
        text += f" {done.moved} deals have another date."
    return text


def _part(part: str, version: int | None) -> str:
    return f"{part.replace(':', ' ')} is gone" if version is None else f"{part}@{version}"


def number_of(said: str) -> int | None:
    """A number of an address or form; None for nothing and for what is none."""
    fit = said.isascii() and said.isdigit() and len(said) <= 10
    return int(said) if fit and int(said) <= NUMBER_MAX else None
