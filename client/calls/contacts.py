"""Contacts: one method an operation."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import cast

from client.shapes.contacts import (
    Added,
    Barred,
    Consented,
    ContactHistory,
    ContactList,
    ContactPage,
    ContactsFound,
    Forgotten,
    Happening,
    Question,
    Stopped,
    SuppressionList,
)
from client.shapes.contacts_asked import (
    Ask,
    Bounce,
    Consent,
    ContactChange,
    Event,
    Lifting,
    NewContact,
    OptOut,
    Sought,
    Suppression,
    Who,
    Withdrawal,
)
from client.wire import Wire, segment


class ContactsCalls(Wire):
    """The people on the other side, what they agreed to, and who is barred."""

    async def add_contact(
        self, body: NewContact, *, dry_run: bool | None = None, idempotency_key: str | None = None
    ) -> Added:
        """Add a contact, or change what is said anew of one known by the address."""
        return cast(
            "Added",
            await self._call(
                "POST",
                "/contacts",
                body=body,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    async def list_contacts(
        self, *, country: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> ContactList:
        """List contacts in the order in which they came."""
        return cast(
            "ContactList",
            await self._call(
                "GET", "/contacts", query={"country": country, "limit": limit, "cursor": cursor}
            ),
        )

    async def change_contact(
        self,
        contact_id: str,
        body: ContactChange,
        *,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> Added:
        """Change what is known of a contact; what is left out stays."""
        return cast(
            "Added",
            await self._call(
                "PATCH",
                f"/contacts/{segment(contact_id)}",
                body=body,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
                keyed=True,
                if_match=if_match,
            ),
        )

    async def show_contact(
        self, contact_id: str, *, if_none_match: int | None = None
    ) -> ContactPage | None:
        """Show a contact with its consents, bars, deals and series."""
        return cast(
            "ContactPage | None",
            await self._call(
                "GET", f"/contacts/{segment(contact_id)}", if_none_match=if_none_match
            ),
        )

    async def forget_contact(
        self, contact_id: str, *, dry_run: bool | None = None, idempotency_key: str | None = None
    ) -> Forgotten:
        """Erase a person everywhere; counts and times stay. It cannot be taken back."""
        return cast(
            "Forgotten",
            await self._call(
                "POST",
                f"/contacts/{segment(contact_id)}/forget",
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    async def tell_event(
        self, contact_id: str, body: Event, *, dry_run: bool | None = None
    ) -> Happening:
        """Tell that something happened to a contact: it may start, go on with or stop a series."""
        return cast(
            "Happening",
            await self._call(
                "POST",
                f"/contacts/{segment(contact_id)}/events",
                body=body,
                query={"dry_run": dry_run},
            ),
        )

    async def find_contact(self, body: Who) -> ContactPage:
        """Find a contact by address; in a body, for an address has no place in a URL."""
        return cast("ContactPage", await self._call("POST", "/contacts/find", body=body))

    async def search_contacts(
        self, body: Sought, *, limit: int | None = None, cursor: str | None = None
    ) -> ContactsFound:
        """Find contacts by pieces of a name or address, or all, the newest first."""
        return cast(
            "ContactsFound",
            await self._call(
                "POST", "/contacts/search", body=body, query={"limit": limit, "cursor": cursor}
            ),
        )

    async def contact_history(
        self, contact_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> ContactHistory:
        """Tell what happened to a contact and in its deals, as it was recorded."""
        return cast(
            "ContactHistory",
            await self._call(
                "GET",
                f"/contacts/{segment(contact_id)}/history",
                query={"limit": limit, "cursor": cursor},
            ),
        )

    async def give_consent(
        self,
        contact_id: str,
        body: Consent,
        *,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
    ) -> Consented:
        """They agreed to mail of a purpose; an earlier wish to get none of it ends."""
        return cast(
            "Consented",
            await self._call(
                "POST",
                f"/contacts/{segment(contact_id)}/consents",
                body=body,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    async def ask_consent(
        self,
        contact_id: str,
        body: Ask,
        *,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
    ) -> Question:
        """Ask them by mail; they agree by a button behind its link (double opt-in)."""
        return cast(
            "Question",
            await self._call(
                "POST",
                f"/contacts/{segment(contact_id)}/consents/ask",
                body=body,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    async def withdraw_consent(
        self,
        contact_id: str,
        body: Withdrawal,
        *,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
    ) -> Stopped:
        """They took a consent back: what rests on it stops. Bars no address."""
        return cast(
            "Stopped",
            await self._call(
                "POST",
                f"/contacts/{segment(contact_id)}/consents/withdraw",
                body=body,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    async def unsubscribe_contact(
        self,
        contact_id: str,
        body: OptOut,
        *,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
    ) -> Stopped:
        """They want no more mail: in force at once, even with the workflow engine down."""
        return cast(
            "Stopped",
            await self._call(
                "POST",
                f"/contacts/{segment(contact_id)}/unsubscribe",
                body=body,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    async def bounce_contact(
        self,
        contact_id: str,
        body: Bounce,
        *,
        dry_run: bool | None = None,
        idempotency_key: str | None = None,
    ) -> Stopped:
        """A mail came back: for good, unless it was only for now."""
        return cast(
            "Stopped",
            await self._call(
                "POST",
                f"/contacts/{segment(contact_id)}/bounce",
                body=body,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    async def complain_contact(
        self, contact_id: str, *, dry_run: bool | None = None, idempotency_key: str | None = None
    ) -> Stopped:
        """They called our mail spam: the address is barred for good."""
        return cast(
            "Stopped",
            await self._call(
                "POST",
                f"/contacts/{segment(contact_id)}/complaint",
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    async def list_suppressions(
        self, *, limit: int | None = None, cursor: str | None = None
    ) -> SuppressionList:
        """Count the addresses that are barred and why, and list them, the newest first."""
        return cast(
            "SuppressionList",
            await self._call("GET", "/suppressions", query={"limit": limit, "cursor": cursor}),
        )

    async def suppress_address(
        self, body: Suppression, *, dry_run: bool | None = None, idempotency_key: str | None = None
    ) -> Barred:
        """Never write to an address again, also to one that nobody here knows."""
        return cast(
            "Barred",
            await self._call(
                "POST",
                "/suppressions",
                body=body,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    async def unsuppress_address(
        self, body: Lifting, *, dry_run: bool | None = None, idempotency_key: str | None = None
    ) -> Barred:
        """Take a bar away; who may then be written to still depends on their consents."""
        return cast(
            "Barred",
            await self._call(
                "POST",
                "/suppressions/lift",
                body=body,
                query={"dry_run": dry_run},
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )
