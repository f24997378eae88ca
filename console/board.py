"""The start page: the board of a pipeline, and moving a deal on it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse

from console import plot
from console.access import Forbidden, caller_of, needs
from console.addresses import address
from console.answers import asking
from console.desk import TheDesk, actor_of, session_of
from console.forms import Checked
from domain.access import Permission
from operations import board
from operations.board import WON, Asked, Board, Column


@dataclass(frozen=True, slots=True)
class View:
    """What an address asks of the board: the same address shows the same board."""

    playbook: str | None = None
    owner: str | None = None
    product: str | None = None
    size: str | None = None
    stagnant: str | None = None
    text: str | None = None
    stage: str | None = None
    after: str | None = None

    @property
    def asked(self) -> Asked:
        """The filters; an empty field of the form filters nothing."""
        return Asked(
            owner_id=self.owner or None,
            product=self.product or None,
            size=self.size or None,
            stagnant=bool(self.stagnant),
            text=(self.text or "").strip() or None,
        )

    @property
    def narrowed(self) -> bool:
        """Whether anything but the pipeline is chosen."""
        return self.asked != board.EVERYTHING

    def address(self, **other: str | None) -> str:
        """The address of this view with some things said otherwise."""
        said = {name: getattr(self, name) for name in self.__slots__} | other
        return address("/", **said)


Viewed = Annotated[View, Depends()]


def routes() -> APIRouter:
    """The board, the strip that every page carries, and the move."""
    router = APIRouter(dependencies=[needs(Permission.READ)], default_response_class=HTMLResponse)

    @router.get("/")
    async def show(request: Request, desk: TheDesk, view: Viewed) -> HTMLResponse:
        """The deals that are asked for; `stage` and `after` turn one column's page."""
        if view.asked.text and not caller_of(request).may(Permission.READ_PERSONAL):
            # Who does not see titles shall not guess at them either.
            raise Forbidden(Permission.READ_PERSONAL)
        found = await asyncio.to_thread(
            board.show,
            desk.house,
            view.playbook or None,
            asked=view.asked,
            stage=view.stage,
            after=view.after or None,
            viewer_id=caller_of(request).person_id,
        )
        own: dict[str, Any] = {"zone": found.zone} if found and found.zone else {}
        told = {"view": view, "drawing": _bars, "here": view.address(), **own}
        return await desk.page(request, "board.html", board=found, **told)

    @router.get("/standing")
    async def strip(request: Request, desk: TheDesk) -> HTMLResponse:
        """The strip alone, which asks for itself again every few seconds."""
        told = {
            "strip": await desk.strip_for(request),
            "asker": caller_of(request),
            "form_token": session_of(request).form_token,
        }
        return HTMLResponse(desk.pages.render("strip.html", **told))

    @router.post("/deals/{deal_id}/move", dependencies=[needs(Permission.WORK_DEALS)])
    async def move(
        request: Request, desk: TheDesk, deal_id: str, form: Checked
    ) -> RedirectResponse:
        """Move a deal; the board then says what was decided."""
        with asking(request, deal_id, "Moved", typed=form.typed) as answer:
            stage, its_id, actor = form.wanted("stage"), form.command_id, actor_of(request)
            answer.done = "Won" if stage == WON else f"Moved to {stage[:80]}"
            await board.move(desk.house, deal_id, stage, actor=actor, command_id=its_id)
        return RedirectResponse(form.back, 303)

    return router


def _bars(found: Board | None) -> plot.Plot | None:
    """How many deals stand in each stage, and what they are worth in each currency."""
    if found is None or not any(one.deals for one in found.columns):
        return None
    return plot.bars([(one.stage, one.deals, _worth(one)) for one in found.columns])


def _worth(column: Column) -> Mapping[str, Any]:
    return dict(column.worth)
