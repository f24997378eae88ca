"""Nurtures, asked: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import NotRequired, TypedDict


class Entrants(TypedDict):
    """Whom to let in: contacts by id or address, or all that fit every condition of `where`."""

    contacts: NotRequired[list[str]]
    where: NotRequired["dict[str, list[str]] | None"]


class Leavers(TypedDict):
    """For whom it stops: one contact by id or address, or everybody."""

    contact: NotRequired["str | None"]
    everybody: NotRequired[bool]
