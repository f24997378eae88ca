"""Mail, asked: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import Literal, NotRequired, TypedDict


class Releasing(TypedDict):
    """A mailbox of ours, by name, that bounces or complaints have halted."""

    mailbox: str


class Settling(TypedDict):
    """What is known of a mail in doubt, or what to do, and how it is known."""

    outcome: Literal["arrived", "lost", "again"]
    reason: NotRequired[str]
    at: NotRequired["str | None"]


class Stopping(TypedDict):
    """Why all mail stops: shown to everybody who asks."""

    reason: NotRequired["str | None"]
