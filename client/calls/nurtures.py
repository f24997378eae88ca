"""Nurtures: one method an operation."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import cast

from client.shapes.nurtures import (
    Launch,
    NurtureExplanation,
    NurtureList,
    NurtureState,
    StoppedRuns,
)
from client.shapes.nurtures_asked import Entrants, Leavers
from client.wire import Wire, segment


class NurturesCalls(Wire):
    """Series for contacts apart from a deal."""

    async def list_nurtures(self) -> NurtureList:
        """List the series that are published."""
        return cast("NurtureList", await self._call("GET", "/nurtures"))

    async def show_nurture(
        self,
        nurture: str,
        *,
        playbook: str | None = None,
        contact: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> NurtureState:
        """Show how a series goes: who is in it, what comes next, why runs ended."""
        return cast(
            "NurtureState",
            await self._call(
                "GET",
                f"/nurtures/{segment(nurture)}",
                query={"playbook": playbook, "contact": contact, "limit": limit, "cursor": cursor},
            ),
        )

    async def explain_nurture(
        self, nurture: str, *, contact: str | None = None, playbook: str | None = None
    ) -> NurtureExplanation:
        """Tell why a contact got each mail of a series, or did not, or is not in it."""
        return cast(
            "NurtureExplanation",
            await self._call(
                "GET",
                f"/nurtures/{segment(nurture)}/explain",
                query={"contact": contact, "playbook": playbook},
            ),
        )

    async def enroll_contacts(
        self,
        nurture: str,
        body: Entrants,
        *,
        playbook: str | None = None,
        dry_run: bool | None = None,
    ) -> Launch:
        """Let contacts in; with `dry_run` say how many would be, and who not and why."""
        return cast(
            "Launch",
            await self._call(
                "POST",
                f"/nurtures/{segment(nurture)}/enroll",
                body=body,
                query={"playbook": playbook, "dry_run": dry_run},
            ),
        )

    async def stop_nurture(
        self,
        nurture: str,
        body: Leavers,
        *,
        playbook: str | None = None,
        dry_run: bool | None = None,
    ) -> StoppedRuns:
        """Stop the series for one contact, or for everybody who is in it."""
        return cast(
            "StoppedRuns",
            await self._call(
                "POST",
                f"/nurtures/{segment(nurture)}/stop",
                body=body,
                query={"playbook": playbook, "dry_run": dry_run},
            ),
        )
