"""Playbooks, asked: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import TypedDict


class PlaybookText(TypedDict):
    """A playbook as it is written, in YAML."""

    text: str
