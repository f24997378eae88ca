"""Inbox: one method an operation."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import cast

from client.shapes.inbox import FolderList, InboxList, InboxMail, InboxSettled, Reading
from client.shapes.inbox_asked import Attachment
from client.wire import Wire, segment


class InboxCalls(Wire):
    """What came in and waits for a person."""

    async def list_inbox(
        self,
        *,
        everything: bool | None = None,
        deal: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> InboxList:
        """List mail that waits for a person, the newest first."""
        return cast(
            "InboxList",
            await self._call(
                "GET",
                "/inbox",
                query={"everything": everything, "deal": deal, "limit": limit, "cursor": cursor},
            ),
        )

    async def list_folders(self) -> FolderList:
        """Say how far each folder of the mailboxes is read, and which cannot be."""
        return cast("FolderList", await self._call("GET", "/inbox/folders"))

    async def poll_mailboxes(self) -> Reading:
        """Read the mailboxes now, instead of at the next full minute."""
        return cast("Reading", await self._call("POST", "/inbox/poll"))

    async def show_inbound(self, mail: str) -> InboxMail:
        """Show a mail, what it was taken for and why, and the deals that it may belong to."""
        return cast("InboxMail", await self._call("GET", f"/inbox/{segment(mail)}"))

    async def attach_inbound(
        self,
        mail: str,
        body: Attachment,
        *,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
    ) -> InboxSettled:
        """Attach a mail to a deal. As a reply it stops what runs and starts our turn."""
        return cast(
            "InboxSettled",
            await self._call(
                "POST",
                f"/inbox/{segment(mail)}/attach",
                body=body,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    async def ignore_inbound(
        self, mail: str, *, dry_run: bool | None = None, idempotency_key: str | None = None
    ) -> InboxSettled:
        """Say that a mail concerns nobody. It can still be attached."""
        return cast(
            "InboxSettled",
            await self._call(
                "POST",
                f"/inbox/{segment(mail)}/ignore",
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )
