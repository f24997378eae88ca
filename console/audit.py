"""The audit log: who did what through which door, and what was refused."""

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from console.access import needs
from console.addresses import address
from console.desk import TheDesk
from domain.access import Permission
from operations import people
from operations.access import auditing


def routes() -> APIRouter:
    """`/admin/audit`, the newest first, of all, of one actor or about one stream."""
    router = APIRouter(
        dependencies=[needs(Permission.INSPECT)], default_response_class=HTMLResponse
    )

    @router.get("/admin/audit")
    async def show(
        request: Request, desk: TheDesk, actor: str = "", about: str = "", cursor: str | None = None
    ) -> HTMLResponse:
        """One page of the log."""
        found = await asyncio.to_thread(
            auditing.list_page,
            desk.house,
            actor=actor or None,
            stream=about or None,
            cursor=cursor or None,
        )
        staff = await asyncio.to_thread(people.list_all, desk.house, active=False)
        older = address("/admin/audit", actor=actor, about=about, cursor=found.cursor)
        return await desk.page(
            request,
            "audit.html",
            found=found,
            names={one.person_id: one.name for one in staff},
            actor=actor,
            about=about,
            older=older if found.cursor else None,
        )

    return router
