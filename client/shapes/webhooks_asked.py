"""Webhooks, asked: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import NotRequired, TypedDict


class Registration(TypedDict):
    """Where to send (https), which kinds of events (none: all), from behind which position."""

    url: str
    kinds: NotRequired[list[str]]
    description: NotRequired[str]
    after: NotRequired["int | None"]


class Replaying(TypedDict):
    """Which events to tell again; none: all that are dead."""

    positions: NotRequired[list[int]]
