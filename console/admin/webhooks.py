"""Webhooks: other programs that are told what happens, and what became of each message."""

import asyncio
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console.access import needs
from console.addresses import address
from console.answers import asking
from console.desk import Desk, TheDesk, actor_of
from console.forms import Checked, Form
from domain.access import Permission
from domain.events import KINDS
from domain.refusal import Malformed
from operations.webhooks import deliveries, endpoints
from operations.webhooks.endpoints import NewWebhook

DONE = {
    "pause": "It is told nothing until it is resumed; nothing is lost meanwhile",
    "resume": "It is told again, from where it was left",
    "skip": "Set aside; those behind it go on",
    "replay": "Told again",
    "remove": "Removed, with what it was told",
}
"""What may be asked of a webhook on its page, and what is said once it is done."""


def routes() -> APIRouter:
    """`/admin/webhooks`, and a page for each."""
    router = APIRouter(
        dependencies=[needs(Permission.MANAGE_KEYS)], default_response_class=HTMLResponse
    )

    @router.get("/admin/webhooks")
    async def show_all(request: Request, desk: TheDesk) -> HTMLResponse:
        """All of them, and the form for one more."""
        return await _listed(desk, request)

    @router.post("/admin/webhooks")
    async def add(request: Request, desk: TheDesk, form: Checked) -> Response:
        """Make one; its secret stands on the page that answers, and nowhere else."""
        made: NewWebhook | None = None
        with asking(request, "webhooks", "The webhook is there", "add", form.typed):
            made = await asyncio.to_thread(_add, desk, form, actor_of(request))
        if made is None:
            return RedirectResponse("/admin/webhooks", 303)
        return await _one(desk, request, made.webhook_id, secret=made.secret)

    @router.get("/admin/webhooks/{webhook_id}")
    async def show(
        request: Request,
        desk: TheDesk,
        webhook_id: str,
        status: str = "",
        cursor: str | None = None,
    ) -> HTMLResponse:
        """One of them, with what became of events."""
        return await _one(desk, request, webhook_id, status=status, cursor=cursor)

    @router.post("/admin/webhooks/{webhook_id}/rotate")
    async def rotate(request: Request, desk: TheDesk, webhook_id: str, form: Checked) -> Response:
        """Make a new secret, which stands on the page that answers."""
        made: NewWebhook | None = None
        with asking(request, webhook_id, "It has a new secret", "rotate"):
            made = await asyncio.to_thread(
                endpoints.rotate, desk.house, webhook_id, actor=actor_of(request)
            )
        if made is None:
            return RedirectResponse(_page(webhook_id), 303)
        return await _one(desk, request, webhook_id, secret=made.secret)

    @router.post("/admin/webhooks/{webhook_id}/test")
    async def test(
        request: Request, desk: TheDesk, webhook_id: str, form: Checked
    ) -> RedirectResponse:
        """Send a message that tells nothing."""
        with asking(request, webhook_id, "", "test") as answer:
            tried = await deliveries.test(desk.house, webhook_id, actor=actor_of(request))
            became = tried.problem or f"answered {tried.status}"
            answer.done = f"The test message: {became}, after {tried.ms} ms {tried.excerpt}".strip()
        return RedirectResponse(_page(webhook_id), 303)

    @router.post("/admin/webhooks/{webhook_id}/{word}")
    async def change(
        request: Request, desk: TheDesk, webhook_id: str, word: str, form: Checked
    ) -> RedirectResponse:
        """Pause, resume, replay, set aside, remove."""
        if word not in DONE:
            raise Malformed("a webhook is paused, resumed, replayed, skipped or removed", "word")
        with asking(request, webhook_id, DONE[word], word):
            await asyncio.to_thread(_change, desk, webhook_id, word, form, actor_of(request))
        gone = word == "remove"
        return RedirectResponse("/admin/webhooks" if gone else _page(webhook_id), 303)

    return router


def _page(webhook_id: str) -> str:
    return f"/admin/webhooks/{quote(webhook_id)}"


async def _listed(desk: Desk, request: Request) -> HTMLResponse:
    found = await asyncio.to_thread(endpoints.list_all, desk.house)
    kinds = sorted(KINDS)
    return await desk.page(request, "admin/webhooks.html", found=found, kinds=kinds)


async def _one(
    desk: Desk,
    request: Request,
    webhook_id: str,
    *,
    secret: str | None = None,
    status: str = "",
    cursor: str | None = None,
) -> HTMLResponse:
    one = await asyncio.to_thread(endpoints.show, desk.house, webhook_id)
    page = await asyncio.to_thread(
        deliveries.list_page, desk.house, webhook_id, status=status or None, cursor=cursor
    )
    older = address(_page(webhook_id), status=status, cursor=page.cursor)
    return await desk.page(
        request,
        "admin/webhook.html",
        one=one,
        page=page,
        secret=secret,
        state=status,
        states=deliveries.STATES,
        older=older if page.cursor else None,
    )


def _add(desk: Desk, form: Form, actor: str) -> NewWebhook:
    kinds = [one for one in form.fields.getlist("kinds") if isinstance(one, str) and one]
    return endpoints.add(
        desk.house,
        form.wanted("url"),
        actor=actor,
        kinds=kinds,
        description=form.text("description") or "",
        after=0 if form.text("past") else None,
        command_id=form.command_id,
    )


def _change(desk: Desk, webhook_id: str, word: str, form: Form, actor: str) -> None:
    house = desk.house
    if word == "replay":
        said = form.text("position")
        if said is not None and not (said.isdecimal() and len(said) < 16):
            raise Malformed("a position is a number", "position")
        positions = [int(said)] if said is not None else []
        deliveries.replay(house, webhook_id, actor=actor, positions=positions)
        return
    works: dict[str, Any] = {
        "pause": endpoints.pause,
        "resume": endpoints.resume,
        "remove": endpoints.remove,
        "skip": deliveries.skip,
    }
    works[word](house, webhook_id, actor=actor)
