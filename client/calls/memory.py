"""Memory: one method an operation."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import cast

from client.shapes.memory import Examined, Health, JobList
from client.shapes.memory_asked import JobWanted
from client.shapes.people import JobView
from client.wire import Wire, segment


class MemoryCalls(Wire):
    """The ledger and what is made from it: verified, copied; the house examined."""

    async def verify_memory(self) -> Health:
        """Compare the ledger with everything made from it; reads all of it, so ask seldom."""
        return cast("Health", await self._call("GET", "/verify"))

    async def examine_house(self) -> Examined:
        """Examine everything that the house stands on: database, Temporal, workers, mail …"""
        return cast("Examined", await self._call("GET", "/doctor"))

    async def list_jobs(self, *, limit: int | None = None) -> JobList:
        """List the last jobs and how far each is."""
        return cast("JobList", await self._call("GET", "/jobs", query={"limit": limit}))

    async def start_job(self, body: JobWanted) -> JobView:
        """Begin to verify, back up or rebuild; it goes on behind the answer."""
        return cast("JobView", await self._call("POST", "/jobs", body=body))

    async def show_job(self, job_id: str) -> JobView:
        """Show how far a job is, and what it came to."""
        return cast("JobView", await self._call("GET", f"/jobs/{segment(job_id)}"))
