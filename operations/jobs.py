"""Long work that a page asks for: it goes on behind the answer, and every console shows how far.

A job lives in the process of the console that began it. One that is not heard for a while ended
with its process; asking again is safe for everything that runs here.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.refusal import Malformed, NotFound, Refused
from operations import people, transferring, upkeep
from operations.desk import new_command_id, reaching
from operations.house import EngineUnreachable, House
from operations.logbook import note
from operations.upkeep import Progress
from store import jobs
from store.jobs import Job

BEAT_S: Final = 1.0
"""Seconds between two words of how far a job is."""

SILENT: Final = timedelta(seconds=30)
"""A job that was not heard for so long ended with its process."""

BACKUPS: Final = "backups"
"""The folder below the data folder that backups of the console go to."""

Work = Callable[[Progress], Awaitable[BaseModel]]

_RUNNING: Final[set[asyncio.Task[None]]] = set()
"""What runs here; the loop alone would let a task be collected."""

log = logging.getLogger("sluice.jobs")


class JobView(BaseModel):
    """A job as the doors show it. `status` is running, done, failed, or lost with its process."""

    model_config = ConfigDict(frozen=True)

    job_id: str
    kind: str
    actor: str
    status: str
    done: int
    total: int
    result: dict[str, Any] | None
    message: str | None
    started_at: AwareDatetime
    ended_at: AwareDatetime | None


def newest(house: House, limit: int = 10) -> list[JobView]:
    """The last ones, the newest first."""
    with reaching("the database"), house.store.read() as tx:
        return [_view(house, job) for job in jobs.newest(tx, limit)]


def show(house: House, job_id: str) -> JobView:
    """One job. Raises NotFound."""
    with reaching("the database"), house.store.read() as tx:
        job = jobs.load(tx, job_id)
    if job is None:
        raise NotFound(f"there is no job {job_id[:80]}", "job_id")
    return _view(house, job)


async def verify(house: House, *, actor: str) -> JobView:
    """Compare the ledger with everything made from it. Raises Refused while one does."""

    async def work(progress: Progress) -> BaseModel:
        return await asyncio.to_thread(upkeep.check, house, progress)

    return await start(house, "verify", work, actor=actor)


async def back_up(house: House, *, actor: str) -> JobView:
    """Copy the memory into a new file of the data folder. Raises Refused while one does."""
    folder = house.config.data_dir / BACKUPS
    suffix = "db" if house.store.dialect == "sqlite" else "dump"
    file = folder / f"sluice-{house.time.wall():%Y%m%d-%H%M%S}.{suffix}"

    async def work(progress: Progress) -> BaseModel:
        await asyncio.to_thread(_folder, folder)
        return await asyncio.to_thread(upkeep.back_up, house, file, progress)

    return await start(house, "backup", work, actor=actor)


async def rebuild(house: House, *, actor: str) -> JobView:
    """Make everything anew from the ledger. Raises Refused while that goes on."""

    async def work(progress: Progress) -> BaseModel:
        return await upkeep.make_anew(house, progress)

    return await start(house, "rebuild", work, actor=actor)


async def transfer(house: House, who: str, to: str, *, actor: str) -> JobView:
    """Give everything of one person to another. Raises Refused while somebody's is given.

    And NotFound before anything begins.
    """
    for one in (who, to):
        await asyncio.to_thread(people.show, house, one)

    async def work(progress: Progress) -> BaseModel:
        return await transferring.transfer(house, who, to, actor=actor, progress=progress)

    return await start(house, "transfer", work, actor=actor)


async def start(house: House, kind: str, work: Work, *, actor: str) -> JobView:
    """Begin a job and answer at once. Raises Refused while one of its kind runs."""
    job = await asyncio.to_thread(_begun, house, kind, actor)
    task = asyncio.create_task(_run(house, job, work))
    _RUNNING.add(task)
    task.add_done_callback(_RUNNING.discard)
    return _view(house, job)


async def finished() -> None:
    """Wait for what runs in this process (tests, and a console that stops)."""
    while _RUNNING:
        await asyncio.gather(*_RUNNING, return_exceptions=True)


def _folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)


def _begun(house: House, kind: str, actor: str) -> Job:
    now = house.time.wall()
    its_id = f"J-{new_command_id()[:12]}"
    job = Job(job_id=its_id, kind=kind, actor=actor, started_at=now, beat_at=now)
    with reaching("the database"), house.store.write() as tx:
        if jobs.beating(tx, kind, now - SILENT) is not None:
            raise Refused("runs_already", f"a {kind} runs already; wait for its end")
        jobs.add(tx, job)
        note(tx, house, kind, actor=actor, stream=f"job/{its_id}")
    return job


async def _run(house: House, job: Job, work: Work) -> None:
    """Do the work, say how far it is, and keep what it came to."""
    far = [0, 0]

    def progress(done: int, total: int) -> None:
        far[:] = done, total

    beating = asyncio.create_task(_beat(house, job, far))
    try:
        result = await work(progress)
        ended: dict[str, Any] = {"status": "done", "result": result.model_dump(mode="json")}
    except (Refused, Malformed) as no:
        ended = {"status": "failed", "message": no.message}
    except EngineUnreachable as down:
        ended = {"status": "failed", "message": f"{down.engine} cannot be reached: {down.reason}"}
    except Exception as fault:
        log.exception("the job %s fails", job.job_id)
        told = f"a fault of ours, {type(fault).__name__}; the log of the console has its trace"
        ended = {"status": "failed", "message": told}
    beating.cancel()
    ended |= {"done": far[0], "total": far[1], "ended_at": house.time.wall()}
    await asyncio.to_thread(_change, house, job, ended)


async def _beat(house: House, job: Job, far: list[int]) -> None:
    while True:
        await asyncio.sleep(BEAT_S)
        told = {"done": far[0], "total": far[1], "beat_at": house.time.wall()}
        try:
            await asyncio.to_thread(_change, house, job, told)
        except EngineUnreachable as down:
            log.warning("the job %s cannot say how far it is: %s", job.job_id, down.reason)


def _change(house: House, job: Job, fresh: dict[str, Any]) -> None:
    with reaching("the database"), house.store.write() as tx:
        jobs.change(tx, job.job_id, **fresh)


def _view(house: House, job: Job) -> JobView:
    names = JobView.model_fields.keys() - {"status"}
    lost = job.status == "running" and house.time.wall() - job.beat_at > SILENT
    return JobView(
        status="lost" if lost else job.status, **{name: getattr(job, name) for name in names}
    )
