"""Audit: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import TypedDict


class AuditLine(TypedDict):
    """An entry as the doors show it; `what` is the kind of command, or of what was done."""

    entry_id: int
    at: str
    actor: str
    key_id: "str | None"
    what: str
    stream: "str | None"
    command_id: "str | None"
    outcome: str
    code: "str | None"


class AuditList(TypedDict):
    """One page of the log, the newest first; `next` is a cursor."""

    entries: "list[AuditLine]"
    next: "str | None"
