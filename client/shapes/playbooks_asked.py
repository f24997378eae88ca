"""Playbooks, asked: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import NotRequired, TypedDict


class PlaybookText(TypedDict):
    """A playbook as it is written, in YAML."""

    text: str


class PlaybookToPublish(TypedDict):
    """A playbook to publish."""

    text: str
    based_on: NotRequired["int | None"]
