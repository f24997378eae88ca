"""Addresses that are not written to, whether anybody here knows them or not."""

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from console.access import needs
from console.api.asking import Asked, DryRun, Here
from console.api.paging import Page
from console.api.route import router
from domain.access import Permission
from operations import barring
from operations.barring import BarLine, Barred

Reason = Annotated[str, Field(pattern=r"^[\w.:+-]{1,80}$")]


class Suppression(BaseModel):
    """Whom never to write to again (an address, or a contact's id), and why in one word."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    who: Annotated[str, Field(min_length=1, max_length=320)]
    reason: Reason


class Lifting(Suppression):
    """The bar to take away: the one against all mail, or against mail of a purpose."""

    purpose: Literal["marketing", "service", "sales", "*"] = "*"


class SuppressionList(BaseModel):
    """How many bars there are (scope, reason, count), and one page of them; `next` is a cursor."""

    counts: tuple[tuple[str, str, int], ...]
    newest: tuple[BarLine, ...]
    next: str | None


def routes() -> APIRouter:
    """`/suppressions`."""
    api = router("/suppressions", "Contacts")

    @api.get("")
    def list_suppressions(house: Here, page: Page) -> SuppressionList:
        """Count the addresses that are barred and why, and list them, the newest first."""
        found = barring.bars(house, page.limit, page.place(house))
        return SuppressionList(
            counts=found.counts, newest=found.newest, next=page.following(house, found.cursor)
        )

    @api.post("", dependencies=[needs(Permission.KEEP_CONTACTS)])
    def suppress_address(
        house: Here, bar: Suppression, asked: Asked, dry_run: DryRun = False
    ) -> Barred:
        """Never write to an address again, also to one that nobody here knows."""
        return barring.suppress(house, bar.who, reason=bar.reason, **asked.named, dry_run=dry_run)

    @api.post("/lift", dependencies=[needs(Permission.ERASE)])
    def unsuppress_address(
        house: Here, bar: Lifting, asked: Asked, dry_run: DryRun = False
    ) -> Barred:
        """Take a bar away; who may then be written to still depends on their consents."""
        return barring.unsuppress(
            house,
            bar.who,
            reason=bar.reason,
            scope=bar.purpose,
            **asked.named,
            dry_run=dry_run,
        )

    return api
