"""Playbooks: the rules, checked, compared with what holds, and published."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from console.access import needs
from console.api.asking import NUMBER_MAX, Asked, DryRun, Here, Id, Number
from console.api.route import router
from domain.access import Permission
from operations.authoring import editions, playbooks
from operations.authoring.changes import Change
from operations.authoring.editions import EditionLine, Shelved
from operations.authoring.playbooks import Checked, Difference, PlaybookView, Published


class PlaybookText(BaseModel):
    """A playbook as it is written, in YAML."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=500_000)]


class PlaybookToPublish(PlaybookText):
    """A playbook to publish.

    `based_on` is the edition that the text was made from, 0 for a new playbook: refused when
    another one holds by now. Without it the text is published over whatever holds.
    """

    based_on: Annotated[int, Field(ge=0, le=NUMBER_MAX)] | None = None


class PlaybookHistory(BaseModel):
    """The publications of a playbook, the newest first."""

    editions: tuple[EditionLine, ...]


class PlaybookChanges(BaseModel):
    """What differs between two editions, part by part, and in words."""

    changes: tuple[Change, ...]
    texts: tuple[str, ...]


class PlaybookList(BaseModel):
    """The edition of every playbook that holds now, by name: a house has a few."""

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

    @api.get("/{playbook}/parts")
    def show_playbook_parts(house: Here, playbook: Id) -> Shelved:
        """Show its parts, and who is in flight under which version of them, and where."""
        return editions.kept(house, playbook).shelved

    @api.get("/{playbook}/editions")
    def list_playbook_editions(house: Here, playbook: Id) -> PlaybookHistory:
        """List what was published of it, when, by whom, and which parts that changed."""
        return PlaybookHistory(editions=editions.history(house, playbook))

    @api.get("/{playbook}/changes")
    def compare_playbook_editions(
        house: Here,
        playbook: Id,
        before: Annotated[Number, Query(ge=1, le=NUMBER_MAX)],
        after: Annotated[Number, Query(ge=1, le=NUMBER_MAX)],
    ) -> PlaybookChanges:
        """Say in words what differs between two editions."""
        found = editions.between(house, playbook, before, after)
        return PlaybookChanges(changes=found, texts=tuple(one.text for one in found))

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
        house: Here, playbook: PlaybookToPublish, asked: Asked, dry_run: DryRun = False
    ) -> Published | Difference:
        """Publish it: what differs gets a new version, deals under way keep theirs."""
        if dry_run:
            return playbooks.diff_text(house, playbook.text)
        return playbooks.publish_text(
            house, playbook.text, **asked.named, based_on=playbook.based_on
        )

    return api
