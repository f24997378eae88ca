"""The activity that performs what is due for a stream, with a heartbeat all the while."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.contract import PERFORM, Fault, NextWake, Wake
from activities.crashpoints import crashpoint
from activities.faults import flag_fault, trace
from activities.performing import Performer
from domain.refusal import NotFound
from store.errors import Unreachable

BEAT_S = 5
"""Seconds between heartbeats: an attempt whose process froze or died is missed in 30."""


FLAG_AT_ATTEMPT = 3
"""At this attempt a fault counts as lasting, and the deal is flagged for a person."""


class Hands:
    """Performs for Temporal what `Performer` can do by itself."""

    def __init__(self, performer: Performer) -> None:
        self.performer = performer

    @activity.defn(name=PERFORM)
    async def perform(self, wake: Wake) -> NextWake:
        """Do what is due for the stream and say when it is due next."""
        crashpoint("perform.begun")
        info = activity.info()
        owner = f"{info.workflow_run_id}/{info.activity_id}/{info.attempt}"
        async with heartbeats():
            try:
                woken = await self.performer.perform(wake.stream, owner)
            except Unreachable as down:
                raise ApplicationError(down.reason, type="Unreachable") from None
            except NotFound as missing:
                told = missing.message
                raise ApplicationError(told, type=Fault.PERFORM, non_retryable=True) from None
            except Exception as fault:
                await self._report(wake, info.attempt, fault)
                # Only the kind of the fault: its text may quote what somebody typed.
                raise ApplicationError(type(fault).__name__, type="Fault") from None
        crashpoint("perform.answered")
        return woken

    async def _report(self, wake: Wake, attempt: int, fault: Exception) -> None:
        """A fault of ours is tried again until it is mended; a deal asks for attention."""
        activity.logger.error("performing %s fails: %s", wake.stream, trace(fault))
        kind, _, its_id = wake.stream.partition("/")
        if kind == "deal" and attempt == FLAG_AT_ATTEMPT:
            store, time = self.performer.store, self.performer.time
            await asyncio.to_thread(flag_fault, store, time, its_id, fault)


@asynccontextmanager
async def heartbeats() -> AsyncIterator[None]:
    """Tell the server every few seconds that this attempt lives."""

    async def beat() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(BEAT_S)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
