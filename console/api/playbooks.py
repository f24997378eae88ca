"""Playbooks: the rules, checked, compared with what holds, and published."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from console.access import needs
from console.api.asking import NUMBER_MAX, Asked, DryRun, Here, Id, Number
from console.api.route import router
from domain.access import Permission
from operations.authoring import playbooks
from operations.authoring.playbooks import Checked, Difference, PlaybookView, Published


class PlaybookText(BaseModel):
    """A playbook as it is written, in YAML."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=500_000)]


class PlaybookList(BaseModel):
    """The edition of every playbook that holds now, by name."""

    playbooks: list[PlaybookView]


def routes() -> APIRouter:
    """`/playbooks`."""
    api = router("/playbooks", "Playbooks")

    @api.get("")
    def list_playbooks(house: Here) -> PlaybookList:
        """List the published playbooks."""
        return PlaybookList(playbooks=playbooks.list_all(house))

    @api.get("/{playbook}")
    def show_playbook(
        house: Here,
        playbook: Id,
        edition: Annotated[Number, Query(ge=1, le=NUMBER_MAX)] | None = None,
    ) -> PlaybookView:
        """Show a published playbook with its text: the newest edition, or that number."""
        return playbooks.show(house, playbook, edition)

    @api.post("/check", dependencies=[needs(Permission.WRITE_PLAYBOOKS)])
    def check_playbook(house: Here, playbook: PlaybookText) -> Checked:
        """Check a playbook; every error comes at once, with its line and column."""
        return playbooks.check_text(house, playbook.text)

    @api.post("/diff", dependencies=[needs(Permission.WRITE_PLAYBOOKS)])
    def diff_playbook(house: Here, playbook: PlaybookText) -> Difference:
        """Say in words what publishing it would change, and for whom."""
        return playbooks.diff_text(house, playbook.text)

    @api.post("/publish", dependencies=[needs(Permission.WRITE_PLAYBOOKS)])
    def publish_playbook(
        house: Here, playbook: PlaybookText, asked: Asked, dry_run: DryRun = False
    ) -> Published | Difference:
        """Publish it: what differs gets a new version, deals under way keep theirs."""
        if dry_run:
            return playbooks.diff_text(house, playbook.text)
        return playbooks.publish_text(house, playbook.text, **asked.named)

    return api
