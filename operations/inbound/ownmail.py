"""What a person of ours sent by hand: an activity on the deal, and the anchor of what follows.

It is believed where only our people can put it: in a folder of sent mail, or by the secret
address of a deal. A From line alone proves nothing.
"""

from typing import Final

from domain import commands as c
from domain.deal import Deal
from domain.ids import digest
from mail.inbound.classify import Kind, Verdict
from mail.inbound.keys import Role, token_in
from mail.inbound.message import Message, addresses
from operations import stop_facts
from operations.house import House
from operations.inbound.matching import by_address, open_deals
from operations.inbound.telling import ACTOR, Told
from operations.post.mail_room import settle_doubt
from store import aliases, deals, inbound, people, sends
from store.contacts import Contact
from store.database import Tx
from store.inbound import Inbound

OWN: Final = "own_mail"
"""The kind of such a mail, beside those that the classifier knows."""

_MACHINES: Final = frozenset(
    {Kind.OUT_OF_OFFICE, Kind.AUTOMATIC, Kind.UNRELATED, Kind.DELIVERED, Kind.COMPLAINT}
)


def taken(
    tx: Tx, house: House, row: Inbound, message: Message, verdict: Verdict, *, sent: bool
) -> Told | None:
    """What a mail of one of ours means; None for one from outside.

    `sent` says that it lay in a folder of sent mail.
    """
    ours = _one_of_ours(tx, house, row, message, sent)
    if ours is not None:
        return ours
    who = _sender(tx, house, message)
    if who is None:
        return Told("ignored", why="not sent by one of ours") if sent else None
    deal_ids = _by_token(tx, message)
    if not sent and not deal_ids:
        return Told("ignored", why="from one of ours")
    if verdict.bounce or verdict.kind in _MACHINES:
        return Told("ignored", why="sent by a machine of ours")
    reached = _reached(tx, house, message)
    chosen = deal_ids or _by_thread(tx, message) or _by_contacts(tx, row, reached, who)
    if not chosen:
        return Told("ignored", why="about no deal")
    for deal_id in chosen:
        _log(tx, house, row, deal_id, reached, who)
    contact = next((one for one in reached if _party(tx, chosen[0], one)), None)
    contact_id = contact.contact_id if contact else None
    how = "deal_token" if deal_ids else "sent_folder"
    return Told("matched", how, contact_id, chosen[0], kind=OWN, why="written by one of ours")


def _one_of_ours(tx: Tx, house: House, row: Inbound, message: Message, sent: bool) -> Told | None:
    """A mail of Sluice itself, which some relays keep among the sent: it did arrive there."""
    send = sends.by_message_id(tx, message.message_id) if message.message_id else None
    if send is None:
        return None
    if sent and send.status == "in_doubt":
        settle_doubt(tx, house, send, "arrived", ACTOR, "it lies in the folder of sent mail")
    return Told("ignored", touch_id=send.touch_id, why="one that Sluice sent")


def _sender(tx: Tx, house: House, message: Message) -> str | None:
    """The id of the person who wrote, "mail" for an address that the house itself sends from."""
    address = message.sender.lower()
    if not address:
        return None
    for person in people.all_of(tx):
        if person.email is not None and person.email.lower() == address:
            return person.person_id
    ours = (house.config.company.sender, *(one.sender for one in house.config.outboxes))
    return ACTOR if address in {one.lower() for one in ours} else None


def _recipients(message: Message) -> list[str]:
    received = [*message.to, *message.cc, *addresses(message.header("bcc"))]
    return list(dict.fromkeys([*received, *message.delivered_to]))


def _by_token(tx: Tx, message: Message) -> list[str]:
    tokens = [token_in(one, Role.DEAL) for one in _recipients(message)]
    found = [aliases.stands_for(tx, token, Role.DEAL) for token in tokens if token]
    return sorted({deal_id for deal_id in found if deal_id})


def _by_thread(tx: Tx, message: Message) -> list[str]:
    """The deal of the mail that this one answers, theirs or ours."""
    for message_id in (*message.in_reply_to, *reversed(message.references)):
        earlier = inbound.by_message_id(tx, message_id)
        send = sends.by_message_id(tx, message_id)
        deal_id = (earlier.deal_id if earlier else None) or (send.deal_id if send else None)
        if deal_id is not None:
            return [deal_id]
    return []


def _reached(tx: Tx, house: House, message: Message) -> list[Contact]:
    found = [by_address(tx, house, one) for one in _recipients(message)]
    return [one for one in found if one is not None]


def _by_contacts(tx: Tx, row: Inbound, reached: list[Contact], who: str) -> list[str]:
    """The open deals of whom it went to: the writer's own ones, or all where none is."""
    found: dict[str, Deal] = {}
    for contact in reached:
        found |= open_deals(tx, contact.contact_id, row.arrived_at)
    own = [deal_id for deal_id, deal in found.items() if deal.owner_id == who]
    return sorted(own or found)


def _party(tx: Tx, deal_id: str, contact: Contact) -> bool:
    return deal_id in deals.of_contact(tx, contact.contact_id)


def _log(
    tx: Tx, house: House, row: Inbound, deal_id: str, reached: list[Contact], who: str
) -> None:
    contact = next((one for one in reached if _party(tx, deal_id, one)), None)
    said = c.LogActivity(
        activity="email",
        contact_id=contact.contact_id if contact else None,
        at=row.arrived_at,
        note=row.text or None,
    )
    its_id = digest("inbound", row.inbound_id, deal_id)
    stop_facts.recorded_in(tx, house, deal_id, said, who, its_id)
