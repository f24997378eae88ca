"""Deals and nurtures under one roof: lock, load and record whatever a stream's name means."""

from collections.abc import Sequence

from domain.agenda import Aggregate
from domain.ahead import Due
from domain.deal import Deal
from domain.event import Happened
from domain.nurture import NurtureRun
from domain.refusal import NotFound
from store import deals, nurtures
from store.database import Tx
from store.ledger import Origin


def load(tx: Tx, stream: str, lock: bool = False) -> Aggregate:
    """The state of `deal/<id>` or `nurture/<id>`. Raises NotFound."""
    kind, _, its_id = stream.partition("/")
    room = deals if kind == "deal" else nurtures
    if lock:
        room.lock(tx, its_id)
    found: Aggregate | None = room.load(tx, its_id)
    if found is None:
        raise NotFound(f"there is no {kind} {its_id}")
    return found


def record(
    tx: Tx,
    before: Aggregate,
    after: Aggregate,
    events: Sequence[Happened],
    origin: Origin,
    due: Due,
) -> None:
    """Append the events and keep the read models with them."""
    if isinstance(before, Deal) and isinstance(after, Deal):
        deals.record(tx, before, after, events, origin, due)
    elif isinstance(before, NurtureRun) and isinstance(after, NurtureRun):
        nurtures.record(tx, before, after, events, origin, due.at)


def sleep_until(tx: Tx, stream: str, due: Due) -> None:
    """Keep when the stream is due next, and that its workflow sleeps until then."""
    kind, _, its_id = stream.partition("/")
    if kind == "deal":
        deals.sleep_until(tx, its_id, due)
    else:
        nurtures.sleep_until(tx, its_id, due.at)
