"""Contacts: the people on the other side, what they agreed to, and what they told us."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from console.access import needs
from console.api.asking import Actor, Asked, AskedIf, DryRun, Here, Id, Seen, unchanged
from console.api.paging import Page
from console.api.route import SEES, router
from domain.access import Permission
from domain.commands import When
from operations import (
    asking_consent,
    consenting,
    contact_events,
    contact_sheet,
    contacts,
    forgetting,
    stop_facts,
)
from operations import history as told
from operations.asking_consent import Question
from operations.contact_events import Happening
from operations.contact_sheet import FoundLine
from operations.contact_view import ContactLine, ContactPage
from operations.contacts import Added, Consented, ContactChange, NewContact
from operations.forgetting import Forgotten
from operations.quieting import Stopped

Purpose = Literal["marketing", "service", "sales"]
Scope = Literal["marketing", "service", "sales", "*"]
Slug = Annotated[str, Field(pattern=r"^[\w.:+-]{1,80}$")]


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Who(_Said):
    """Somebody, by id or address. It stands in a body: an address has no place in a URL."""

    who: Annotated[str, Field(min_length=1, max_length=320)]


class Consent(_Said):
    """What they agreed to, and how: mail of a purpose, on a basis such as `newsletter-form`."""

    purpose: Purpose
    basis: Slug = "stated"
    source: Slug | None = None
    expires_at: When | None = None


class Ask(_Said):
    """What they are asked by mail to agree to."""

    purpose: Purpose = "marketing"
    source: Slug | None = None


class Withdrawal(_Said):
    """The consent that they took back (`*`: every one), and how they said so."""

    purpose: Scope
    how: Slug = "by_hand"


class OptOut(_Said):
    """The mail that they want no more of; `*`: any."""

    purpose: Scope = "*"


class Bounce(_Said):
    """Whether the mail came back only for now."""

    soft: bool = False


class Event(_Said):
    """What happened, as playbooks name it; `key` tells it from others of its name."""

    name: Annotated[str, Field(pattern=r"^[\w.@:+-]{1,80}$")]
    key: Annotated[str, Field(pattern=r"^[\w.@:+-]{1,80}$")] | None = None


class Sought(BaseModel):
    """Pieces of a name or address, or all of one; None for everybody."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Annotated[str, Field(max_length=320)] | None = None


class ContactsFound(BaseModel):
    """One page of contacts, the newest first; `next` is a cursor, to be sent with the same text.

    `looked` says among how many was looked before the page was full; None where it is full.
    """

    contacts: tuple[FoundLine, ...]
    next: str | None
    looked: int | None


class ContactList(BaseModel):
    """One page of contacts in the order in which they came; `next` is a cursor."""

    contacts: tuple[ContactLine, ...]
    next: str | None


class ContactHistory(BaseModel):
    """One page of what happened to a contact and in its deals; `next` is a cursor."""

    events: tuple[told.Line, ...]
    next: str | None


Country = Annotated[str, Query(pattern="^[A-Z]{2}$", description="Two capitals")]


def routes() -> APIRouter:
    """`/contacts`."""
    api = router("/contacts", "Contacts")
    _keeping(api)
    _looking(api)
    _agreeing(api)
    _stopping(api)
    return api


def _keeping(api: APIRouter) -> None:
    @api.post("", dependencies=[needs(Permission.KEEP_CONTACTS), SEES])
    def add_contact(
        house: Here, contact: NewContact, asked: Asked, dry_run: DryRun = False
    ) -> Added:
        """Add a contact, or change what is said anew of one known by the address."""
        return contacts.add(house, contact, **asked.named, dry_run=dry_run)

    @api.patch("/{contact_id}", dependencies=[needs(Permission.KEEP_CONTACTS), SEES])
    def change_contact(
        house: Here, contact_id: Id, change: ContactChange, asked: AskedIf, dry_run: DryRun = False
    ) -> Added:
        """Change what is known of a contact; what is left out stays."""
        return contacts.change(
            house, contact_id, change, **asked.named, if_version=asked.if_version, dry_run=dry_run
        )

    @api.post("/{contact_id}/forget", dependencies=[needs(Permission.ERASE), SEES])
    def forget_contact(
        house: Here, contact_id: Id, asked: Asked, dry_run: DryRun = False
    ) -> Forgotten:
        """Erase a person everywhere; counts and times stay. It cannot be taken back."""
        return forgetting.forget(house, contact_id, **asked.named, dry_run=dry_run)

    @api.post("/{contact_id}/events", dependencies=[needs(Permission.KEEP_CONTACTS), SEES])
    def tell_event(
        house: Here, contact_id: Id, event: Event, actor: Actor, dry_run: DryRun = False
    ) -> Happening:
        """Tell that something happened to a contact: it may start, go on with or stop a series.

        The event's own `key` makes a repeat harmless.
        """
        return contact_events.report(
            house, event.name, contact_id, actor=actor, key=event.key, dry_run=dry_run
        )


def _looking(api: APIRouter) -> None:
    @api.get("")
    def list_contacts(house: Here, page: Page, country: Country | None = None) -> ContactList:
        """List contacts in the order in which they came."""
        found = contacts.list_page(
            house, country=country, cursor=page.place(house), limit=page.limit
        )
        return ContactList(contacts=found.contacts, next=page.following(house, found.cursor))

    @api.post("/find", dependencies=[needs(Permission.KEEP_CONTACTS), SEES])
    def find_contact(house: Here, who: Who) -> ContactPage:
        """Find a contact by address; in a body, for an address has no place in a URL."""
        return contacts.show(house, who.who)

    @api.post("/search", dependencies=[needs(Permission.KEEP_CONTACTS), SEES])
    def search_contacts(house: Here, sought: Sought, page: Page) -> ContactsFound:
        """Find contacts by pieces of a name or address, or all, the newest first."""
        found = contact_sheet.search(house, sought.text, cursor=page.place(house), limit=page.limit)
        following = page.following(house, found.cursor)
        return ContactsFound(contacts=found.contacts, next=following, looked=found.looked)

    @api.get("/{contact_id}", response_model=ContactPage)
    def show_contact(house: Here, contact_id: Id, response: Response, seen: Seen) -> Any:
        """Show a contact with its consents, bars, deals and series."""
        found = contacts.show(house, contact_id)
        return unchanged(response, found.version, seen) or found

    @api.get("/{contact_id}/history")
    def contact_history(house: Here, contact_id: Id, page: Page) -> ContactHistory:
        """Tell what happened to a contact and in its deals, as it was recorded."""
        after = int(page.place(house) or 0)
        found, following = told.page_of_contact(house, contact_id, after=after, limit=page.limit)
        place = str(following) if following is not None else None
        return ContactHistory(events=tuple(found), next=page.following(house, place))


def _agreeing(api: APIRouter) -> None:
    may = [needs(Permission.KEEP_CONTACTS), SEES]

    @api.post("/{contact_id}/consents", dependencies=may)
    def give_consent(
        house: Here, contact_id: Id, consent: Consent, asked: Asked, dry_run: DryRun = False
    ) -> Consented:
        """They agreed to mail of a purpose; an earlier wish to get none of it ends."""
        return contacts.consent(
            house,
            contact_id,
            f"{consent.purpose}:{consent.basis}",
            **asked.named,
            source=consent.source,
            expires_at=consent.expires_at,
            dry_run=dry_run,
        )

    @api.post("/{contact_id}/consents/ask", dependencies=may)
    async def ask_consent(
        house: Here, contact_id: Id, ask: Ask, asked: Asked, dry_run: DryRun = False
    ) -> Question:
        """Ask them by mail; they agree by a button behind its link (double opt-in)."""
        return await asking_consent.ask(
            house, contact_id, ask.purpose, **asked.named, source=ask.source, dry_run=dry_run
        )

    @api.post("/{contact_id}/consents/withdraw", dependencies=may)
    def withdraw_consent(
        house: Here, contact_id: Id, consent: Withdrawal, asked: Asked, dry_run: DryRun = False
    ) -> Stopped:
        """They took a consent back: what rests on it stops. Bars no address."""
        return consenting.withdraw(
            house, contact_id, consent.purpose, **asked.named, how=consent.how, dry_run=dry_run
        )


def _stopping(api: APIRouter) -> None:
    may = [needs(Permission.KEEP_CONTACTS), SEES]

    @api.post("/{contact_id}/unsubscribe", dependencies=may)
    def unsubscribe_contact(
        house: Here, contact_id: Id, opt_out: OptOut, asked: Asked, dry_run: DryRun = False
    ) -> Stopped:
        """They want no more mail: in force at once, even with the workflow engine down."""
        return stop_facts.unsubscribe(
            house, contact_id, **asked.named, scope=opt_out.purpose, dry_run=dry_run
        )

    @api.post("/{contact_id}/bounce", dependencies=may)
    def bounce_contact(
        house: Here, contact_id: Id, bounce: Bounce, asked: Asked, dry_run: DryRun = False
    ) -> Stopped:
        """A mail came back: for good, unless it was only for now."""
        return stop_facts.bounce(
            house, contact_id, **asked.named, hard=not bounce.soft, dry_run=dry_run
        )

    @api.post("/{contact_id}/complaint", dependencies=may)
    def complain_contact(
        house: Here, contact_id: Id, asked: Asked, dry_run: DryRun = False
    ) -> Stopped:
        """They called our mail spam: the address is barred for good."""
        return stop_facts.complaint(house, contact_id, **asked.named, dry_run=dry_run)
