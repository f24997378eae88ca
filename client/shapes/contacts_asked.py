"""Contacts, asked: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import Literal, NotRequired, TypedDict


class Ask(TypedDict):
    """What they are asked by mail to agree to."""

    purpose: NotRequired[Literal["marketing", "service", "sales"]]
    source: NotRequired["str | None"]


class Bounce(TypedDict):
    """Whether the mail came back only for now."""

    soft: NotRequired[bool]


class Consent(TypedDict):
    """What they agreed to, and how: mail of a purpose, on a basis such as `newsletter-form`."""

    purpose: Literal["marketing", "service", "sales"]
    basis: NotRequired[str]
    source: NotRequired["str | None"]
    expires_at: NotRequired["str | None"]


class ContactChange(TypedDict):
    """What is said anew of a known contact; what is left out stays."""

    name: NotRequired["str | None"]
    zone: NotRequired["str | None"]
    country: NotRequired["str | None"]
    locale: NotRequired["str | None"]
    account: NotRequired["str | None"]
    source: NotRequired["str | None"]
    facts: NotRequired[dict[str, str]]


class Event(TypedDict):
    """What happened, as playbooks name it; `key` tells it from others of its name."""

    name: str
    key: NotRequired["str | None"]


class Lifting(TypedDict):
    """The bar to take away: the one against all mail, or against mail of a purpose."""

    who: str
    reason: str
    purpose: NotRequired[Literal["marketing", "service", "sales", "*"]]


class NewContact(TypedDict):
    """Somebody to write to."""

    email: str
    name: NotRequired["str | None"]
    zone: NotRequired["str | None"]
    country: NotRequired["str | None"]
    locale: NotRequired["str | None"]
    account: NotRequired["str | None"]
    source: NotRequired["str | None"]
    consents: NotRequired[list[str]]
    facts: NotRequired[dict[str, str]]


class OptOut(TypedDict):
    """The mail that they want no more of; `*`: any."""

    purpose: NotRequired[Literal["marketing", "service", "sales", "*"]]


class Sought(TypedDict):
    """Pieces of a name or address, or all of one; None for everybody."""

    text: NotRequired["str | None"]


class Suppression(TypedDict):
    """Whom never to write to again (an address, or a contact's id), and why in one word."""

    who: str
    reason: str


class Who(TypedDict):
    """Somebody, by id or address."""

    who: str


class Withdrawal(TypedDict):
    """The consent that they took back (`*`: every one), and how they said so."""

    purpose: Literal["marketing", "service", "sales", "*"]
    how: NotRequired[str]
