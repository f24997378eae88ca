"""What can have happened to contacts, people, playbooks and the mail room as a whole."""

from datetime import datetime
from typing import Literal

from domain.event import Happened


class ContactAdded(Happened):
    """A contact is known; who it is lives in an erasable table."""

    kind: Literal["contact_added"] = "contact_added"
    contact_id: str
    source: str | None = None


class ContactChanged(Happened):
    """Details of a contact changed; `changed` names them."""

    kind: Literal["contact_changed"] = "contact_changed"
    contact_id: str
    changed: list[str]


class ConsentGiven(Happened):
    """A contact may be written to for a purpose, on a stated basis."""

    kind: Literal["consent_given"] = "consent_given"
    contact_id: str
    purpose: str
    basis: str
    source: str | None = None
    expires_at: datetime | None = None


class ConsentAsked(Happened):
    """A contact was asked by mail whether they agree; nothing is agreed to until they confirm."""

    kind: Literal["consent_asked"] = "consent_asked"
    contact_id: str
    purpose: str
    touch_id: str
    expires_at: datetime


class ConsentWithdrawn(Happened):
    """A consent for a purpose ('*': every one) ended; unlike an opt-out it bars no address."""

    kind: Literal["consent_withdrawn"] = "consent_withdrawn"
    contact_id: str
    purpose: str
    how: str


class Unsubscribed(Happened):
    """A contact wants no more mail of a purpose ('*': of any)."""

    kind: Literal["unsubscribed"] = "unsubscribed"
    contact_id: str
    purpose: str = "*"
    how: str


class Suppressed(Happened):
    """An address is never written to again: a hard bounce, a complaint, a person's word."""

    kind: Literal["suppressed"] = "suppressed"
    contact_id: str
    reason: str


class AddressBarred(Happened):
    """A person barred an address of nobody we know; `email_key` is its keyed hash."""

    kind: Literal["address_barred"] = "address_barred"
    email_key: str
    reason: str


class BarLifted(Happened):
    """A person took a bar away: of which address (keyed hash), which scope, and why."""

    kind: Literal["bar_lifted"] = "bar_lifted"
    email_key: str
    scope: str
    was: str
    reason: str
    contact_id: str | None = None


class ContactForgotten(Happened):
    """A contact was erased on request; its id, and what happened when, stay."""

    kind: Literal["contact_forgotten"] = "contact_forgotten"
    contact_id: str


class SoftBounced(Happened):
    """A mail came back for now."""

    kind: Literal["soft_bounced"] = "soft_bounced"
    contact_id: str


class ContactEvent(Happened):
    """Something happened to a contact that marketing may react to; `key` makes it one event."""

    kind: Literal["contact_event"] = "contact_event"
    contact_id: str
    name: str
    key: str | None = None


class PersonAdded(Happened):
    """A user of Sluice is known; name and address live in a table."""

    kind: Literal["person_added"] = "person_added"
    person_id: str


class PersonChanged(Happened):
    """Details of a user of Sluice changed; `changed` names them."""

    kind: Literal["person_changed"] = "person_changed"
    person_id: str
    changed: list[str]


class RoleGiven(Happened):
    """A user of Sluice may do what a role permits; without one they may not sign in."""

    kind: Literal["role_given"] = "role_given"
    person_id: str
    role: str | None = None


class EditionPublished(Happened):
    """A playbook was published: the versions of its parts that hold from now on."""

    kind: Literal["edition_published"] = "edition_published"
    playbook: str
    edition: int
    parts: dict[str, int]
    changed: list[str]


class MailStopped(Happened):
    """The kill switch: no mail enters the wire."""

    kind: Literal["mail_stopped"] = "mail_stopped"
    note_id: str | None = None


class MailStarted(Happened):
    """Mail may go again; windows that passed meanwhile are missed, never a burst."""

    kind: Literal["mail_started"] = "mail_started"


class MailboxHalted(Happened):
    """Too much mail of one mailbox bounced or was called spam: none of it ("all") or no more
    marketing leaves it until a person lets it go on."""

    kind: Literal["mailbox_halted"] = "mailbox_halted"
    mailbox: str
    scope: str
    reason: str


class MailboxReleased(Happened):
    """A person let a halted mailbox go on."""

    kind: Literal["mailbox_released"] = "mailbox_released"
    mailbox: str
    note_id: str | None = None


class MorningSent(Happened):
    """A person's morning mail for a day was planned."""

    kind: Literal["morning_sent"] = "morning_sent"
    person_id: str
    touch_id: str
    day: str


class WebhookDisabled(Happened):
    """An endpoint of another program is sent nothing any more: it said so, or took nothing.

    `because` is gone (it answered 410) or failing (it took nothing for days).
    """

    kind: Literal["webhook_disabled"] = "webhook_disabled"
    webhook_id: str
    because: Literal["gone", "failing"]
