"""Upkeep of the memory: verify it, back it up, make everything anew from the ledger."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from temporalio.service import RPCError

from activities.contract import deal_workflow_id, nurture_workflow_id
from domain.refusal import Refused
from operations import rescheduling, restoring
from operations.arming import a_few_at_once
from operations.by_hand import clock_by_hand
from operations.deal_view import View
from operations.desk import reaching
from operations.house import EngineUnreachable, House
from operations.waking import start_rounds, wake
from store import backup as copying
from store import board, ledger, nurtures, rebuild, verify
from store.database import Tx
from store.errors import BackupRefused
from store.verify import Finding

Progress = Callable[[int, int], None]
"""Called with how much is done, and how much there is."""

FAR = datetime.fromisoformat("9999-01-01T00:00:00+00:00")


class Backup(View):
    """A backup: where it is and how large, in bytes."""

    file: str
    bytes: int


class Rebuilt(View):
    """What was made anew: streams told again, workflows woken or started, mails held in doubt."""

    streams: int
    workflows: int
    held: int = 0


class WouldMake(View):
    """What would be made anew; `lived_through` streams had something due since the backup."""

    streams: int
    workflows: int
    lived_through: int = 0


class Health(View):
    """Whether the memory is whole, and what does not agree."""

    whole: bool
    findings: tuple[Finding, ...]


def _silent(done: int, total: int) -> None:
    """Where nobody watches."""


def check(house: House, progress: Progress = _silent) -> Health:
    """Compare the ledger with everything made from it; reads all of it."""
    with reaching("the database"):
        found = verify.verify(
            house.store, due=lambda tx, some: rescheduling.dues(tx, house, some), progress=progress
        )
    return Health(whole=not found, findings=tuple(found))


def back_up(house: House, target: Path, progress: Progress = _silent) -> Backup:
    """Copy the whole memory into a new file while the house goes on. Raises Refused."""
    with reaching("the database"):
        try:
            size = copying.backup(house.store, target, progress=progress)
        except BackupRefused as no:
            raise Refused("backup_refused", no.reason, str(target)) from None
    return Backup(file=str(target), bytes=size)


async def make_anew(
    house: House,
    progress: Progress = _silent,
    *,
    workflows: bool = True,
    restored_at: str | None = None,
) -> Rebuilt:
    """Make every read model from the ledger, and start a workflow for everything due.

    Send ids are keys of the business, so nothing goes twice, however often it is repeated. Only
    a memory restored from a backup has forgotten mails: `restored_at` says when the backup was
    made, and what may have gone since then is held in doubt before anything can send it again.
    Raises Malformed for that moment, EngineUnreachable; what was made anew until then stays.
    """
    held = 0
    if restored_at is None:
        streams = await asyncio.to_thread(_models, house, progress)
    else:
        with reaching("the database"):
            lost = restoring.LostTime.since(house, restored_at)
            with clock_by_hand(house, lost.begins) as (past, hand):
                # Moments are computed as of the backup: by now, its touches look missed.
                streams = await asyncio.to_thread(_models, past, progress)
                waiting = await asyncio.to_thread(_due, past, lost.ends)
                held = await restoring.live_through(past, hand, lost, waiting)
    started = await arm(house, progress) if workflows else 0
    return Rebuilt(streams=streams, workflows=started, held=held)


def would_make(house: House, restored_at: str | None = None) -> WouldMake:
    """What `make_anew` would have to do. Raises Malformed, EngineUnreachable."""
    with reaching("the database"):
        with house.store.read() as tx:
            streams = sum(1 for prefix in ("deal/", "nurture/") for _ in _streams(tx, prefix))
        lost = restoring.LostTime.since(house, restored_at) if restored_at is not None else None
    due = _due(house)
    late = [at for at, _ in due if lost is not None and at <= lost.ends]
    return WouldMake(streams=streams, workflows=len(due), lived_through=len(late))


def _models(house: House, progress: Progress) -> int:
    with reaching("the database"):
        return rebuild.rebuild(
            house.store,
            due=lambda tx, some: rescheduling.dues(tx, house, some),
            run_due=lambda tx, some: rescheduling.dues(tx, house, some),
            progress=progress,
        )


def _streams(tx: Tx, prefix: str) -> Iterator[str]:
    last = ""
    while names := ledger.streams(tx, prefix, last):
        yield from names
        last = names[-1]


async def arm(house: House, progress: Progress = _silent) -> int:
    """Wake or start the workflow of everything that is due some day, and the rounds."""
    client = await house.temporal()
    waiting = await asyncio.to_thread(_due, house)
    done = 0

    async def one(stream: str) -> None:
        nonlocal done
        await wake(client, stream)
        done += 1
        progress(done, len(waiting))

    try:
        await a_few_at_once([stream for _, stream in waiting], one)
        await start_rounds(client)
    except RPCError as error:
        raise EngineUnreachable("Temporal", error.message or error.status.name) from error
    return len(waiting)


def _due(house: House, until: datetime = FAR) -> list[tuple[datetime, str]]:
    """The streams that have something to do until a moment, the earliest first."""
    found: list[tuple[datetime, str]] = []
    with reaching("the database"):
        after: tuple[datetime, str] | None = None
        while True:
            with house.store.read() as tx:
                rows = board.due(tx, until, after=after)
            found += [(row.next_due or FAR, deal_workflow_id(row.deal_id)) for row in rows]
            if not rows:
                break
            after = (rows[-1].next_due or FAR, rows[-1].deal_id)
        after = None
        while True:
            with house.store.read() as tx:
                runs = nurtures.due(tx, until, after=after)
            found += [(row.next_due or FAR, nurture_workflow_id(row.enrollment_id)) for row in runs]
            if not runs:
                break
            after = (runs[-1].next_due or FAR, runs[-1].enrollment_id)
    return sorted(found)
