"""The mail room: what goes, what went and what did not, why, and the switch for all of it."""

import asyncio
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse

from console.access import needs
from console.addresses import address
from console.answers import asking
from console.desk import TheDesk, actor_of
from console.forms import Checked
from console.framed import framed
from domain.access import Permission
from operations.post import mail_room, mail_sheet, mailboxes, room


@dataclass(frozen=True, slots=True)
class View:
    """What an address asks of the mail room: the same address shows the same mails."""

    show: str | None = None
    deal: str | None = None
    contact: str | None = None
    cursor: str | None = None

    def address(self, **other: str | None) -> str:
        """The address of this view with some things said otherwise; another view begins anew."""
        said = {name: getattr(self, name) for name in ("show", "deal", "contact")} | other
        return address("/mail", **said)


Viewed = Annotated[View, Depends()]


def routes() -> APIRouter:
    """The page, the switch, a mailbox let go on, and single mails."""
    router = APIRouter(dependencies=[needs(Permission.READ)], default_response_class=HTMLResponse)

    @router.get("/mail")
    async def show(request: Request, desk: TheDesk, view: Viewed) -> HTMLResponse:
        """Mails by what became of them, the last planned first."""
        found = await asyncio.to_thread(
            room.show,
            desk.house,
            view.show or "all",
            deal=view.deal or None,
            contact=view.contact or None,
            cursor=view.cursor or None,
        )
        told = await desk.own_zone(request)
        limits = desk.house.config.limits
        return await desk.page(
            request, "mailroom.html", found=found, view=view, limits=limits, **told
        )

    @router.post("/mail/switch", dependencies=[needs(Permission.SETTLE_MAIL)])
    async def flip(request: Request, desk: TheDesk, form: Checked) -> RedirectResponse:
        """Stop all mail, with the reason, or let it go on."""
        stop = form.text("act") == "stop"
        done = "All mail is stopped; what is planned waits" if stop else "Mail goes again"
        with asking(request, "switch", done, "switch", form.typed):
            actor, its_id, house = actor_of(request), form.command_id, desk.house
            if stop:
                why = form.text("reason")
                await asyncio.to_thread(
                    mail_room.stop, house, actor=actor, reason=why, command_id=its_id
                )
            else:
                await asyncio.to_thread(mail_room.start, house, actor=actor, command_id=its_id)
        return RedirectResponse("/mail", 303)

    @router.post("/mail/mailboxes/{name}", dependencies=[needs(Permission.SETTLE_MAIL)])
    async def release(
        request: Request, desk: TheDesk, name: str, form: Checked
    ) -> RedirectResponse:
        """Let a mailbox that was halted by itself send again."""
        done = "It sends again; bounces and complaints count anew"
        with asking(request, name, done, "release"):
            actor, its_id = actor_of(request), form.command_id
            await asyncio.to_thread(
                mailboxes.release, desk.house, name, actor=actor, command_id=its_id
            )
        return RedirectResponse("/mail", 303)

    _single(router)
    return router


def _single(router: APIRouter) -> None:
    @router.get("/mails/{touch_id}")
    async def mail(request: Request, desk: TheDesk, touch_id: str) -> HTMLResponse:
        """A mail of the send ledger: what became of it, why it was sent, and how it reads."""
        told = await desk.own_zone(request)
        zone = told.get("zone") or (await desk.strip()).stands.zone
        found = await asyncio.to_thread(mail_sheet.show, desk.house, touch_id, zone)
        return await desk.page(request, "mail.html", sheet=found, found=found.text, **told)

    @router.get("/mails/{touch_id}/body", dependencies=[needs(Permission.READ_PERSONAL)])
    async def body(desk: TheDesk, touch_id: str) -> HTMLResponse:
        """The mail's own page, for a frame that lets it do nothing."""
        found = await asyncio.to_thread(mail_room.show, desk.house, touch_id)
        return framed(found.html, found.text)
