"""Whom a mail that came in is from, and which mail or deal of ours it is about.

Keys are asked in the order of trust; the first that is known decides. An address alone never
proves that a mail of ours came back: anybody can write such a notice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from domain.deal import Deal
from domain.refusal import Malformed
from mail.address import address_key
from mail.inbound.classify import Verdict
from mail.inbound.keys import How, Key, Role, keys_of
from mail.inbound.message import Message
from operations.house import House
from store import aliases, contacts, deals, inbound, sends, situation
from store.contacts import Contact
from store.database import Tx
from store.sends import Send

RECENT: Final = timedelta(days=14)
"""How long after a mail to an address a notice that names only the address is believed."""

SURE: Final = frozenset({How.THREAD, How.BOUNCE_TOKEN, How.ORIGINAL})
"""Keys that name one mail of ours."""

_ROLES: Final = {
    How.BOUNCE_TOKEN: Role.BOUNCES,
    How.DEAL_TOKEN: Role.DEAL,
    How.UNSUBSCRIBE_TOKEN: Role.UNSUBSCRIBE,
}


@dataclass(frozen=True, slots=True)
class Match:
    """What a mail was matched to: by which key, which mail of ours, which contact and deals."""

    how: How
    send: Send | None = None
    contact: Contact | None = None
    deal_ids: tuple[str, ...] = ()


def match(
    tx: Tx, house: House, message: Message, verdict: Verdict, arrived_at: datetime
) -> Match | None:
    """What the mail is matched to by the surest key that is known; None where none is."""
    for key in keys_of(message, verdict.bounce, verdict.complaint):
        found = _by_key(tx, house, key, verdict, arrived_at)
        if found is not None:
            return _with_writer(tx, house, found, message, verdict)
    return None


def by_address(tx: Tx, house: House, address: str) -> Contact | None:
    """The contact with this address, as it is kept, as a further one, or without its +mark."""
    for one in dict.fromkeys((address, _unmarked(address))):
        try:
            key = address_key(house.config.secret, one)
        except Malformed:
            continue
        found = contacts.by_email_key(tx, key)
        its_id = None if found else aliases.owner_of(tx, key)
        found = found or (contacts.load(tx, its_id) if its_id else None)
        if found is not None:
            return found
    return None


def open_deals(tx: Tx, contact_id: str, arrived_at: datetime) -> dict[str, Deal]:
    """The open deals of a contact that were there when the mail came."""
    found = deals.load_many(tx, sorted(deals.of_contact(tx, contact_id)))
    return {its_id: deal for its_id, deal in found.items() if _concerns(deal, arrived_at)}


def _concerns(deal: Deal, arrived_at: datetime) -> bool:
    return deal.open and (deal.opened_at is None or deal.opened_at <= arrived_at)


def _by_key(tx: Tx, house: House, key: Key, verdict: Verdict, arrived_at: datetime) -> Match | None:
    match key.how:
        case How.THREAD | How.ORIGINAL:
            send = sends.by_message_id(tx, key.value)
            return _of_send(tx, key.how, send) if send else _of_earlier(tx, key)
        case How.BOUNCE_TOKEN | How.UNSUBSCRIBE_TOKEN:
            touch_id = aliases.stands_for(tx, key.value, _ROLES[key.how])
            send = sends.load(tx, touch_id) if touch_id else None
            return _of_send(tx, key.how, send) if send else None
        case How.DEAL_TOKEN:
            deal_id = aliases.stands_for(tx, key.value, Role.DEAL)
            return Match(key.how, deal_ids=(deal_id,)) if deal_id else None
        case How.ADDRESS:
            return _of_address(tx, house, key, verdict, arrived_at)
        case How.DOMAIN:
            return _of_company(tx, house, key, arrived_at)


def _of_send(tx: Tx, how: How, send: Send) -> Match:
    contact = contacts.load(tx, send.contact_id) if send.contact_id else None
    return Match(how, send, contact, (send.deal_id,) if send.deal_id else ())


def _of_earlier(tx: Tx, key: Key) -> Match | None:
    """An answer to a mail that came in before: a rep's own, or one that was attached."""
    earlier = inbound.by_message_id(tx, key.value)
    if earlier is None or earlier.deal_id is None:
        return None
    return Match(key.how, deal_ids=(earlier.deal_id,))


def _of_address(
    tx: Tx, house: House, key: Key, verdict: Verdict, arrived_at: datetime
) -> Match | None:
    contact = by_address(tx, house, key.value)
    if contact is None:
        return None
    if verdict.bounce or verdict.complaint:
        mailed = contacts.facts(tx, [contact.contact_id], arrived_at)[contact.contact_id].mailed_at
        if mailed is None or mailed < arrived_at - RECENT:
            return None
        return Match(key.how, contact=contact)
    found = open_deals(tx, contact.contact_id, arrived_at)
    return Match(key.how, contact=contact, deal_ids=tuple(found))


def _of_company(tx: Tx, house: House, key: Key, arrived_at: datetime) -> Match | None:
    """The one open deal with that company, if its playbook lets a colleague answer for it."""
    found: dict[str, Deal] = {}
    for contact_id in aliases.of_domain(tx, key.value):
        found |= open_deals(tx, contact_id, arrived_at)
    if len(found) != 1:
        return None
    [(deal_id, deal)] = found.items()
    limits = situation.rules_for(tx, deal).limits
    if limits is None or not limits.colleagues_answer:
        return None
    return Match(key.how, deal_ids=(deal_id,))


def _with_writer(tx: Tx, house: House, found: Match, message: Message, verdict: Verdict) -> Match:
    """Who wrote: a party of the deal by the address, else whom our mail went to."""
    if verdict.bounce or verdict.complaint:
        return found
    wrote = by_address(tx, house, message.sender) if message.sender else None
    if wrote is None:
        return found
    if found.contact is None or _is_party(tx, found.deal_ids, wrote.contact_id):
        return Match(found.how, found.send, wrote, found.deal_ids)
    return found


def _is_party(tx: Tx, deal_ids: Sequence[str], contact_id: str) -> bool:
    return not set(deal_ids).isdisjoint(deals.of_contact(tx, contact_id))


def _unmarked(address: str) -> str:
    """The address without what some providers let people add behind a plus."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
