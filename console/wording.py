"""The words of a mail edited in the page: checked, seen as a reader gets them, then published."""

import asyncio
from functools import partial
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console.access import caller_of, needs
from console.desk import Desk, TheDesk, actor_of, tell
from console.drafting import Sent, keeping, published, sent
from console.framed import framed
from console.playbooks import number_of
from console.sessions import Answer
from console.words import language
from domain.access import Permission
from operations.authoring import bench, wording
from operations.authoring.previews import Filled
from operations.authoring.wording import Drafted, PublishedWords

WRITING: Final = [needs(Permission.READ), needs(Permission.WRITE_TEMPLATES)]


def routes() -> APIRouter:
    """Begin, check and publish; and a draft's page for the frame."""
    router = APIRouter(dependencies=WRITING, default_response_class=HTMLResponse)

    @router.get("/templates/{name}/edit")
    async def edit(
        request: Request,
        desk: TheDesk,
        name: str,
        locale: str = "",
        version: str = "",
        like: str = "",
    ) -> HTMLResponse:
        """The text that holds, a version, or (0) the file; what is not written begins alike."""
        number = number_of(version)
        draft = await asyncio.to_thread(
            wording.begin, desk.house, name, locale or None, number, like or None
        )
        return await _shown(desk, request, draft)

    @router.post("/templates/{name}/draft")
    async def take(request: Request, desk: TheDesk, name: str) -> Response:
        """Check the text, and publish it where that was asked and shown before."""
        form = await sent(request)
        with keeping(desk, request, form) as answer:
            if not form.foreign:
                answer.made = await _answered(desk, request, name, form)
        return answer.made

    @router.post("/templates/{name}/draft/body")
    async def body(request: Request, desk: TheDesk, name: str) -> Response:
        """The HTML part of the draft, for a frame that lets it do nothing."""
        form = await sent(request)
        with keeping(desk, request, form) as answer:
            if not form.foreign:
                filled, stopped = await asyncio.to_thread(_filled, desk, request, name, form)
                answer.made = framed(filled.html, None) if filled else framed(None, stopped)
        return answer.made

    return router


async def _answered(desk: Desk, request: Request, name: str, form: Sent) -> Response:
    publish = partial(
        wording.publish,
        desk.house,
        name,
        form.more["locale"],
        form.text,
        actor=actor_of(request),
        base=form.base,
        command_id=form.command_id,
    )
    came = await published(form, publish)
    if came.done is not None:
        tell(request, Answer("done", _told(came.done), name))
        return RedirectResponse(f"/templates/{name}?locale={came.done.locale}", 303)
    draft = await asyncio.to_thread(
        wording.examine, desk.house, name, form.more["locale"], form.text, form.base
    )
    filled, stopped = await asyncio.to_thread(_filled, desk, request, name, form)
    return await _shown(
        desk,
        request,
        draft,
        status=422 if draft.wrong else came.status,
        about=form.more["about"],
        refused=came.refused,
        filled=filled,
        stopped=stopped,
    )


def _filled(desk: Desk, request: Request, name: str, form: Sent) -> tuple[Filled | None, str]:
    about = form.more["about"] or None
    if about is not None:
        caller_of(request).must(Permission.READ_PERSONAL)
    filled, stopped = bench.fill_draft(
        desk.house, name, form.more["locale"] or "en", form.text, about
    )
    return filled, stopped or ""


async def _shown(
    desk: Desk,
    request: Request,
    draft: Drafted,
    *,
    status: int = 200,
    about: str = "",
    refused: str | None = None,
    filled: Filled | None = None,
    stopped: str | None = None,
) -> HTMLResponse:
    kind = await asyncio.to_thread(bench.kind_of, desk.house, draft.name, draft.locale, draft.text)
    choices = await asyncio.to_thread(bench.choices, desk.house, kind)
    told: dict[str, Any] = {
        "draft": draft,
        "refused": refused,
        "filled": filled,
        "stopped": stopped,
        "about": about,
        "choices": choices,
        "checked": request.method == "POST",
        "lines": draft.text.count("\n") + 1,
        "marked": {one.line: one.weight for one in reversed(draft.problems)},
        "errors": sum(one.weight == "error" for one in draft.problems),
    }
    told |= await desk.own_zone(request)
    return await desk.page(request, "template_edit.html", status=status, **told)


def _told(done: PublishedWords) -> str:
    what = f"{done.name} in {language(done.locale)}"
    if not done.changed:
        return f"{what} says so already: nothing changed."
    return (
        f"Published {what}, version {done.version}. Mails that are written "
        "from now on say it so; those that were written before stay as they are."
    )
