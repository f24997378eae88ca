"""A fault of ours, made visible: the deal asks for a person, which holds its mail."""

import logging
from traceback import format_tb

from activities.timekeeping import Timekeeper
from domain.ahead import due_of
from domain.commands import RaiseAttention
from domain.decisions import decide
from domain.evolution import moved_on
from store import deals, situation
from store.database import Store
from store.ledger import Origin

log = logging.getLogger("sluice.faults")


def flag_fault(store: Store, time: Timekeeper, deal_id: str, fault: Exception) -> None:
    """Ask for a person's attention on the deal, which holds its mail; best effort."""
    try:
        with store.write() as tx:
            deals.lock(tx, deal_id)
            deal = deals.load(tx, deal_id)
            if deal is None:
                return
            facts = situation.facts_for(tx, deal, time.now(), time.grace())
            asked = RaiseAttention(reason=f"fault: {type(fault).__name__}")
            events = decide(asked, deal, facts, "")
            origin = Origin(actor="sluice", recorded_at=time.wall(), cause="fault")
            after = moved_on(deal, events)
            if events:
                deals.record(tx, deal, after, events, origin, due_of(after, facts))
    except Exception as another:
        log.error("the fault could not be flagged: %s", trace(another))


def trace(fault: BaseException) -> str:
    """Where a fault arose, for the log: its kind and the lines of code that led there.

    Without its text, and without what caused it: both may quote what somebody typed.
    """
    return f"{type(fault).__name__}\n{''.join(format_tb(fault.__traceback__))}"
