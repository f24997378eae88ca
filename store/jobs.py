"""Long work that somebody asked for: how far it is, whether it lives, what it came to."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import insert, select, update

from store.database import Tx
from store.tables import jobs

Status = Literal["running", "done", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of work. Times are wall time; a running one that stops to beat is lost."""

    job_id: str
    kind: str
    actor: str
    started_at: datetime
    beat_at: datetime
    status: Status = "running"
    done: int = 0
    total: int = 0
    result: dict[str, Any] | None = None
    message: str | None = None
    ended_at: datetime | None = None


def add(tx: Tx, job: Job) -> None:
    """Keep a job that begins."""
    tx.execute(insert(jobs), asdict(job))


def load(tx: Tx, job_id: str) -> Job | None:
    """The job of this id."""
    row = tx.execute(select(jobs).where(jobs.c.job_id == job_id)).mappings().first()
    return Job(**row) if row is not None else None


def beating(tx: Tx, kind: str, since: datetime) -> Job | None:
    """The job of that kind that runs and was heard since a moment."""
    query = select(jobs).where(
        jobs.c.kind == kind, jobs.c.status == "running", jobs.c.beat_at > since
    )
    row = tx.execute(query.limit(1)).mappings().first()
    return Job(**row) if row is not None else None


def change(tx: Tx, job_id: str, **fresh: Any) -> None:
    """Keep how far a job is, or how it ended."""
    tx.execute(update(jobs).where(jobs.c.job_id == job_id).values(**fresh))


def newest(tx: Tx, limit: int = 10) -> list[Job]:
    """The last ones, the newest first."""
    query = select(jobs).order_by(jobs.c.started_at.desc(), jobs.c.job_id).limit(limit)
    return [Job(**row) for row in tx.execute(query).mappings()]
