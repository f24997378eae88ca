"""A contact as the doors show it, with everything that hangs on it."""

from datetime import datetime
from typing import Any

from operations.consent_history import ConsentStep, history
from operations.deal_view import View
from store import accounts, board, contacts, enrollments, ledger, suppression
from store.contacts import Contact
from store.database import Tx


class ContactLine(View):
    """A contact as lists show it."""

    contact_id: str
    email: str | None
    name: str | None
    zone: str | None
    country: str | None
    locale: str | None
    account_id: str | None
    source: str | None
    created_at: datetime


class Agreement(View):
    """A consent as the doors show it; it holds unless withdrawn or expired."""

    purpose: str
    basis: str
    given_at: datetime
    expires_at: datetime | None = None
    withdrawn_at: datetime | None = None


class Bar(View):
    """Why an address is not written to, for a purpose or for all ("*")."""

    scope: str
    reason: str
    since: datetime


class ContactPage(View):
    """A contact with everything that hangs on it.

    `history` holds the last steps of its consents, the oldest of them first; `earlier` is the
    version before which further ones stand, None where these are all.
    """

    contact_id: str
    email: str | None
    name: str | None
    zone: str | None
    country: str | None
    locale: str | None
    account: str | None
    source: str | None
    forgotten: bool
    version: int = 0
    consents: tuple[Agreement, ...] = ()
    history: tuple[ConsentStep, ...] = ()
    earlier: int | None = None
    barred: tuple[Bar, ...] = ()
    deals: tuple[dict[str, Any], ...] = ()
    enrollments: tuple[dict[str, Any], ...] = ()


def page_of(tx: Tx, one: Contact, before: int | None = None) -> ContactPage:
    """The contact with its consents, bars, deals and series; its history before a version."""
    its = one.contact_id
    account = accounts.load(tx, one.account_id) if one.account_id else None
    bars = suppression.of_keys(tx, [one.email_key]) if one.email_key else {}
    rows, _ = board.page(tx, board.Wanted(contact_id=its))
    agreed = contacts.consents_of(tx, its)
    steps, earlier = history(tx, its, before)
    plain = ("contact_id", "email", "name", "zone", "country", "locale", "source")
    return ContactPage(
        **{name: getattr(one, name) for name in plain},
        account=account.name if account else None,
        forgotten=one.forgotten_at is not None,
        version=ledger.head(tx, f"contact/{its}"),
        consents=tuple(
            Agreement(**{name: getattr(each, name) for name in Agreement.model_fields})
            for each in agreed
        ),
        history=tuple(steps),
        earlier=earlier,
        barred=tuple(
            Bar(scope=each.scope, reason=each.reason, since=each.since)
            for each in bars.get(one.email_key or "", ())
        ),
        deals=tuple(
            {"deal_id": r.deal_id, "title": r.title, "stage": r.stage, "status": r.status}
            for r in rows
        ),
        enrollments=tuple(
            {
                "enrollment_id": each.enrollment_id,
                "deal_id": each.deal_id,
                "sequence": each.part,
                "version": each.version,
                "status": each.status,
                "reason": each.reason,
                "started_at": each.started_at,
            }
            for each in enrollments.of_contact(tx, its, active=False)
        ),
    )
