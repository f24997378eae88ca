"""A consent is taken back: what rests on it stops, and no address is barred."""

from collections.abc import Sequence
from typing import Final

from domain.event import Happened
from domain.house_events import ConsentWithdrawn
from domain.refusal import Refused
from operations.contacts import find
from operations.desk import reaching
from operations.house import House
from operations.once import Asked, once
from operations.quieting import Fact, Stopped, reach, write
from operations.stop_facts import SCOPES, stopping
from store import contacts
from store.contacts import Contact
from store.database import Tx
from store.suppression import EVERYTHING

MARKETING: Final = "marketing"


def withdraw(
    house: House,
    who: str,
    purpose: str,
    *,
    actor: str,
    how: str = "by_hand",
    command_id: str | None = None,
    dry_run: bool = False,
) -> Stopped:
    """A contact took a consent back ("*": every one); what rests on it stops at once.

    No address is barred: a new consent is enough to begin anew. Raises Refused, NotFound.
    """
    if purpose not in SCOPES:
        raise Refused("unknown_purpose", f"mail is for one of {', '.join(SCOPES)}", "purpose")
    with reaching("the database"):
        if dry_run:
            with house.store.read() as tx:
                one = find(tx, house, who)
                fact = _fact(one, purpose, [])
                return reach(tx, house, one, fact).shown(one.contact_id, fact.name)
        with house.store.write() as tx:
            one = find(tx, house, who)
            body = {"purpose": purpose, "how": how}
            asked = Asked(f"contact/{one.contact_id}", "withdraw", actor, body, command_id)
            return once(
                house, tx, asked, Stopped, lambda: _withdrawn(tx, house, one, purpose, how, actor)
            )


def _withdrawn(tx: Tx, house: House, one: Contact, purpose: str, how: str, actor: str) -> Stopped:
    now = house.time.now()
    if not contacts.withdraw(tx, one.contact_id, purpose, now):
        return Stopped(contact_id=one.contact_id, fact="consent_withdrawn", already=True)
    event = ConsentWithdrawn(at=now, contact_id=one.contact_id, purpose=purpose, how=how)
    return write(tx, house, one, _fact(one, purpose, [event]), actor)[0]


def _fact(one: Contact, purpose: str, events: Sequence[Happened]) -> Fact:
    """Marketing alone rests on a consent; sales and service mail go until the reader opts out."""
    if purpose not in (MARKETING, EVERYTHING):
        return Fact("consent_withdrawn", events, lambda deal, facts: [], lambda run, facts: [])
    return stopping("consent_withdrawn", events, MARKETING, one.contact_id, None)
