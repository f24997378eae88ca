"""What happened to a deal or a contact, in the order in which it is told."""

from datetime import datetime

from domain.deal import Deal, fold
from store import deals, ledger
from store.database import Tx
from store.ledger import Recorded


def of_deal(tx: Tx, deal_id: str, *, after: int = 0, limit: int | None = None) -> list[Recorded]:
    """The events of a deal behind a version, oldest first."""
    return ledger.read(tx, f"deal/{deal_id}", after, limit)


def of_contact(tx: Tx, contact_id: str) -> list[Recorded]:
    """The events of a contact and of every deal it takes part in, as they were recorded."""
    names = [f"contact/{contact_id}"]
    names += [f"deal/{deal_id}" for deal_id in deals.of_contact(tx, contact_id)]
    found = [one for events in ledger.read_many(tx, names).values() for one in events]
    return sorted(found, key=lambda one: one.position)


def deal_as_of(tx: Tx, deal_id: str, recorded_until: datetime) -> Deal | None:
    """The deal as the house knew it at a moment of wall time; None before it was known."""
    known = [
        one.event
        for one in ledger.read(tx, f"deal/{deal_id}")
        if one.origin.recorded_at <= recorded_until
    ]
    return fold(Deal(deal_id=deal_id), known) if known else None
