"""Commands: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import Any, NotRequired, TypedDict


class CommandView(TypedDict):
    """A command and its receipt."""

    command_id: str
    kind: str
    stream: str
    deal_id: "str | None"
    actor: str
    kept_at: str
    answered_at: "str | None"
    status: str
    version: NotRequired["int | None"]
    code: NotRequired["str | None"]
    message: NotRequired["str | None"]
    where: NotRequired["str | None"]
    receipt: NotRequired["dict[str, Any] | None"]
