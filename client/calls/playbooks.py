"""Playbooks: one method an operation."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import cast

from client.shapes.playbooks import (
    Difference,
    PlaybookChanges,
    PlaybookChecked,
    PlaybookHistory,
    PlaybookList,
    PlaybookView,
    Published,
    Shelved,
)
from client.shapes.playbooks_asked import PlaybookText, PlaybookToPublish
from client.wire import Wire, segment


class PlaybooksCalls(Wire):
    """The rules."""

    async def list_playbooks(self) -> PlaybookList:
        """List the published playbooks."""
        return cast("PlaybookList", await self._call("GET", "/playbooks"))

    async def show_playbook(self, playbook: str, *, edition: int | None = None) -> PlaybookView:
        """Show a published playbook with its text: the newest edition, or that number."""
        return cast(
            "PlaybookView",
            await self._call("GET", f"/playbooks/{segment(playbook)}", query={"edition": edition}),
        )

    async def show_playbook_parts(self, playbook: str) -> Shelved:
        """Show its parts, and who is in flight under which version of them, and where."""
        return cast("Shelved", await self._call("GET", f"/playbooks/{segment(playbook)}/parts"))

    async def list_playbook_editions(self, playbook: str) -> PlaybookHistory:
        """List what was published of it, when, by whom, and which parts that changed."""
        return cast(
            "PlaybookHistory", await self._call("GET", f"/playbooks/{segment(playbook)}/editions")
        )

    async def compare_playbook_editions(
        self, playbook: str, *, before: int | None = None, after: int | None = None
    ) -> PlaybookChanges:
        """Say in words what differs between two editions."""
        return cast(
            "PlaybookChanges",
            await self._call(
                "GET",
                f"/playbooks/{segment(playbook)}/changes",
                query={"before": before, "after": after},
            ),
        )

    async def check_playbook(self, body: PlaybookText) -> PlaybookChecked:
        """Check a playbook; every error comes at once, with its line and column."""
        return cast("PlaybookChecked", await self._call("POST", "/playbooks/check", body=body))

    async def diff_playbook(self, body: PlaybookText) -> Difference:
        """Say in words what publishing it would change, and for whom."""
        return cast("Difference", await self._call("POST", "/playbooks/diff", body=body))

    async def publish_playbook(
        self,
        body: PlaybookToPublish,
        *,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
    ) -> Published | Difference:
        """Publish it: what differs gets a new version, deals under way keep theirs."""
        return cast(
            "Published | Difference",
            await self._call(
                "POST",
                "/playbooks/publish",
                body=body,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )
