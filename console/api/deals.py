"""Deals: open one, ask something of it, read it and its past, present and future."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from console.access import needs
from console.api.asking import (
    NUMBER_MAX,
    Asked,
    AskedIf,
    DryRun,
    Flag,
    Here,
    Id,
    Line,
    Number,
    Seen,
    Word,
    unchanged,
)
from console.api.paging import LIMIT_MAX, Page
from console.api.route import SEES, router
from domain import commands as c
from domain.access import Permission
from operations import axis, deals, history, looking_back
from operations.axis import Axis
from operations.deal_view import DealView
from operations.deals import DealRow, Opening, Preview, Told
from operations.history import Coming, Explanation


class StopByHand(c.StopEnrollments):
    """Stop what runs: of one contact, of one sequence (`part`), or all."""

    reason: Literal["by_hand"] = "by_hand"


DealCommand = Annotated[
    c.AdvanceDeal
    | c.MoveBackDeal
    | c.ChangeDetails
    | c.LinkContact
    | c.SetAccount
    | c.AssignOwner
    | c.TransferWork
    | c.LogActivity
    | c.RecordReply
    | c.NoteAbsence
    | c.MakePromise
    | c.KeepPromise
    | c.AgreeWait
    | c.PauseDeal
    | c.ResumeDeal
    | c.WinDeal
    | c.LoseDeal
    | c.ReopenDeal
    | c.EnrollDeal
    | StopByHand
    | c.ClearAttention,
    Field(discriminator="kind"),
]
"""What may be asked of a deal here. Opening, importing and tasks have addresses of their own;
the rest of the domain's union is the house's own to ask."""


Moment = Annotated[
    str | None,
    Query(
        pattern=r"^[0-9TZ:.+-]{10,40}$",
        description="As of that moment: 2026-03-02T09:00Z, or a day to its end",
    ),
]
Known = Annotated[Flag, Query(description="With `as_of`: only what had been recorded by then")]


class DealList(BaseModel):
    """One page of deals, last changed first; `owners` names their ids, `next` is a cursor."""

    deals: tuple[DealRow, ...]
    owners: dict[str, str]
    next: str | None


class DealHistory(BaseModel):
    """Events of a deal, oldest first; `next` is the version to go on behind."""

    events: tuple[history.Line, ...]
    next: int | None


def routes() -> APIRouter:
    """`/deals`."""
    api = router("/deals", "Deals")
    _listing(api)
    _telling(api)
    _looking(api)
    _foretelling(api)
    return api


def _listing(api: APIRouter) -> None:
    @api.get("")
    def list_deals(
        house: Here,
        page: Page,
        status: Literal["open", "won", "lost"] | None = None,
        playbook: Word | None = None,
        stage: Line | None = None,
        owner: Annotated[Word | None, Query(description="A person's id")] = None,
        contact: Annotated[Word | None, Query(description="A contact's id")] = None,
        account: Annotated[Word | None, Query(description="An account's id")] = None,
        stagnant: Flag | None = None,
        paused: Flag | None = None,
    ) -> DealList:
        """List deals, the last changed first.

        What changes between two pages comes to the front, so nothing is listed twice and all
        that stayed as it was is listed; the event feed tells what changed.
        """
        found = deals.list_page(
            house,
            status=status,
            playbook=playbook,
            stage=stage,
            owner=owner,
            contact=contact,
            account=account,
            stagnant=stagnant,
            paused=paused,
            cursor=page.place(house),
            limit=page.limit,
        )
        following = page.following(house, found.cursor)
        return DealList(deals=found.deals, owners=found.owners, next=following)


def _telling(api: APIRouter) -> None:
    @api.post(
        "",
        status_code=201,
        dependencies=[needs(Permission.WORK_DEALS), SEES],
        responses={200: {"model": Preview, "description": "What it would do (dry_run)"}},
    )
    async def open_deal(
        house: Here, opening: Opening, asked: Asked, response: Response, dry_run: DryRun = False
    ) -> Told | Preview:
        """Open a deal. It says what will go when; by default its first follow-ups begin.

        `contacts` and `owner` are ids or addresses, `account` a name or an id. Without a
        playbook the house's default holds.
        """
        if dry_run:
            response.status_code = 200
            return await asyncio.to_thread(deals.preview_opening, house, opening, actor=asked.actor)
        told = await deals.open_deal(house, opening, **asked.named)
        response.headers["location"] = f"{api.prefix}/{told.deal_id}"
        response.headers["etag"] = f'"{told.version}"'
        return told

    @api.post("/{deal_id}/commands", dependencies=[needs(Permission.WORK_DEALS), SEES])
    async def command_deal(
        house: Here,
        deal_id: Id,
        command: DealCommand,
        asked: AskedIf,
        response: Response,
        dry_run: DryRun = False,
    ) -> Told | Preview:
        """Ask something of a deal: move it, win it, tell what was said, pause it …

        `kind` says what. Moments carry an offset; people, contacts and accounts are ids. What
        was accepted and is not recorded within ten seconds is answered with 202 and an address
        that tells what became of it.
        """
        if asked.if_version is not None:
            command = command.model_copy(update={"if_version": asked.if_version})
        if dry_run:
            return await asyncio.to_thread(deals.preview, house, deal_id, command)
        told = await deals.tell(house, deal_id, command, **asked.named)
        response.headers["etag"] = f'"{told.version}"'
        return told


def _looking(api: APIRouter) -> None:
    @api.get("/{deal_id}", response_model=DealView)
    def show_deal(
        house: Here,
        deal_id: Id,
        response: Response,
        seen: Seen,
        as_of: Moment = None,
        known: Known = False,
    ) -> DealView | Response:
        """Show everything about a deal, now or as of a moment.

        Its ETag is the version that If-Match takes; a look back has none.
        """
        back = looking_back.as_of(house, deal_id, as_of, known)
        found = deals.show(house, deal_id, as_of=back)
        if back is not None:
            return found
        return unchanged(response, found.version, seen) or found

    @api.get("/{deal_id}/history")
    def deal_history(
        house: Here,
        deal_id: Id,
        after: Annotated[
            Number, Query(ge=0, le=NUMBER_MAX, description="The version to go on behind")
        ] = 0,
        limit: Annotated[Number, Query(ge=1, le=LIMIT_MAX)] = 100,
        as_of: Moment = None,
        known: Known = False,
    ) -> DealHistory:
        """Tell what happened to a deal, oldest first, with who, why and by which rule.

        Go on with `after` = `next` of the page before.
        """
        back = looking_back.as_of(house, deal_id, as_of, known)
        found = history.of_deal(house, deal_id, after=after, limit=limit + 1, as_of=back)
        following = found[limit - 1].version if len(found) > limit else None
        return DealHistory(events=tuple(found[:limit]), next=following)


def _foretelling(api: APIRouter) -> None:
    @api.get("/{deal_id}/next")
    def deal_next(house: Here, deal_id: Id, as_of: Moment = None, known: Known = False) -> Coming:
        """Tell what will happen to a deal by itself, soonest first, and why."""
        back = looking_back.as_of(house, deal_id, as_of, known)
        return history.coming(house, deal_id, as_of=back)

    @api.get("/{deal_id}/explain")
    def explain_deal(
        house: Here, deal_id: Id, as_of: Moment = None, known: Known = False
    ) -> Explanation:
        """Tell why each touch was made or was not, and what those to come wait for.

        All of them: a deal has as many as its playbook has steps.
        """
        back = looking_back.as_of(house, deal_id, as_of, known)
        return history.explained(house, deal_id, as_of=back)

    @api.get("/{deal_id}/timeline")
    def deal_timeline(
        house: Here,
        deal_id: Id,
        limit: Annotated[
            Number, Query(ge=1, le=LIMIT_MAX, description="The latest so many of what was")
        ] = LIMIT_MAX,
        as_of: Moment = None,
        known: Known = False,
    ) -> Axis:
        """Tell the past and the planned future of a deal on one axis, with what was not done.

        `earlier` counts what stands before the first entry; the history pages through all of it.
        """
        back = looking_back.as_of(house, deal_id, as_of, known)
        return axis.along(house, deal_id, as_of=back, shown=limit)
