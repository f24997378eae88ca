"""Contacts: shapes of what is said."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import Any, NotRequired, TypedDict

from client.shapes.deals import Line


class Added(TypedDict):
    """What became of an added contact: made, or known and these details changed."""

    contact_id: str
    created: bool
    changed: NotRequired[list[str]]


class Agreement(TypedDict):
    """A consent as the doors show it; it holds unless withdrawn or expired."""

    purpose: str
    basis: str
    given_at: str
    expires_at: NotRequired["str | None"]
    withdrawn_at: NotRequired["str | None"]


class Bar(TypedDict):
    """Why an address is not written to, for a purpose or for all ("*")."""

    scope: str
    reason: str
    since: str


class BarLine(TypedDict):
    """One bar, the newest first in lists; `contact_id` is None for who is not known here."""

    email_key: str
    contact_id: "str | None"
    scope: str
    reason: str
    since: str


class Barred(TypedDict):
    """What became of an address; `contact_id` where it is a contact's, `email_key` always."""

    email_key: str
    contact_id: NotRequired["str | None"]
    scope: NotRequired[str]
    reason: str
    already: NotRequired[bool]
    deals: NotRequired[list[str]]
    nurtures: NotRequired[list[str]]


class ConsentStep(TypedDict):
    """One step in the history of a consent; `what` is asked, given, withdrawn or opted_out."""

    at: str
    what: str
    purpose: str
    basis: NotRequired["str | None"]
    source: NotRequired["str | None"]
    expires_at: NotRequired["str | None"]
    how: NotRequired["str | None"]
    actor: str


class Consented(TypedDict):
    """A consent that was recorded."""

    contact_id: str
    purpose: str
    basis: str


class ContactHistory(TypedDict):
    """One page of what happened to a contact and in its deals; `next` is a cursor."""

    events: "list[Line]"
    next: "str | None"


class ContactLine(TypedDict):
    """A contact as lists show it."""

    contact_id: str
    email: "str | None"
    name: "str | None"
    zone: "str | None"
    country: "str | None"
    locale: "str | None"
    account_id: "str | None"
    source: "str | None"
    created_at: str


class ContactList(TypedDict):
    """One page of contacts in the order in which they came; `next` is a cursor."""

    contacts: "list[ContactLine]"
    next: "str | None"


class ContactPage(TypedDict):
    """A contact with everything that hangs on it."""

    contact_id: str
    email: "str | None"
    name: "str | None"
    zone: "str | None"
    country: "str | None"
    locale: "str | None"
    account: "str | None"
    source: "str | None"
    forgotten: bool
    version: NotRequired[int]
    consents: NotRequired["list[Agreement]"]
    history: NotRequired["list[ConsentStep]"]
    earlier: NotRequired["int | None"]
    barred: NotRequired["list[Bar]"]
    deals: NotRequired["list[dict[str, Any]]"]
    enrollments: NotRequired["list[dict[str, Any]]"]


class ContactsFound(TypedDict):
    """One page of contacts, the newest first; `next` is a cursor, to be sent with the same text."""

    contacts: "list[FoundLine]"
    next: "str | None"
    looked: "int | None"


class Forgotten(TypedDict):
    """What forgetting erased, or would: how much in each place, and what it stopped."""

    contact_id: str
    already: NotRequired[bool]
    deals: NotRequired[list[str]]
    nurtures: NotRequired[list[str]]
    erased: NotRequired[dict[str, int]]
    waiting: NotRequired[int]
    scrubbed: NotRequired[bool]


class FoundLine(TypedDict):
    """A contact as the list shows it; `barred` holds the purposes ("*": any) it gets no mail of."""

    contact_id: str
    name: "str | None"
    email: "str | None"
    account: "str | None"
    country: "str | None"
    created_at: str
    barred: NotRequired[list[str]]


class Happening(TypedDict):
    """What an event of a contact did, or would do."""

    contact_id: str
    event: str
    key: "str | None"
    already: NotRequired[bool]
    started: NotRequired[list[str]]
    left_out: NotRequired["list[NotStarted]"]
    told: NotRequired[list[str]]


class NotStarted(TypedDict):
    """A nurture that the event starts for others, and why not for this contact: a stable word."""

    playbook: str
    nurture: str
    reason: str


class Question(TypedDict):
    """A question to a contact and what became of its mail; `expires_at` is business time."""

    contact_id: str
    purpose: str
    message_id: str
    expires_at: str
    status: str
    dry_run: NotRequired[bool]


class Stopped(TypedDict):
    """What a fact reached."""

    contact_id: str
    fact: str
    already: NotRequired[bool]
    deals: NotRequired[list[str]]
    nurtures: NotRequired[list[str]]


class SuppressionList(TypedDict):
    """How many bars there are (scope, reason, count), and one page of them; `next` is a cursor."""

    counts: list[list[str | int]]
    newest: "list[BarLine]"
    next: "str | None"
