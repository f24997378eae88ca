"""Inbox, asked: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import Literal, NotRequired, TypedDict


class Attachment(TypedDict):
    """The deal that a mail belongs to, who wrote it, what it means, and whether to know"""

    deal: str
    contact: NotRequired["str | None"]
    meaning: NotRequired[Literal["reply", "note"] | None]
    remember: NotRequired[bool]
