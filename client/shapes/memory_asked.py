"""Memory, asked: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import Literal, TypedDict


class JobWanted(TypedDict):
    """What to begin: verify the memory, copy it into a backup, or make it anew."""

    kind: Literal["verify", "backup", "rebuild"]
