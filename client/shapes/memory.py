"""Memory: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import TypedDict


class Finding(TypedDict):
    """Something that does not agree: which check found it, where, and what it is."""

    check: str
    where: str
    message: str


class Health(TypedDict):
    """Whether the memory is whole, and what does not agree."""

    whole: bool
    findings: "list[Finding]"
