"""What happened to a deal or a contact, in the order in which it is told."""

from store import deals, ledger
from store.database import Tx
from store.ledger import Recorded


def of_deal(tx: Tx, deal_id: str, *, after: int = 0, limit: int | None = None) -> list[Recorded]:
    """The events of a deal behind a version, oldest first."""
    return ledger.read(tx, f"deal/{deal_id}", after, limit)


def of_contact(
    tx: Tx, contact_id: str, *, after: int = 0, limit: int | None = None
) -> list[Recorded]:
    """The events of a contact and of every deal it takes part in, as they were recorded.

    Those behind a position of the ledger, at most `limit`.
    """
    names = [f"contact/{contact_id}"]
    names += [f"deal/{deal_id}" for deal_id in deals.of_contact(tx, contact_id)]
    return ledger.merged(tx, names, after, limit)
