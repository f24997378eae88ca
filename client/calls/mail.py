"""Mail: one method an operation."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import cast

from client.shapes.mail import (
    MailList,
    MailSheet,
    MailStatus,
    MailSwitch,
    MailText,
    Released,
    Resolved,
)
from client.shapes.mail_asked import Releasing, Settling, Stopping
from client.wire import Wire, segment


class MailCalls(Wire):
    """What was sent, what was not and why, what is in doubt."""

    async def list_mails(
        self,
        *,
        deal: str | None = None,
        contact: str | None = None,
        status: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> MailList:
        """List mails, the last planned first."""
        return cast(
            "MailList",
            await self._call(
                "GET",
                "/mails",
                query={
                    "deal": deal,
                    "contact": contact,
                    "status": status,
                    "limit": limit,
                    "cursor": cursor,
                },
            ),
        )

    async def show_mail(self, mail: str) -> MailText:
        """Show a mail, by touch id or Message-ID, as it went or as it would go."""
        return cast("MailText", await self._call("GET", f"/mails/{segment(mail)}"))

    async def explain_mail(self, mail: str) -> MailSheet:
        """Tell why a mail was sent or was not, what it went through, and what it would need."""
        return cast("MailSheet", await self._call("GET", f"/mails/{segment(mail)}/explain"))

    async def resolve_mail(
        self,
        mail: str,
        body: Settling,
        *,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
    ) -> Resolved:
        """Settle a doubt: it arrived, it was lost, or it goes again under the same id."""
        return cast(
            "Resolved",
            await self._call(
                "POST",
                f"/mails/{segment(mail)}/resolve",
                body=body,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    async def mail_status(self) -> MailStatus:
        """Say whether mail may go, and which mailboxes are halted."""
        return cast("MailStatus", await self._call("GET", "/mail"))

    async def stop_mail(self, body: Stopping, *, idempotency_key: str | None = None) -> MailSwitch:
        """Stop all mail: nothing enters the wire until it is started."""
        return cast(
            "MailSwitch",
            await self._call(
                "POST", "/mail/stop", body=body, idempotency_key=idempotency_key, keyed=True
            ),
        )

    async def start_mail(self, *, idempotency_key: str | None = None) -> MailSwitch:
        """Let mail go again; windows that passed meanwhile are missed, never a burst."""
        return cast(
            "MailSwitch",
            await self._call("POST", "/mail/start", idempotency_key=idempotency_key, keyed=True),
        )

    async def release_mailbox(
        self, body: Releasing, *, dry_run: bool | None = None, idempotency_key: str | None = None
    ) -> Released:
        """Let one halted mailbox send again."""
        return cast(
            "Released",
            await self._call(
                "POST",
                "/mail/release",
                body=body,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )
