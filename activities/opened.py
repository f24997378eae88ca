"""A deal was opened: what talks to its contacts from elsewhere hears of it, in the same commit."""

from collections.abc import Iterable
from typing import Final

from activities import streams
from activities.planning import origin
from activities.timekeeping import Timekeeper
from domain import touch_events as e
from domain.agenda import Aggregate
from domain.ahead import due_of
from domain.entering import awaits
from domain.event import Happened
from domain.evolution import moved_on
from domain.facts import Facts
from domain.following import stopped
from store import contacts, deals, nudges, nurtures, situation
from store.database import Tx

DEAL_OPENED: Final = "deal_opened"
"""Said by the house itself: sales talks to the contact now."""


def tell_the_others(tx: Tx, time: Timekeeper, contact_ids: Iterable[str], deal_id: str) -> None:
    """Stop the nurtures of these contacts that name `deal_opened`, in other deals and apart.

    Called before the new deal is written: rows are locked in the order of the house (contacts,
    deals, nurtures) before anything is appended.
    """
    told: dict[str, tuple[Aggregate, Facts, str]] = {}
    for contact_id in sorted(set(contact_ids)):
        for state, facts in _concerned(tx, time, contact_id, deal_id):
            told.setdefault(state.stream, (state, facts, contact_id))
    for state, facts, contact_id in told.values():
        events: list[Happened] = [
            e.EventSeen(at=facts.now, name=DEAL_OPENED, contact_id=contact_id),
            *stopped(state, DEAL_OPENED, facts, contact_id),
        ]
        after = moved_on(state, events)
        due = due_of(after, facts)
        streams.record(tx, state, after, events, origin(state, facts, time), due)
    nudges.add(tx, told, DEAL_OPENED, time.wall())


def _concerned(
    tx: Tx, time: Timekeeper, contact_id: str, but: str
) -> list[tuple[Aggregate, Facts]]:
    contacts.lock(tx, contact_id)
    names = [f"deal/{its}" for its in sorted(deals.of_contact(tx, contact_id)) if its != but]
    runs = [row for row in nurtures.of_contact(tx, contact_id) if row.status == "active"]
    names += sorted(f"nurture/{row.enrollment_id}" for row in runs)
    found: list[tuple[Aggregate, Facts]] = []
    for name in names:
        state = streams.load(tx, name, lock=True)
        # The rules alone say whether it waits for this; the rest is looked up only then.
        bare = Facts(now=time.now(), rules=situation.rules_for(tx, state))
        if state.active_enrollments and awaits(state, DEAL_OPENED, contact_id, bare):
            found.append((state, situation.facts_for(tx, state, time.now(), time.grace())))
    return found
