"""Mails: what was sent, what was not and why, what is in doubt; and the switch for all of it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from console.access import needs
from console.api.asking import Asked, DryRun, Here, Id, Word
from console.api.paging import Page
from console.api.route import SEES, router
from domain.access import Permission
from operations.post import mail_room, mail_sheet, mailboxes
from operations.post.mail_room import MailLine, MailSwitch, MailText, Resolved
from operations.post.mail_sheet import MailSheet
from operations.post.mailboxes import Halted, Released


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Settling(_Said):
    """What is known of a mail in doubt, or what to do, and how it is known.

    `at` is when a mail that arrived did so: a moment, or a day on the clock of the house. The
    steps behind it count from then.
    """

    outcome: Literal["arrived", "lost", "again"]
    reason: Annotated[str, Field(max_length=2_000)] = ""
    at: Annotated[str, Field(pattern=r"^[0-9TZ:.+-]{10,40}$")] | None = None


class Stopping(_Said):
    """Why all mail stops: shown to everybody who asks."""

    reason: Annotated[str, Field(min_length=1, max_length=2_000)] | None = None


class Releasing(_Said):
    """A mailbox of ours, by name, that bounces or complaints have halted."""

    mailbox: Annotated[str, Field(min_length=1, max_length=200)]


class MailList(BaseModel):
    """One page of mails, last planned first; `next` is a cursor."""

    mails: tuple[MailLine, ...]
    next: str | None


class MailStatus(MailSwitch):
    """Whether mail may go, and which mailboxes are halted."""

    halted: list[Halted]


def routes() -> list[APIRouter]:
    """`/mails` and `/mail`."""
    return [_mails(), _switch()]


def _mails() -> APIRouter:
    api = router("/mails", "Mail")

    @api.get("")
    def list_mails(
        house: Here,
        page: Page,
        deal: Annotated[Word | None, Query(description="A deal's id")] = None,
        contact: Annotated[Word | None, Query(description="A contact's id")] = None,
        status: Annotated[
            Word | None, Query(description="planned, sent, refused, in_doubt, cancelled, missed …")
        ] = None,
    ) -> MailList:
        """List mails, the last planned first."""
        found = mail_room.list_page(
            house,
            deal=deal,
            contact=contact,
            status=status,
            cursor=page.place(house),
            limit=page.limit,
        )
        return MailList(mails=found.mails, next=page.following(house, found.cursor))

    @api.get("/{mail}")
    def show_mail(house: Here, mail: Id) -> MailText:
        """Show a mail, by touch id or Message-ID, as it went or as it would go."""
        return mail_room.show(house, mail)

    @api.get("/{mail}/explain")
    def explain_mail(house: Here, mail: Id) -> MailSheet:
        """Tell why a mail was sent or was not, what it went through, and what it would need."""
        return mail_sheet.show(house, mail)

    @api.post("/{mail}/resolve", dependencies=[needs(Permission.SETTLE_MAIL), SEES])
    def resolve_mail(
        house: Here, mail: Id, settling: Settling, asked: Asked, dry_run: DryRun = False
    ) -> Resolved:
        """Settle a doubt: it arrived, it was lost, or it goes again under the same id."""
        return mail_room.resolve(
            house,
            mail,
            settling.outcome,
            **asked.named,
            reason=settling.reason,
            at=settling.at,
            dry_run=dry_run,
        )

    return api


def _switch() -> APIRouter:
    api = router("/mail", "Mail")
    may = [needs(Permission.SETTLE_MAIL)]

    @api.get("")
    def mail_status(house: Here) -> MailStatus:
        """Say whether mail may go, and which mailboxes are halted."""
        found = mail_room.switch(house)
        return MailStatus(**found.model_dump(), halted=mailboxes.halted(house))

    @api.post("/stop", dependencies=may)
    def stop_mail(house: Here, stopping: Stopping, asked: Asked) -> MailSwitch:
        """Stop all mail: nothing enters the wire until it is started."""
        return mail_room.stop(house, **asked.named, reason=stopping.reason)

    @api.post("/start", dependencies=may)
    def start_mail(house: Here, asked: Asked) -> MailSwitch:
        """Let mail go again; windows that passed meanwhile are missed, never a burst."""
        return mail_room.start(house, **asked.named)

    @api.post("/release", dependencies=may)
    def release_mailbox(
        house: Here, releasing: Releasing, asked: Asked, dry_run: DryRun = False
    ) -> Released:
        """Let one halted mailbox send again."""
        return mailboxes.release(house, releasing.mailbox, **asked.named, dry_run=dry_run)

    return api
