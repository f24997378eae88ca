"""What a mail may name: the closed list of contexts, checked before a template is ever used.

A context is filled by the activities, dumped to plain text and numbers, and only then given to a
template. Times are in the reader's own zone already. Everything that may be unknown is None, and
a mail that prints a None is refused, so a template says what to write instead:
`{{ contact.first_name or "there" }}`.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict


class Group(BaseModel):
    """A group of names."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Contact(Group):
    """The person written to, or written about."""

    email: str
    name: str | None = None
    first_name: str | None = None
    account: str | None = None
    job_title: str | None = None


class Deal(Group):
    """The deal. Its `title` is our own working title; think twice before a customer reads it."""

    title: str
    stage: str
    amount: Decimal | None = None
    currency: str | None = None
    product: str | None = None
    account: str | None = None
    expected_close: date | None = None
    url: str | None = None
    fields: dict[str, Any] = {}


class Owner(Group):
    """Who signs: the deal's owner."""

    name: str
    email: str
    first_name: str | None = None
    phone: str | None = None
    job_title: str | None = None


class Company(Group):
    """Our own company, from the settings."""

    name: str
    postal_address: str
    sender: str
    website: str | None = None


class Links(Group):
    """Links made for this one mail."""

    unsubscribe: str


class Asset(Group):
    """Something to read that the playbook names at the deal's stage."""

    name: str
    title: str
    url: str | None = None


class Person(Group):
    """One of us, who gets an internal mail."""

    name: str
    email: str
    first_name: str | None = None


class Line(Group):
    """One entry of a list for a colleague."""

    title: str
    what: str
    stage: str | None = None
    account: str | None = None
    why: str | None = None
    at: datetime | None = None
    url: str | None = None


class Promise(Group):
    """What somebody of us said we would do."""

    text: str
    due: datetime
    overdue: bool = False


class Draft(Group):
    """A mail that waits for its owner's yes; unsent when the window closes."""

    subject: str
    closes: datetime
    url: str | None = None


class Context(Group):
    """All that one kind of mail may name."""


class DealLetter(Context):
    """To a contact, about a deal. The default of sales, service and marketing mail."""

    contact: Contact
    deal: Deal
    company: Company
    owner: Owner
    links: Links
    assets: tuple[Asset, ...] = ()


class ContactLetter(Context):
    """To a contact, with no deal behind it: nurtures that marketing starts."""

    contact: Contact
    company: Company
    owner: Owner
    links: Links
    assets: tuple[Asset, ...] = ()


class ConsentAsk(Context):
    """To a contact: whether they agree to mail of a purpose. `confirm` is where they say yes."""

    contact: Contact
    company: Company
    owner: Owner
    links: Links
    confirm: str
    until: date


class Notice(Context):
    """To a colleague: something to know or to do."""

    person: Person
    company: Company
    what: str
    why: str | None = None
    due: datetime | None = None
    url: str | None = None
    deal: Deal | None = None
    contact: Contact | None = None


class StagnationNotice(Context):
    """To the owner or a manager: a deal has gone quiet."""

    person: Person
    company: Company
    deal: Deal
    reasons: tuple[str, ...]
    days_in_stage: int | None = None
    last_sign: date | None = None
    owner: Owner | None = None
    prompts: tuple[str, ...] = ()


class PromiseReminder(Context):
    """To whoever promised."""

    person: Person
    company: Company
    deal: Deal
    promise: Promise
    contact: Contact | None = None


class HandOver(Context):
    """To whoever takes care of the customer after the sale."""

    person: Person
    company: Company
    deal: Deal
    owner: Owner | None = None
    contacts: tuple[Contact, ...] = ()
    reason: str | None = None
    due: datetime | None = None


class DraftWaiting(Context):
    """To the owner, whose yes a mail waits for."""

    person: Person
    company: Company
    deal: Deal
    draft: Draft
    contact: Contact | None = None


class ReplyArrived(Context):
    """To the owner: somebody answered, and what they wrote, a paragraph each."""

    person: Person
    company: Company
    deal: Deal
    sender: str
    said: tuple[str, ...] = ()
    contact: Contact | None = None


class Morning(Context):
    """To every owner, once a working day."""

    person: Person
    company: Company
    day: date
    our_turn: tuple[Line, ...] = ()
    overdue: tuple[Line, ...] = ()
    to_do: tuple[Line, ...] = ()
    stagnant: tuple[Line, ...] = ()
    webhooks: tuple[Line, ...] = ()
    goes_out: tuple[Line, ...] = ()
    url: str | None = None


class ImportDigest(Context):
    """To an owner after an import: how many of the deals that came are quiet, the worst first."""

    person: Person
    company: Company
    deals: int
    worst: tuple[Line, ...] = ()
    url: str | None = None


CONTEXTS: dict[str, type[Context]] = {
    "deal": DealLetter,
    "contact": ContactLetter,
    "consent": ConsentAsk,
    "notice": Notice,
    "stagnation": StagnationNotice,
    "promise": PromiseReminder,
    "hand-over": HandOver,
    "draft": DraftWaiting,
    "reply": ReplyArrived,
    "morning": Morning,
    "import-digest": ImportDigest,
}
OUTWARD = frozenset({"deal", "contact", "consent"})


class Frame(Group):
    """What every mail and layout may name beside its context."""

    locale: str
    subject: str
    preheader: str
    purpose: str
