"""What became of a contact's consents over time, as the ledger tells it."""

from datetime import datetime

from domain.house_events import ConsentAsked, ConsentGiven, ConsentWithdrawn, Unsubscribed
from operations.deal_view import View
from store import ledger
from store.database import Tx


class ConsentStep(View):
    """One step in the history of a consent; `what` is asked, given, withdrawn or opted_out."""

    at: datetime
    what: str
    purpose: str
    basis: str | None = None
    source: str | None = None
    expires_at: datetime | None = None
    how: str | None = None
    actor: str


def history(tx: Tx, contact_id: str) -> list[ConsentStep]:
    """Every step that the ledger tells of a contact's consents, the oldest first."""
    found = []
    for one in ledger.read(tx, f"contact/{contact_id}"):
        match one.event:
            case ConsentGiven() as event:
                told = {"basis": event.basis, "source": event.source}
                what, more = "given", {**told, "expires_at": event.expires_at}
            case ConsentAsked() as event:
                what, more = "asked", {"expires_at": event.expires_at}
            case ConsentWithdrawn() as event:
                what, more = "withdrawn", {"how": event.how}
            case Unsubscribed() as event:
                what, more = "opted_out", {"how": event.how}
            case _:
                continue
        found.append(
            ConsentStep.model_validate(
                {"at": event.at, "what": what, "purpose": event.purpose, "actor": one.origin.actor}
                | more
            )
        )
    return found
