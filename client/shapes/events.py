"""Events: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import Any, TypedDict


class FeedEvent(TypedDict):
    """One event."""

    position: int
    stream: str
    version: int
    kind: str
    at: str
    recorded_at: str
    actor: str
    cause: "str | None"
    command_id: "str | None"
    playbook_version: "str | None"
    text: str
    data: "dict[str, Any]"


class FeedPage(TypedDict):
    """Some events, the position to go on behind (`next`), and the newest of all (`last`)."""

    events: "list[FeedEvent]"
    next: int
    last: int
