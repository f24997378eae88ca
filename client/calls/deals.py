"""Deals: one method an operation."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import Literal, cast

from client.shapes.deals import (
    Axis,
    BulkAnswer,
    Coming,
    DealHistory,
    DealList,
    DealView,
    Explanation,
    Preview,
    Told,
)
from client.shapes.deals_asked import (
    AdvanceDeal,
    AgreeWait,
    AssignOwner,
    Bulk,
    ChangeDetails,
    ClearAttention,
    EnrollDeal,
    KeepPromise,
    LinkContact,
    LogActivity,
    LoseDeal,
    MakePromise,
    MoveBackDeal,
    NoteAbsence,
    Opening,
    PauseDeal,
    RecordReply,
    ReopenDeal,
    ResumeDeal,
    SetAccount,
    StopByHand,
    TransferWork,
    WinDeal,
)
from client.wire import Wire, segment


class DealsCalls(Wire):
    """Open deals, move them, and read their past, present and future."""

    async def list_deals(
        self,
        *,
        status: Literal["open", "won", "lost"] | None = None,
        playbook: str | None = None,
        stage: str | None = None,
        owner: str | None = None,
        contact: str | None = None,
        account: str | None = None,
        stagnant: bool | None = None,
        paused: bool | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> DealList:
        """List deals, the last changed first."""
        return cast(
            "DealList",
            await self._call(
                "GET",
                "/deals",
                query={
                    "status": status,
                    "playbook": playbook,
                    "stage": stage,
                    "owner": owner,
                    "contact": contact,
                    "account": account,
                    "stagnant": stagnant,
                    "paused": paused,
                    "limit": limit,
                    "cursor": cursor,
                },
            ),
        )

    async def open_deal(
        self, body: Opening, *, dry_run: bool | None = None, idempotency_key: str | None = None
    ) -> Preview | Told:
        """Open a deal. It says what will go when; by default its first follow-ups begin."""
        return cast(
            "Preview | Told",
            await self._call(
                "POST",
                "/deals",
                body=body,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    async def command_deal(
        self,
        deal_id: str,
        body: AdvanceDeal
        | MoveBackDeal
        | ChangeDetails
        | LinkContact
        | SetAccount
        | AssignOwner
        | TransferWork
        | LogActivity
        | RecordReply
        | NoteAbsence
        | MakePromise
        | KeepPromise
        | AgreeWait
        | PauseDeal
        | ResumeDeal
        | WinDeal
        | LoseDeal
        | ReopenDeal
        | EnrollDeal
        | StopByHand
        | ClearAttention,
        *,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> Told | Preview:
        """Ask something of a deal: move it, win it, tell what was said, pause it …"""
        return cast(
            "Told | Preview",
            await self._call(
                "POST",
                f"/deals/{segment(deal_id)}/commands",
                body=body,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
                keyed=True,
                if_match=if_match,
            ),
        )

    async def show_deal(
        self,
        deal_id: str,
        *,
        as_of: str | None = None,
        known: bool | None = None,
        if_none_match: int | None = None,
    ) -> DealView | None:
        """Show everything about a deal, now or as of a moment."""
        return cast(
            "DealView | None",
            await self._call(
                "GET",
                f"/deals/{segment(deal_id)}",
                query={"as_of": as_of, "known": known},
                if_none_match=if_none_match,
            ),
        )

    async def deal_history(
        self,
        deal_id: str,
        *,
        after: int | None = None,
        limit: int | None = None,
        as_of: str | None = None,
        known: bool | None = None,
    ) -> DealHistory:
        """Tell what happened to a deal, oldest first, with who, why and by which rule."""
        return cast(
            "DealHistory",
            await self._call(
                "GET",
                f"/deals/{segment(deal_id)}/history",
                query={"after": after, "limit": limit, "as_of": as_of, "known": known},
            ),
        )

    async def deal_next(
        self, deal_id: str, *, as_of: str | None = None, known: bool | None = None
    ) -> Coming:
        """Tell what will happen to a deal by itself, soonest first, and why."""
        return cast(
            "Coming",
            await self._call(
                "GET", f"/deals/{segment(deal_id)}/next", query={"as_of": as_of, "known": known}
            ),
        )

    async def explain_deal(
        self, deal_id: str, *, as_of: str | None = None, known: bool | None = None
    ) -> Explanation:
        """Tell why each touch was made or was not, and what those to come wait for."""
        return cast(
            "Explanation",
            await self._call(
                "GET", f"/deals/{segment(deal_id)}/explain", query={"as_of": as_of, "known": known}
            ),
        )

    async def deal_timeline(
        self,
        deal_id: str,
        *,
        limit: int | None = None,
        as_of: str | None = None,
        known: bool | None = None,
    ) -> Axis:
        """Tell the past and the planned future of a deal on one axis, with what was not done."""
        return cast(
            "Axis",
            await self._call(
                "GET",
                f"/deals/{segment(deal_id)}/timeline",
                query={"limit": limit, "as_of": as_of, "known": known},
            ),
        )

    async def ask_in_bulk(self, body: Bulk) -> BulkAnswer:
        """Ask many things at once; each is answered by itself, in order, with its own status."""
        return cast("BulkAnswer", await self._call("POST", "/bulk", body=body))
