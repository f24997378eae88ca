"""Keys: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import TypedDict


class KeyList(TypedDict):
    """Every key, also those that are over, the newest first: a house has a few."""

    keys: "list[KeyView]"


class KeyView(TypedDict):
    """A key as the doors show it."""

    key_id: str
    name: str
    scopes: list[str]
    per_minute: int
    status: str
    created_at: str
    created_by: str
    expires_at: "str | None"
    used_at: "str | None"
    revoked_at: "str | None"


class NewKey(TypedDict):
    """A key that was just made; `secret` is what its program sends, and is never shown again."""

    key_id: str
    name: str
    scopes: list[str]
    per_minute: int
    status: str
    created_at: str
    created_by: str
    expires_at: "str | None"
    used_at: "str | None"
    revoked_at: "str | None"
    secret: str
