"""The inbox: mail that came in and waits for a person; attach it to a deal, or ignore it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from console.access import needs
from console.api.asking import Asked, DryRun, Flag, Here, Id, Word
from console.api.paging import Page
from console.api.route import SEES, router
from domain.access import Permission
from operations.inbound import inbox, polling
from operations.inbound.inbox import InboxLine, InboxMail, Settled
from operations.inbound.polling import Cursor, FolderRead


class Attachment(BaseModel):
    """The deal that a mail belongs to, who wrote it, what it means, and whether to know
    its address as one of the contact's from now on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    deal: Annotated[str, Field(pattern=r"^[\w.:+-]{1,80}$")]
    contact: Annotated[str, Field(min_length=1, max_length=320)] | None = None
    meaning: Literal["reply", "note"] | None = None
    remember: bool = False


class InboxList(BaseModel):
    """One page of what came in, the newest first; `next` is a cursor."""

    mails: tuple[InboxLine, ...]
    next: str | None


class FolderList(BaseModel):
    """How far each folder of each mailbox is read, and which cannot be: all of them."""

    folders: list[Cursor]


class Reading(BaseModel):
    """What was found in each folder just now."""

    folders: list[FolderRead]


def routes() -> APIRouter:
    """`/inbox`."""
    api = router("/inbox", "Inbox")
    may = [needs(Permission.WORK_DEALS), SEES]

    @api.get("")
    def list_inbox(
        house: Here,
        page: Page,
        everything: Annotated[Flag, Query(description="Also what is matched or settled")] = False,
        deal: Annotated[Word | None, Query(description="What came in about this deal")] = None,
    ) -> InboxList:
        """List mail that waits for a person, the newest first."""
        found = inbox.list_page(
            house,
            everything=everything,
            deal=deal,
            cursor=page.place(house),
            limit=page.limit,
        )
        return InboxList(mails=found.mails, next=page.following(house, found.cursor))

    @api.get("/folders")
    def list_folders(house: Here) -> FolderList:
        """Say how far each folder of the mailboxes is read, and which cannot be."""
        return FolderList(folders=polling.folders(house))

    @api.post("/poll", dependencies=[needs(Permission.SETTLE_MAIL), SEES])
    def poll_mailboxes(house: Here) -> Reading:
        """Read the mailboxes now, instead of at the next full minute."""
        return Reading(folders=polling.read_now(house))

    @api.get("/{mail}")
    def show_inbound(house: Here, mail: Id) -> InboxMail:
        """Show a mail, what it was taken for and why, and the deals that it may belong to."""
        return inbox.show(house, mail)

    @api.post("/{mail}/attach", dependencies=may)
    def attach_inbound(
        house: Here, mail: Id, attachment: Attachment, asked: Asked, dry_run: DryRun = False
    ) -> Settled:
        """Attach a mail to a deal. As a reply it stops what runs and starts our turn."""
        return inbox.attach(
            house,
            mail,
            attachment.deal,
            **asked.named,
            contact=attachment.contact,
            meaning=attachment.meaning,
            remember=attachment.remember,
            dry_run=dry_run,
        )

    @api.post("/{mail}/ignore", dependencies=may)
    def ignore_inbound(house: Here, mail: Id, asked: Asked, dry_run: DryRun = False) -> Settled:
        """Say that a mail concerns nobody. It can still be attached."""
        return inbox.ignore(house, mail, **asked.named, dry_run=dry_run)

    return api
