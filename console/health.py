"""The two questions of a probe: does it live, and can it work?"""

import asyncio

from fastapi import APIRouter
from starlette.responses import JSONResponse

from console.access import OPEN
from console.desk import TheDesk
from operations.house import EngineUnreachable
from operations.standing import ping_store, workers

PATIENCE_S = 3.0


def routes() -> APIRouter:
    """`/healthz` and `/readyz`, for which nobody needs a session."""
    router = APIRouter(dependencies=[OPEN])

    @router.get("/healthz")
    async def lives() -> JSONResponse:
        """The process answers."""
        return JSONResponse({"status": "ok"})

    @router.get("/readyz")
    async def ready(desk: TheDesk) -> JSONResponse:
        """200 when the database and Temporal answer, 503 with the names of those that do not."""
        down = []
        try:
            await asyncio.to_thread(ping_store, desk.house)
        except EngineUnreachable:
            down.append("database")
        try:
            async with asyncio.timeout(PATIENCE_S):
                await workers(desk.house)
        except (EngineUnreachable, TimeoutError):
            down.append("temporal")
        if down:
            return JSONResponse({"status": "not ready", "unreachable": down}, 503)
        return JSONResponse({"status": "ready"})

    return router
