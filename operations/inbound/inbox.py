"""The inbox: mail that nothing could be matched to, and what a person makes of it."""

from datetime import datetime
from typing import Literal, get_args

from domain import commands as c
from domain.ids import digest
from domain.refusal import Malformed, NotFound, Refused
from mail.inbound.classify import Kind
from operations import contacts as known
from operations import places
from operations.deal_view import View
from operations.desk import reaching
from operations.house import House
from operations.inbound import telling
from operations.once import Asked, once
from operations.stop_facts import recorded_in
from store import aliases, contacts, deals, inbound, texts
from store.contacts import Contact
from store.database import Tx
from store.inbound import Inbound, Status

Meaning = Literal["reply", "note"]
"""What a mail that a person attaches means: an answer of the other side, or a note."""

MEANINGS: tuple[Meaning, ...] = get_args(Meaning)

ANSWERS = frozenset({Kind.HUMAN.value, Kind.UNRELATED.value, Kind.UNREADABLE.value})
"""Kinds of mail that may be a person's answer; others say of themselves that they are not."""


class InboxLine(View):
    """A mail that came in. `arrived_at` is business time; texts are None where erased."""

    inbound_id: str
    arrived_at: datetime
    kind: str
    why: str
    status: Status
    source: str
    mailbox: str | None
    how: str | None
    contact_id: str | None
    deal_id: str | None
    touch_id: str | None
    sender: str | None
    sender_name: str | None
    subject: str | None
    settled_by: str | None


class InboxPage(View):
    """One page of mails, the newest first; `cursor` begins the next one."""

    mails: tuple[InboxLine, ...]
    cursor: str | None = None


class Candidate(View):
    """A deal that a mail may belong to: an open one of its sender."""

    deal_id: str
    title: str | None


class InboxMail(View):
    """A mail with what its writer wrote, and the deals that it may belong to."""

    mail: InboxLine
    text: str | None
    candidates: tuple[Candidate, ...] = ()


class Settled(View):
    """What became of a mail."""

    inbound_id: str
    status: Status
    deal_id: str | None = None
    meaning: Meaning | None = None


def list_page(
    house: House,
    *,
    everything: bool = False,
    deal: str | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> InboxPage:
    """Mails that wait for a person, or all that came; of one deal alone all of them."""
    with reaching("the database"), house.store.read() as tx:
        found = inbound.page(
            tx,
            waiting=not everything and deal is None,
            deal_id=deal,
            after=places.read(cursor),
            limit=limit + 1,
        )
    last = found[limit - 1] if len(found) > limit else None
    return InboxPage(
        mails=tuple(_line(one) for one in found[:limit]),
        cursor=places.written((last.arrived_at, last.inbound_id)) if last else None,
    )


def show(house: House, inbound_id: str) -> InboxMail:
    """One mail with its words. Raises NotFound."""
    with reaching("the database"), house.store.read() as tx:
        row = _find(tx, inbound_id)
        return InboxMail(mail=_line(row), text=row.text, candidates=_candidates(tx, row))


def attach(
    house: House,
    inbound_id: str,
    deal_id: str,
    *,
    actor: str,
    contact: str | None = None,
    meaning: str | None = None,
    remember: bool = False,
    command_id: str | None = None,
    dry_run: bool = False,
) -> Settled:
    """Say which deal a mail belongs to; as an answer it does what one does that was matched.

    `contact` (id or address) wrote it; by default whoever has its address, else whom the deal
    writes to. `remember` keeps its address as a further one of that contact. Raises NotFound,
    Refused for a mail that is matched already, Malformed.
    """
    if meaning is not None and meaning not in MEANINGS:
        raise Malformed(f"'{meaning[:40]}' is none of {', '.join(MEANINGS)}", "meaning")
    with reaching("the database"):
        if dry_run:
            with house.store.read() as tx:
                row = _waiting(tx, inbound_id)
                _deal_contact(tx, house, row, deal_id, contact)
                return _settled(row, "attached", deal_id, _meaning(row, meaning))
        with house.store.write() as tx:
            body = {"deal": deal_id, "contact": contact, "meaning": meaning, "remember": remember}
            asked = Asked(f"inbound/{inbound_id}", "attach_mail", actor, body, command_id)

            def work() -> Settled:
                row = _waiting(tx, inbound_id, lock=True)
                one = _deal_contact(tx, house, row, deal_id, contact)
                said = _meaning(row, meaning)
                _told(tx, house, row, deal_id, one, said, actor)
                if remember and one is not None and row.sender_key is not None:
                    aliases.add(tx, row.sender_key, one.contact_id, house.time.wall(), actor)
                _settle(tx, house, row, "attached", actor, deal_id, one)
                return _settled(row, "attached", deal_id, said)

            return once(house, tx, asked, Settled, work)


def ignore(
    house: House,
    inbound_id: str,
    *,
    actor: str,
    command_id: str | None = None,
    dry_run: bool = False,
) -> Settled:
    """Say that a mail concerns nobody. It can still be attached. Raises NotFound, Refused."""
    with reaching("the database"):
        if dry_run:
            with house.store.read() as tx:
                return _settled(_waiting(tx, inbound_id), "ignored")
        with house.store.write() as tx:
            asked = Asked(f"inbound/{inbound_id}", "ignore_mail", actor, {}, command_id)

            def work() -> Settled:
                row = _waiting(tx, inbound_id, lock=True)
                _settle(tx, house, row, "ignored", actor)
                return _settled(row, "ignored")

            return once(house, tx, asked, Settled, work)


def _find(tx: Tx, inbound_id: str, *, lock: bool = False) -> Inbound:
    row = inbound.load(tx, inbound_id, lock=lock)
    if row is None:
        raise NotFound(f"no mail with the id {inbound_id[:80]} has come in")
    return row


def _waiting(tx: Tx, inbound_id: str, *, lock: bool = False) -> Inbound:
    row = _find(tx, inbound_id, lock=lock)
    if row.status in ("matched", "attached"):
        about = f"to the deal {row.deal_id}" if row.deal_id else "to a contact"
        raise Refused("already_matched", f"the mail is {row.status} {about}")
    return row


def _deal_contact(
    tx: Tx, house: House, row: Inbound, deal_id: str, contact: str | None
) -> Contact | None:
    """Who wrote, for the deal. Raises NotFound."""
    deal = deals.load(tx, deal_id)
    if deal is None:
        raise NotFound(f"there is no deal {deal_id[:80]}", "deal_id")
    if contact is not None:
        return known.find(tx, house, contact)
    by_address = contacts.by_email_key(tx, row.sender_key) if row.sender_key else None
    if by_address is not None:
        return by_address
    its = row.contact_id or deal.writes_to
    return contacts.load(tx, its) if its else None


def _meaning(row: Inbound, said: str | None) -> Meaning:
    if said is not None:
        return "note" if said == "note" else "reply"
    return "reply" if row.kind in ANSWERS else "note"


def _told(
    tx: Tx,
    house: House,
    row: Inbound,
    deal_id: str,
    contact: Contact | None,
    meaning: Meaning,
    actor: str,
) -> None:
    if meaning == "reply":
        telling.answer(tx, house, row, contact, (deal_id,), actor)
        return
    note = c.LogActivity(activity="note", at=row.arrived_at, note=row.text or None)
    its_id = digest("inbound", row.inbound_id, deal_id)
    recorded_in(tx, house, deal_id, note, actor, its_id)


def _settle(
    tx: Tx,
    house: House,
    row: Inbound,
    status: Status,
    actor: str,
    deal_id: str | None = None,
    contact: Contact | None = None,
) -> None:
    told = {"status": status, "settled_by": actor, "settled_at": house.time.wall()}
    if deal_id is not None:
        its = contact.contact_id if contact else row.contact_id
        told |= {"deal_id": deal_id, "contact_id": its, "how": "hand"}
    inbound.change(tx, row.inbound_id, **told)


def _candidates(tx: Tx, row: Inbound) -> tuple[Candidate, ...]:
    if row.contact_id is None or row.status != "unmatched":
        return ()
    found = deals.load_many(tx, sorted(deals.of_contact(tx, row.contact_id)))
    ids = [deal_id for deal_id, deal in found.items() if deal.open] or list(found)
    titles = texts.titles(tx, ids)
    return tuple(Candidate(deal_id=one, title=titles.get(one)) for one in ids)


def _settled(
    row: Inbound, status: Status, deal_id: str | None = None, meaning: Meaning | None = None
) -> Settled:
    return Settled(inbound_id=row.inbound_id, status=status, deal_id=deal_id, meaning=meaning)


def _line(row: Inbound) -> InboxLine:
    return InboxLine(**{name: getattr(row, name) for name in InboxLine.model_fields})
