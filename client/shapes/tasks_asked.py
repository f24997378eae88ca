"""Tasks, asked: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import NotRequired, TypedDict


class Done(TypedDict):
    """Which words of a draft were read (`draft.words`): it goes in no others."""

    words: NotRequired["str | None"]
