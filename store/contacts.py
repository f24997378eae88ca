"""Contacts: who they are, which mail they agreed to, and what a rule may know of them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, and_, bindparam, func, or_, select, update

from domain.facts import ContactFacts
from store import enrollments, suppression
from store.among import IDS, among
from store.database import Tx
from store.snapshot import once
from store.tables import consents, contacts, sends
from store.upserts import insert_if_absent, put

LOOK: Final = 3_000
"""How many of the newest contacts are looked through at most for a piece of a name."""

Place = tuple[datetime, str]
"""Where a page of contacts ended: the last one's moment and id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person on the other side. All of it is erasable except the id.

    `email_key` is the keyed hash of the address; `facts` are further columns of an import.
    """

    contact_id: str
    created_at: datetime
    email: str | None = None
    email_key: str | None = None
    name: str | None = None
    zone: str | None = None
    country: str | None = None
    locale: str | None = None
    account_id: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    source: str | None = None
    forgotten_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """On what basis a contact may be written to for a purpose."""

    contact_id: str
    purpose: str
    basis: str
    given_at: datetime
    source: str | None = None
    expires_at: datetime | None = None
    withdrawn_at: datetime | None = None


def add(tx: Tx, contact: Contact) -> bool:
    """Keep a new contact; False, and nothing changed, when its id or its address is known."""
    return insert_if_absent(tx, contacts, asdict(contact))


def save(tx: Tx, contact: Contact) -> None:
    """Keep the contact as it is now, new or known."""
    put(tx, contacts, [asdict(contact)])


def load(tx: Tx, contact_id: str) -> Contact | None:
    """The contact of that id."""
    return _one(tx, select(contacts).where(contacts.c.contact_id == contact_id))


def load_many(tx: Tx, contact_ids: Sequence[str]) -> dict[str, Contact]:
    """The contacts of those ids that exist."""
    return once(tx, "contacts", contact_ids, _read)


def _read(tx: Tx, contact_ids: Collection[str]) -> dict[str, Contact]:
    rows = tx.execute(_OF_IDS, {IDS: contact_ids}).mappings()
    return {row["contact_id"]: Contact(**row) for row in rows}


def shown(tx: Tx, contact_ids: Sequence[str]) -> dict[str, str]:
    """What a list calls each of the contacts: by name, else by address."""
    if not contact_ids:
        return {}
    return {its_id: called for its_id, called in tx.execute(_CALLED, {IDS: contact_ids}) if called}


def by_email_key(tx: Tx, email_key: str) -> Contact | None:
    """The contact whose address has that keyed hash."""
    return _one(tx, select(contacts).where(contacts.c.email_key == email_key))


def known_keys(tx: Tx, email_keys: Sequence[str]) -> dict[str, str]:
    """From the keyed hash of an address to the contact's id, for those that are known."""
    return dict(tx.execute(_OF_KEYS, {IDS: email_keys}).all()) if email_keys else {}


def lock(tx: Tx, contact_id: str) -> bool:
    """Hold the contact until the commit, as every check before a send does; says if it exists."""
    query = select(contacts.c.contact_id).where(contacts.c.contact_id == contact_id)
    return tx.execute(query.with_for_update()).first() is not None


def page(
    tx: Tx,
    *,
    after: tuple[datetime, str] | None = None,
    limit: int = 50,
    country: str | None = None,
    account_id: str | None = None,
) -> list[Contact]:
    """Contacts in the order in which they came, behind (created_at, contact_id)."""
    query = select(contacts).where(contacts.c.forgotten_at.is_(None))
    if country is not None:
        query = query.where(contacts.c.country == country)
    if account_id is not None:
        query = query.where(contacts.c.account_id == account_id)
    if after is not None:
        at, contact_id = after
        same = and_(contacts.c.created_at == at, contacts.c.contact_id > contact_id)
        query = query.where(or_(contacts.c.created_at > at, same))
    return _all(tx, query.order_by(contacts.c.created_at, contacts.c.contact_id).limit(limit))


def newest(
    tx: Tx, words: Sequence[str] = (), *, after: Place | None = None, limit: int = 50
) -> tuple[list[Contact], Place | None]:
    """Contacts whose name or address has all of the words, the newest first, and where to go on.

    Looked for among LOOK contacts behind `after`: where those hold fewer than `limit`, the place
    is where looking ended (None: nobody is left). SQLite knows capitals of English letters alone.
    """
    place = (contacts.c.created_at, contacts.c.contact_id)
    window = select(*place, contacts.c.name, contacts.c.email, contacts.c.forgotten_at)
    if after is not None:
        at, contact_id = after
        same = and_(contacts.c.created_at == at, contacts.c.contact_id < contact_id)
        window = window.where(or_(contacts.c.created_at < at, same))
    window = window.order_by(*(column.desc() for column in place))
    seen = window.limit(LOOK).subquery("newest")
    met = select(seen.c.created_at, seen.c.contact_id).where(seen.c.forgotten_at.is_(None))
    for word in words:
        said = (seen.c[name].icontains(word, autoescape=True) for name in ("name", "email"))
        met = met.where(or_(*said))
    newest_met = met.order_by(seen.c.created_at.desc(), seen.c.contact_id.desc())
    found = [(at, its_id) for at, its_id in tx.execute(newest_met.limit(limit + 1))]
    if len(found) > limit:
        following: Place | None = found[limit - 1]
    else:
        edge = window.with_only_columns(*place).offset(LOOK - 1).limit(2)
        beyond = [(at, its_id) for at, its_id in tx.execute(edge)]
        following = beyond[0] if len(beyond) == 2 else None
    whole = load_many(tx, [its_id for _, its_id in found[:limit]])
    return [whole[its_id] for _, its_id in found[:limit]], following


def agree(tx: Tx, consent: Consent) -> None:
    """Keep a consent, in the place of an earlier one for the same purpose."""
    put(tx, consents, [asdict(consent)])


def withdraw(tx: Tx, contact_id: str, purpose: str, at: datetime) -> int:
    """End the consent for a purpose, or for all with "*"; says how many were ended."""
    ended = update(consents).where(
        consents.c.contact_id == contact_id, consents.c.withdrawn_at.is_(None)
    )
    if purpose != "*":
        ended = ended.where(consents.c.purpose == purpose)
    return tx.execute(ended.values(withdrawn_at=at)).rowcount


def consents_of(tx: Tx, contact_id: str) -> list[Consent]:
    """The contact's consents, also those that have ended, by purpose."""
    query = select(consents).where(consents.c.contact_id == contact_id)
    return [Consent(**row) for row in tx.execute(query.order_by(consents.c.purpose)).mappings()]


def facts(tx: Tx, contact_ids: Sequence[str], now: datetime) -> dict[str, ContactFacts]:
    """What a rule may know of these contacts at a moment; ids that are unknown are left out."""
    if not contact_ids:
        return {}
    known = load_many(tx, contact_ids)
    barred = suppression.of_keys(tx, [c.email_key for c in known.values() if c.email_key])
    agreed, mailed = _agreed(tx, contact_ids, now), _mailed(tx, contact_ids)
    busy = enrollments.in_cadence(tx, contact_ids)
    found: dict[str, ContactFacts] = {}
    for contact_id, one in known.items():
        rows = barred.get(one.email_key or "", [])
        found[contact_id] = ContactFacts(
            contact_id,
            zone=one.zone,
            country=one.country,
            has_address=one.email is not None,
            suppressed=next((row.reason for row in rows if not row.opted_out), None),
            opted_out=frozenset(row.scope for row in rows if row.opted_out),
            consents=frozenset(agreed.get(contact_id, ())),
            mailed_at=mailed.get(contact_id),
            about={name: str(value) for name, value in one.facts.items()},
            in_cadence=contact_id in busy,
        )
    return found


def forget(tx: Tx, contact_id: str, at: datetime) -> bool:
    """Erase who the contact is; the id stays, for the ledger speaks of it. False: unknown."""
    names = ("email", "email_key", "name", "zone", "locale", "account_id", "source")
    gone = dict.fromkeys(names)
    erased = update(contacts).where(contacts.c.contact_id == contact_id)
    return tx.execute(erased.values(**gone, facts={}, forgotten_at=at)).rowcount == 1


_C: Final = consents.c
_OF_IDS: Final = select(contacts).where(among(contacts.c.contact_id))
_OF_KEYS: Final = select(contacts.c.email_key, contacts.c.contact_id).where(
    among(contacts.c.email_key)
)
_CALLED: Final = select(
    contacts.c.contact_id, func.coalesce(func.nullif(contacts.c.name, ""), contacts.c.email)
).where(among(contacts.c.contact_id))
_NOW: Final = bindparam("now", type_=_C.given_at.type)
_AGREED: Final = select(_C.contact_id, _C.purpose).where(
    among(_C.contact_id),
    _C.given_at <= _NOW,
    or_(_C.expires_at.is_(None), _C.expires_at > _NOW),
    or_(_C.withdrawn_at.is_(None), _C.withdrawn_at > _NOW),
)
_GONE: Final = func.coalesce(
    sends.c.sent_at, sends.c.not_before, sends.c.slot_at, sends.c.planned_at
)
_MAILED: Final = (
    select(sends.c.contact_id, func.max(_GONE))
    .where(among(sends.c.contact_id), sends.c.status.in_(("data", "sent", "in_doubt")))
    .group_by(sends.c.contact_id)
)


def _agreed(tx: Tx, contact_ids: Sequence[str], now: datetime) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for contact_id, purpose in tx.execute(_AGREED, {IDS: contact_ids, "now": now}):
        found.setdefault(contact_id, set()).add(purpose)
    return found


def _mailed(tx: Tx, contact_ids: Sequence[str]) -> dict[str, datetime]:
    """When a mail last went, or may have gone, to each of the contacts, in business time."""
    return dict(tx.execute(_MAILED, {IDS: contact_ids}).all())


def _one(tx: Tx, query: Select[Any]) -> Contact | None:
    found = _all(tx, query)
    return found[0] if found else None


def _all(tx: Tx, query: Select[Any]) -> list[Contact]:
    return [Contact(**row) for row in tx.execute(query).mappings()]
