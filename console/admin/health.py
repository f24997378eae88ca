"""The health of everything that Sluice stands on, what to do about it, and the care of the memory.

The same examinations as `sluice doctor`; nothing is changed by looking.
"""

import asyncio
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse

from console.access import needs
from console.answers import asking
from console.desk import Desk, TheDesk, actor_of
from console.forms import Checked
from domain.access import Permission
from domain.refusal import Malformed
from operations import doctor, jobs
from operations.house import EngineUnreachable
from operations.queues import Queue, queues

PATIENCE_S: Final = 5.0

WHAT_TO_DO: Final = {
    "data folder": "Start Sluice with the folder that it was set up in: SLUICE_DATA_DIR.",
    "database": "Look whether it runs and SLUICE_DATABASE_URL leads to it; a database of an "
    "earlier shape is brought on by: sluice migrate.",
    "memory": "Have it made anew, below or by: sluice rebuild. The house may go on working; until "
    "then the cards of older deals name the moment of what comes next and not what it is.",
    "Temporal": "Look whether it runs at SLUICE_TEMPORAL_ADDRESS. What was accepted is kept and "
    "goes on by itself.",
    "workers": "Start one: sluice worker. Nothing is lost meanwhile; what is due waits.",
    "relay": "Look whether SLUICE_SMTP_URL leads to it, and what it says. Mails wait in their "
    "windows.",
    "company": "Set who writes before mail goes to people.",
    "mail": "Read why it was stopped, or settle what is in doubt, and let it go on.",
    "mailboxes": "Look at the password and the folders of SLUICE_IMAP_URL; nothing is lost.",
    "webhooks": "Look at its page: resume it, or tell what is dead again.",
    "clock": "A clock that runs fast is for a relay of this machine alone.",
    "playbooks": "Check the file: sluice playbook check FILE.",
    "templates": "Name the folder with the words: SLUICE_TEMPLATES.",
}
"""What an admin does about a finding that does not simply work."""

LEADS_TO: Final = {"mail": "/doubts", "webhooks": "/admin/webhooks"}

STARTED: Final = {
    "verify": "The ledger is being compared with everything made from it",
    "backup": "A backup is being made",
    "rebuild": "Everything is being made anew",
}


def routes() -> APIRouter:
    """`/admin`, and the buttons on it."""
    router = APIRouter(
        dependencies=[needs(Permission.INSPECT)], default_response_class=HTMLResponse
    )

    @router.get("/admin")
    async def show(request: Request, desk: TheDesk) -> HTMLResponse:
        """Everything examined, the queues, and the last jobs."""
        findings, waiting, last = await asyncio.gather(
            doctor.examine(desk.house), _queues(desk), _jobs(desk)
        )
        return await desk.page(
            request,
            "admin/health.html",
            findings=findings,
            queues=waiting,
            jobs=last,
            what_to_do=WHAT_TO_DO,
            leads_to=LEADS_TO,
            temporal_ui=desk.engine.ui,
        )

    @router.get("/admin/jobs")
    async def progress(request: Request, desk: TheDesk) -> HTMLResponse:
        """How far the jobs are; the page of health asks for it again while one runs."""
        return await desk.page(request, "admin/jobs.html", jobs=await _jobs(desk))

    @router.post("/admin/jobs/{kind}")
    async def start(request: Request, desk: TheDesk, kind: str, form: Checked) -> RedirectResponse:
        """Begin one; it goes on behind the answer."""
        works = {"verify": jobs.verify, "backup": jobs.back_up, "rebuild": jobs.rebuild}
        if kind not in works:
            raise Malformed("there are verify, backup and rebuild", "kind")
        with asking(request, "jobs", STARTED[kind], kind):
            await works[kind](desk.house, actor=actor_of(request))
        return RedirectResponse("/admin#h-memory", 303)

    return router


async def _queues(desk: Desk) -> list[Queue] | None:
    """The queues; None when Temporal does not say."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await queues(desk.house)
    except (EngineUnreachable, TimeoutError):
        return None


async def _jobs(desk: Desk) -> list[jobs.JobView]:
    return await asyncio.to_thread(jobs.newest, desk.house)
