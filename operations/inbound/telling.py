"""What a mail from outside means for whom it is matched to: the stop facts, and a notice."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from activities.crashpoints import crashpoint
from activities.planning import record_events
from domain import commands as c
from domain.following import notice
from domain.ids import digest
from domain.times.calendar import Calendar, Hours
from mail.inbound.bounces import Bounce, Failure
from mail.inbound.classify import Kind, Verdict
from mail.inbound.keys import How
from mail.inbound.message import Message
from operations import stop_facts
from operations.house import House
from operations.inbound.matching import SURE, Match, by_address
from operations.post.mail_room import settle_doubt
from store import deals, inbound, situation, suppression
from store.contacts import Contact
from store.database import Tx
from store.inbound import Inbound, Status

ACTOR: Final = "mail"
"""Who is named in the events: what came by mail."""

TEMPLATE: Final = "reply-arrived"

LONGEST: Final = 9_000
"""Characters kept of what somebody wrote."""

LONGEST_ABSENCE: Final = timedelta(days=400)
_SOFT: Final = (Kind.SOFT_BOUNCE.value, Kind.MIXED_BOUNCE.value)


@dataclass(frozen=True, slots=True)
class Told:
    """What a mail was matched to and what it is kept as."""

    status: Status
    how: str | None = None
    contact_id: str | None = None
    deal_id: str | None = None
    touch_id: str | None = None
    kind: str | None = None
    why: str | None = None


def tell(
    tx: Tx, house: House, row: Inbound, message: Message, verdict: Verdict, found: Match | None
) -> Told:
    """Write what the mail means, inside the transaction that takes it."""
    if found is not None and found.send is not None and found.send.person_id is not None:
        status: Status = "unmatched" if verdict.bounce else "ignored"
        return Told(status, found.how, touch_id=found.send.touch_id, why="about a notice of ours")
    _settle(tx, house, verdict, found)
    told = _TELLERS[verdict.kind](tx, house, row, message, verdict, found)
    crashpoint("take.told")
    return told


def words_of(message: Message, verdict: Verdict) -> str:
    """What is shown of a mail: its writer's own words, or the beginning of what a machine says."""
    text = verdict.reply if verdict.kind is Kind.HUMAN else message.text.strip()
    return text[:LONGEST].replace("\x00", "")


def answer(
    tx: Tx, house: House, row: Inbound, contact: Contact | None, deal_ids: tuple[str, ...],
    actor: str = ACTOR,
) -> None:  # fmt: skip
    """Somebody answered about these deals: they hear it, the rest to the contact stops.

    Each deal's owner is told what was written, unless it is the owner who says so.
    """
    said = c.RecordReply(channel="email", at=row.arrived_at, note=row.text or None)
    named = {deal_id: digest("inbound", row.inbound_id, deal_id) for deal_id in deal_ids}
    if contact is not None:
        stop_facts.answered_in(tx, house, contact, said, list(deal_ids), actor, named)
    else:
        for deal_id in deal_ids:
            stop_facts.recorded_in(tx, house, deal_id, said, actor, named[deal_id])
    for deal_id in deal_ids:
        _notify(tx, house, deal_id, named[deal_id], contact, actor)


def _notify(
    tx: Tx, house: House, deal_id: str, note_id: str, contact: Contact | None, actor: str
) -> None:
    deal = deals.load(tx, deal_id)
    if deal is None or deal.owner_id is None or deal.owner_id == actor:
        return
    facts = situation.facts_for(tx, deal, house.time.now(), house.time.grace())
    about = f"{note_id}:{contact.contact_id}" if contact else note_id
    told = notice(deal, TEMPLATE, about, "owner", deal.owner_id, f"reply:{note_id}", facts)
    record_events(tx, deal, [told], facts, house.time)


def _settle(tx: Tx, house: House, verdict: Verdict, found: Match | None) -> None:
    """A mail in doubt that somebody answers did arrive; one that comes back for good did not."""
    send = found.send if found is not None and found.how in SURE else None
    if send is None or send.status != "in_doubt":
        return
    if verdict.kind is Kind.HARD_BOUNCE:
        settle_doubt(tx, house, send, "lost", ACTOR, "it came back: hard_bounce")
    elif verdict.kind is not Kind.UNRELATED:
        settle_doubt(tx, house, send, "arrived", ACTOR, f"a mail about it came: {verdict.kind}")


def _as(status: Status, found: Match | None, contact: Contact | None = None) -> Told:
    if found is None:
        return Told(status, contact_id=contact.contact_id if contact else None)
    one = contact or found.contact
    return Told(
        status,
        found.how,
        one.contact_id if one else None,
        found.deal_ids[0] if found.deal_ids else None,
        found.send.touch_id if found.send else None,
    )


def _human(
    tx: Tx, house: House, row: Inbound, message: Message, verdict: Verdict, found: Match | None
) -> Told:
    if found is None:
        return Told("unmatched")
    answer(tx, house, row, found.contact, found.deal_ids)
    # An answer to a series without a deal stops it; what to make of it a person decides.
    return _as("matched" if found.deal_ids else "unmatched", found)


def _away(
    tx: Tx, house: House, row: Inbound, message: Message, verdict: Verdict, found: Match | None
) -> Told:
    if found is None:
        return Told("ignored")
    if found.contact is not None:
        back_at = _back_at(tx, house, verdict, found)
        stop_facts.away_in(tx, house, found.contact, back_at, ACTOR)
    return _as("matched", found)


def _back_at(tx: Tx, house: House, verdict: Verdict, found: Match) -> datetime | None:
    """The beginning of the day of return on the contact's clock, if it lies ahead and is near."""
    if verdict.back_on is None or found.contact is None:
        return None
    deal = deals.load(tx, found.deal_ids[0]) if found.deal_ids else None
    rules = situation.rules_for(tx, deal) if deal else None
    hours = Hours.of(
        rules.calendar if rules else Calendar(), found.contact.zone, found.contact.country
    )
    at = datetime.combine(verdict.back_on, time(), hours.zone).astimezone(UTC)
    now = house.time.now()
    return at if now < at < now + LONGEST_ABSENCE else None


def _bounced(
    tx: Tx, house: House, row: Inbound, message: Message, verdict: Verdict, found: Match | None
) -> Told:
    bounce = verdict.bounce
    if found is None or found.contact is None or bounce is None:
        return Told("unmatched" if verdict.kind is Kind.HARD_BOUNCE else "ignored")
    failure = _failure(bounce, found.contact)
    if failure is None:
        return _as("unmatched", found)
    if failure.hard:
        stop_facts.barred_in(tx, house, found.contact, "hard_bounce", ACTOR, _named(found))
    elif not _counted(tx, found, row):
        stop_facts.soft_bounced_in(tx, house, found.contact, ACTOR, _named(found))
    return _as("matched", found)


def _named(found: Match) -> str | None:
    """Which mail of ours came back, where a key names it; an address alone does not."""
    return found.send.touch_id if found.send is not None and found.how in SURE else None


def _failure(bounce: Bounce, contact: Contact) -> Failure | None:
    """What the notice says of the contact's own address; it may know it by another name."""
    hers = (contact.email or "").lower()
    for failure in bounce.failures:
        if failure.address.lower() == hers:
            return failure
    return None if bounce.mixed else next(iter(bounce.failures), None)


def _counted(tx: Tx, found: Match, row: Inbound) -> bool:
    """Servers tell several times that one mail waits; it is one soft bounce."""
    if found.send is None or found.contact is None:
        return False
    return inbound.seen_of(tx, found.send.touch_id, found.contact.contact_id, _SOFT)


def _complained(
    tx: Tx, house: House, row: Inbound, message: Message, verdict: Verdict, found: Match | None
) -> Told:
    if found is None or found.contact is None:
        return Told("unmatched")
    stop_facts.barred_in(tx, house, found.contact, "complaint", ACTOR, _named(found))
    return _as("matched", found)


def _opted_out(
    tx: Tx, house: House, row: Inbound, message: Message, verdict: Verdict, found: Match | None
) -> Told:
    writer = by_address(tx, house, message.sender) if message.sender else None
    contact = writer or (found.contact if found else None)
    if row.sender_key is not None and writer is None:
        # Whoever it is, this address gets nothing, also should it become a contact's.
        now = house.time.now()
        suppression.add(tx, row.sender_key, suppression.UNSUBSCRIBED, now)
    if contact is None:
        return Told("unmatched")
    scope = suppression.EVERYTHING
    if found is not None and found.how is How.UNSUBSCRIBE_TOKEN and found.send is not None:
        scope = scope if found.send.purpose == "sales" else found.send.purpose
    stop_facts.unsubscribed_in(tx, house, contact, scope, "mail", ACTOR)
    return _as("matched", found, contact)


def _recorded(
    tx: Tx, house: House, row: Inbound, message: Message, verdict: Verdict, found: Match | None
) -> Told:
    """Known and nothing more: an automatic answer, a notice of success."""
    return _as("matched", found) if found is not None else Told("ignored")


def _unrelated(
    tx: Tx, house: House, row: Inbound, message: Message, verdict: Verdict, found: Match | None
) -> Told:
    """It looks like a list's, but one that answers a mail of ours may be a person's."""
    if found is not None and found.how in SURE:
        return _as("unmatched", found)
    return Told("ignored")


Teller = Callable[[Tx, House, Inbound, Message, Verdict, Match | None], Told]

_TELLERS: Mapping[Kind, Teller] = {
    Kind.HUMAN: _human,
    Kind.OUT_OF_OFFICE: _away,
    Kind.AUTOMATIC: _recorded,
    Kind.HARD_BOUNCE: _bounced,
    Kind.SOFT_BOUNCE: _bounced,
    Kind.MIXED_BOUNCE: _bounced,
    Kind.COMPLAINT: _complained,
    Kind.OPT_OUT: _opted_out,
    Kind.DELIVERED: _recorded,
    Kind.UNRELATED: _unrelated,
}
