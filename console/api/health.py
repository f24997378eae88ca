"""The house examined, its memory verified, and long work that goes on behind the answer."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from console.api.asking import Actor, Here, Id, Number
from console.api.paging import LIMIT_MAX
from console.api.route import router
from domain.access import Permission
from operations import doctor, jobs, upkeep
from operations.doctor import Finding
from operations.jobs import JobView
from operations.upkeep import Health


class Examined(BaseModel):
    """Whether everything works, and each thing examined; what wants a `look` is no failure."""

    works: bool
    findings: list[Finding]


class JobWanted(BaseModel):
    """What to begin: verify the memory, copy it into a backup, or make it anew."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["verify", "backup", "rebuild"]


class JobList(BaseModel):
    """The last jobs, the newest first; nobody needs those before them."""

    jobs: list[JobView]


_WORKS: Final = {"verify": jobs.verify, "backup": jobs.back_up, "rebuild": jobs.rebuild}


def routes() -> list[APIRouter]:
    """`/verify`, `/doctor` and `/jobs`."""
    return [_verifying(), _examining(), _working()]


def _verifying() -> APIRouter:
    api = router("/verify", "Memory", Permission.INSPECT)

    @api.get("")
    def verify_memory(house: Here) -> Health:
        """Compare the ledger with everything made from it; reads all of it, so ask seldom."""
        return upkeep.check(house)

    return api


def _examining() -> APIRouter:
    api = router("/doctor", "Memory", Permission.INSPECT)

    @api.get("")
    async def examine_house(house: Here) -> Examined:
        """Examine everything that the house stands on: database, Temporal, workers, mail …

        What fails does not hide the rest; each thing has five seconds to answer.
        """
        found = await doctor.examine(house)
        return Examined(works=all(one.state != "fails" for one in found), findings=found)

    return api


def _working() -> APIRouter:
    api = router("/jobs", "Memory", Permission.INSPECT)

    @api.get("")
    def list_jobs(house: Here, limit: Annotated[Number, Query(ge=1, le=LIMIT_MAX)] = 50) -> JobList:
        """List the last jobs and how far each is."""
        return JobList(jobs=jobs.newest(house, limit))

    @api.get("/{job_id}")
    def show_job(house: Here, job_id: Id) -> JobView:
        """Show how far a job is, and what it came to."""
        return jobs.show(house, job_id)

    @api.post("")
    async def start_job(house: Here, wanted: JobWanted, actor: Actor) -> JobView:
        """Begin to verify, back up or rebuild; it goes on behind the answer.

        One of a kind at a time (409). A backup lands in the house's own folder, under a name
        that it gives. Asking again is safe.
        """
        return await _WORKS[wanted.kind](house, actor=actor)

    return api
