"""Mail that other programs bring: signed, small enough, and answered once it is kept.

The answer is 200 when the mail was taken or had been taken before, 401 for a caller who cannot
show who it is, 422 for what cannot be read, and 503 when nothing could be kept: then the sender
tries again, as all of them do.
"""

import asyncio
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from console.access import OPEN
from console.desk import TheDesk
from domain.refusal import Malformed
from operations.house import EngineUnreachable
from operations.inbound import hooks
from operations.inbound.hooks import Brought, NotAllowed

BASIC: Final = {"www-authenticate": 'Basic realm="sluice", charset="UTF-8"'}

LATER: Final = {"retry-after": "30"}


def routes() -> APIRouter:
    """`/hooks/standard` and `/hooks/postmark`, which programs call without a session."""
    router = APIRouter(dependencies=[OPEN])

    @router.post("/hooks/standard")
    async def standard(request: Request, desk: TheDesk) -> JSONResponse:
        """Mail from a program that signs as Standard Webhooks say."""
        told = request.headers
        signed = [told.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")]
        if not desk.house.config.arriving.webhook_secrets:
            return _refused(NotAllowed("no secret is set: SLUICE_WEBHOOK_SECRET"))
        body = await request.body()
        return await _answer(hooks.standard, desk.house, *signed, body)

    @router.post("/hooks/postmark")
    async def postmark(request: Request, desk: TheDesk) -> JSONResponse:
        """Mail, bounces, complaints and opt-outs from Postmark."""
        try:
            hooks.check_postmark(desk.house, request.headers.get("authorization", ""))
        except NotAllowed as no:
            return _refused(no, BASIC)
        return await _answer(hooks.postmark, desk.house, await request.body())

    return router


async def _answer(work: Any, *said: Any) -> JSONResponse:
    try:
        brought: Brought = await asyncio.to_thread(work, *said)
    except NotAllowed as no:
        return _refused(no)
    except Malformed as wrong:
        return JSONResponse({"error": wrong.message, "where": wrong.where}, 422)
    except EngineUnreachable as down:
        told = f"{down.engine} cannot be reached; nothing was taken"
        return JSONResponse({"error": told}, 503, LATER)
    return JSONResponse(brought.model_dump())


def _refused(no: NotAllowed, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": no.why}, 401, headers)
