"""Mail that comes back for now: counted for its contact, whichever way it was told."""

from datetime import datetime

from domain.house_events import SoftBounced
from domain.limits import SoftBounces
from store import ledger
from store.database import Tx


def returned_before(tx: Tx, contact_id: str, rule: SoftBounces, now: datetime) -> int:
    """How many mails to the contact came back for now, within the time of the rule."""
    since = now - rule.within
    stream = ledger.read(tx, f"contact/{contact_id}")
    return sum(isinstance(one.event, SoftBounced) and one.event.at > since for one in stream)
