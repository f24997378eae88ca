"""Imports, asked: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import Literal, NotRequired, TypedDict


class ContactFiles(TypedDict):
    """The shape ContactFiles"""

    file: str
    mapping: NotRequired["str | None"]
    dates: NotRequired[Literal["iso", "dmy", "mdy"] | None]


class DealFiles(TypedDict):
    """The shape DealFiles"""

    file: str
    products: NotRequired["str | None"]
    accounts: NotRequired["str | None"]
    people: NotRequired["str | None"]
    mapping: NotRequired["str | None"]
    enroll: NotRequired[Literal["none", "matching"]]
    dates: NotRequired[Literal["iso", "dmy", "mdy"] | None]
