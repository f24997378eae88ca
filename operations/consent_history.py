"""What became of a contact's consents over time, as the ledger tells it."""

from datetime import datetime
from typing import Any, Final

from domain.events import kind_of
from domain.house_events import ConsentAsked, ConsentGiven, ConsentWithdrawn, Unsubscribed
from operations.deal_view import View
from store import ledger
from store.database import Tx
from store.ledger import Recorded

SHOWN: Final = 50
"""Steps on one page."""

_STEPS: Final = ("consent_given", "consent_asked", "consent_withdrawn", "unsubscribed")


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


def history(
    tx: Tx, contact_id: str, before: int | None = None, limit: int = SHOWN
) -> tuple[list[ConsentStep], int | None]:
    """The last steps that the ledger tells of a contact's consents, the oldest of them first.

    Those before a version of its stream, if one is said, and the version before which earlier
    ones stand; None: there are none.
    """
    stream = f"contact/{contact_id}"
    found = ledger.newest_of(tx, stream, _STEPS, before, limit + 1)
    earlier = found[limit - 1].version if len(found) > limit else None
    return [_step(one) for one in reversed(found[:limit])], earlier


def _step(one: Recorded) -> ConsentStep:
    told: dict[str, Any]
    match one.event:
        case ConsentGiven() as event:
            what, told = "given", {"basis": event.basis, "source": event.source}
            told["expires_at"] = event.expires_at
        case ConsentAsked() as event:
            what, told = "asked", {"expires_at": event.expires_at}
        case ConsentWithdrawn() as event:
            what, told = "withdrawn", {"how": event.how}
        case Unsubscribed() as event:
            what, told = "opted_out", {"how": event.how}
        case other:
            raise ValueError(f"{kind_of(other)} is no step of a consent")
    actor = one.origin.actor
    return ConsentStep(at=event.at, what=what, purpose=event.purpose, actor=actor, **told)
