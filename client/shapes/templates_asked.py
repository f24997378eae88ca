"""Templates, asked: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import NotRequired, TypedDict


class TemplateText(TypedDict):
    """A mail as it is written, in one language (the default one without `locale`)."""

    text: str
    locale: NotRequired["str | None"]
    base: NotRequired["str | None"]


class TestMail(TypedDict):
    """Which of our own people gets it, by id or address, and whom it is filled in for."""

    to: str
    deal: NotRequired["str | None"]
    contact: NotRequired["str | None"]
    locale: NotRequired["str | None"]
