"""The audit log: who asked for what, through which door, and what became of it."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from console.api.asking import Here
from console.api.paging import Page
from console.api.route import router
from domain.access import Permission
from operations.access import auditing
from operations.access.auditing import Line

Name = Annotated[str | None, Query(pattern=r"^[\w.:+/-]{1,160}$")]


class AuditList(BaseModel):
    """One page of the log, the newest first; `next` is a cursor."""

    entries: tuple[Line, ...]
    next: str | None


def routes() -> APIRouter:
    """`/audit`."""
    api = router("/audit", "Audit", Permission.INSPECT)

    @api.get("")
    def read_audit(house: Here, page: Page, actor: Name = None, stream: Name = None) -> AuditList:
        """Read the audit log, the newest first: of all, of an `actor`, about a `stream`.

        An actor is a person's id or `key/KEY`; a stream is `deal/D-…`, `contact/C-…`,
        `person/P-…`. Moments are wall time.
        """
        found = auditing.list_page(
            house, actor=actor, stream=stream, cursor=page.place(house), limit=page.limit
        )
        return AuditList(entries=found.entries, next=page.following(house, found.cursor))

    return api
