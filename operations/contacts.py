"""Contacts: the people on the other side, found by their address, and what they agreed to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from domain.commands import BEYOND
from domain.event import Happened
from domain.house_events import ConsentGiven, ContactAdded, ContactChanged
from domain.ids import new_id
from domain.place import country as known_country
from domain.place import zone as known_zone
from domain.refusal import VERSION_CHANGED, Malformed, NotFound, Refused
from mail.address import address_key, display_name, normalise
from operations import places
from operations.accounts import found_or_added
from operations.contact_view import ContactLine, ContactPage, page_of
from operations.deal_view import View
from operations.desk import reaching
from operations.house import House
from operations.once import Asked, once
from store import contacts, ledger, suppression
from store.contacts import Consent, Contact
from store.database import Tx
from store.ledger import Origin

PURPOSES = ("marketing", "service", "sales")
"""What a mail may be for; marketing alone needs a consent before the first mail."""

_WORD = re.compile(r"[\w.:+-]{1,80}")
"""Stands in the ledger, which forgets nothing: so no @, and with it no address."""

_LOCALE = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8}){0,2}")


class NewContact(BaseModel):
    """Somebody to write to. `consents` are written `purpose` or `purpose:basis`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    email: str
    name: str | None = None
    zone: str | None = None
    country: str | None = None
    locale: str | None = None
    account: str | None = None
    source: str | None = None
    consents: tuple[str, ...] = ()
    facts: dict[str, str] = {}


class ContactChange(BaseModel):
    """What is said anew of a known contact; what is left out stays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str | None = None
    zone: str | None = None
    country: str | None = None
    locale: str | None = None
    account: str | None = None
    source: str | None = None
    facts: dict[str, str] = {}


class ContactsPage(View):
    """One page of contacts in the order in which they came; `cursor` begins the next one."""

    contacts: tuple[ContactLine, ...]
    cursor: str | None = None


class Added(BaseModel):
    """What became of an added contact: made, or known and these details changed."""

    model_config = ConfigDict(frozen=True)

    contact_id: str
    created: bool
    changed: tuple[str, ...] = ()


class Consented(BaseModel):
    """A consent that was recorded."""

    model_config = ConfigDict(frozen=True)

    contact_id: str
    purpose: str
    basis: str


@dataclass(frozen=True)
class _Fit:
    """What is said of a contact, checked and in the form in which it is kept."""

    email: str
    email_key: str
    details: Mapping[str, Any]
    account: str | None
    consents: tuple[tuple[str, str], ...]


def add(
    house: House,
    wanted: NewContact,
    *,
    actor: str,
    command_id: str | None = None,
    dry_run: bool = False,
) -> Added:
    """Add a contact, or change what is said anew of one known by the address.

    Raises Malformed for an address, name, zone, country or consent that cannot be, Refused for
    an address whose owner asked to be forgotten.
    """
    fit = _checked(house, wanted)
    with reaching("the database"):
        if dry_run:
            with house.store.read() as tx:
                return _difference(tx, house, fit)[0]
        with house.store.write() as tx:
            body = wanted.model_dump(exclude_defaults=True)
            stream = f"contact/{new_id('C', fit.email_key)}"
            asked = Asked(stream, "add_contact", actor, body, command_id)
            return once(house, tx, asked, Added, lambda: _keep(tx, house, fit, actor))


def change(
    house: House,
    contact_id: str,
    wanted: ContactChange,
    *,
    actor: str,
    if_version: int | None = None,
    command_id: str | None = None,
    dry_run: bool = False,
) -> Added:
    """Change what is known of a contact, if its stream still stands at `if_version`.

    Raises NotFound, Malformed as `add` does, Refused when it stands elsewhere, and for somebody
    who was forgotten.
    """
    with reaching("the database"), house.store.read() as tx:
        email = find(tx, house, contact_id).email
    if email is None:
        raise Refused("forgotten", "this contact was forgotten and cannot be changed")
    new = NewContact(email=email, **wanted.model_dump(exclude_unset=True))
    fit = _checked(house, new)
    stream = f"contact/{contact_id}"
    body = {**wanted.model_dump(exclude_unset=True), "if_version": if_version}

    def work(tx: Tx) -> Added:
        _stands_at(ledger.head(tx, stream), if_version)
        return _difference(tx, house, fit)[0] if dry_run else _keep(tx, house, fit, actor)

    with reaching("the database"):
        if dry_run:
            with house.store.read() as tx:
                return work(tx)
        with house.store.write() as tx:
            contacts.lock(tx, contact_id)
            asked = Asked(stream, "change_contact", actor, body, command_id)
            return once(house, tx, asked, Added, lambda: work(tx))


def _stands_at(version: int, wanted: int | None) -> None:
    if wanted not in (None, version):
        told = f"the contact stands at version {version}, not {wanted}"
        raise Refused(VERSION_CHANGED, told, "if_version")


def add_in(tx: Tx, house: House, wanted: NewContact, actor: str) -> Added:
    """The same inside a transaction that does more: imports."""
    return _keep(tx, house, _checked(house, wanted), actor)


def consent(
    house: House,
    who: str,
    said: str,
    *,
    actor: str,
    source: str | None = None,
    expires_at: datetime | None = None,
    command_id: str | None = None,
    dry_run: bool = False,
) -> Consented:
    """Record that a contact agreed to mail of a purpose ("marketing:newsletter-form").

    An earlier wish to get no mail of that purpose ends; one against all mail stays. Raises
    Malformed for an end that is over or out of reach, NotFound.
    """
    purpose, basis = _agreed(said)
    if expires_at is not None and not house.time.now() < expires_at < BEYOND:
        raise Malformed("write an end that is still to come, up to the year 2199", "expires_at")
    source = source_word(source) if source is not None else None
    if dry_run:
        its = id_of(house, who)
        return Consented(contact_id=its, purpose=purpose, basis=basis)
    with reaching("the database"), house.store.write() as tx:
        one = find(tx, house, who)
        body = {"said": said, "source": source, "expires_at": expires_at}
        asked = Asked(f"contact/{one.contact_id}", "give_consent", actor, body, command_id)

        def work() -> Consented:
            agree_in(tx, house, one, purpose, basis, actor, source, expires_at)
            return Consented(contact_id=one.contact_id, purpose=purpose, basis=basis)

        return once(house, tx, asked, Consented, work)


def show(house: House, who: str) -> ContactPage:
    """A contact by id or address, with its consents, bars, deals and series. NotFound."""
    with reaching("the database"), house.store.read() as tx:
        return page_of(tx, find(tx, house, who))


def list_all(
    house: House,
    *,
    after: tuple[datetime, str] | None = None,
    limit: int = 50,
    country: str | None = None,
) -> list[ContactLine]:
    """Contacts in the order in which they came, behind (created_at, contact_id)."""
    with reaching("the database"), house.store.read() as tx:
        found = contacts.page(tx, after=after, limit=limit, country=country)
    names = ContactLine.model_fields
    return [ContactLine(**{name: getattr(one, name) for name in names}) for one in found]


def list_page(
    house: House, *, country: str | None = None, cursor: str | None = None, limit: int = 50
) -> ContactsPage:
    """One page of contacts in the order in which they came."""
    after = places.read(cursor)
    found = list_all(house, after=after, limit=limit + 1, country=country)
    last = found[limit - 1] if len(found) > limit else None
    place = (last.created_at, last.contact_id) if last else None
    return ContactsPage(contacts=tuple(found[:limit]), cursor=places.written(place))


def id_of(house: House, who: str) -> str:
    """The id of the contact with this id or address. Raises NotFound, Malformed."""
    with reaching("the database"), house.store.read() as tx:
        return find(tx, house, who).contact_id


def find(tx: Tx, house: House, who: str, where: str | None = None) -> Contact:
    """The contact of this id or address. Raises NotFound, Malformed for what is no address."""
    if "@" in who:
        found = contacts.by_email_key(tx, address_key(house.config.secret, who))
        hint = "; add it first: sluice contact add ADDRESS"
    else:
        found, hint = contacts.load(tx, who), ""
    if found is None:
        raise NotFound(f'there is no contact "{who[:80]}"{hint}', where)
    return found


def _checked(house: House, wanted: NewContact) -> _Fit:
    if not wanted.email.strip():
        raise Malformed("a contact needs an address", "email")
    try:
        email = normalise(wanted.email)
    except Malformed as no:
        raise Malformed(no.message, no.where or "email") from None
    plain = ("name", "zone", "country", "locale", "source")
    details: dict[str, Any] = {
        name: _CHECKS[name](getattr(wanted, name))
        for name in plain
        if getattr(wanted, name) is not None
    }
    if wanted.facts:
        details["facts"] = dict(wanted.facts)
    return _Fit(
        email=email,
        email_key=address_key(house.config.secret, email),
        details=details,
        account=wanted.account,
        consents=tuple(_agreed(said) for said in wanted.consents),
    )


def _name(text: str) -> str:
    try:
        return display_name(text)
    except Malformed as no:
        raise Malformed(no.message, "name") from None


def _zone(text: str) -> str:
    try:
        return known_zone(text)
    except ValueError as error:
        raise Malformed(str(error), "zone") from None


def _country(text: str) -> str:
    try:
        return known_country(text)
    except ValueError as error:
        raise Malformed(str(error), "country") from None


def _locale(text: str) -> str:
    if not _LOCALE.fullmatch(text):
        raise Malformed(f"'{text[:40]}' is no language: write en, de-AT or tr", "locale")
    return text.replace("_", "-")


def source_word(text: str) -> str:
    """Where something came from, as the ledger may hold it. Raises Malformed."""
    if not _WORD.fullmatch(text):
        told = "a source is one word of letters, digits and . _ : + - (at most 80)"
        raise Malformed(told, "source")
    return text


_CHECKS = {
    "name": _name,
    "zone": _zone,
    "country": _country,
    "locale": _locale,
    "source": source_word,
}


def _agreed(said: str) -> tuple[str, str]:
    """Purpose and basis of "marketing:newsletter-form"; a basis alone is for marketing."""
    purpose, _, basis = said.partition(":")
    if purpose not in PURPOSES:
        purpose, basis = "marketing", said
    basis = basis or "stated"
    if not _WORD.fullmatch(basis):
        told = f"'{said[:60]}' is no consent: write marketing or marketing:how-they-agreed"
        raise Malformed(told, "consent")
    return purpose, basis


def _difference(tx: Tx, house: House, fit: _Fit) -> tuple[Added, Contact]:
    """What adding would do, and the contact as it would be; the account is left out."""
    known = contacts.by_email_key(tx, fit.email_key)
    if known is None:
        _not_forgotten(tx, fit.email_key)
        contact_id = _fresh_id(tx, fit.email_key)
        made = Contact(
            contact_id=contact_id,
            email=fit.email,
            email_key=fit.email_key,
            created_at=house.time.now(),
            **fit.details,
        )
        return Added(contact_id=contact_id, created=True), made
    details = dict(fit.details)
    if "facts" in details:
        details["facts"] = {**known.facts, **details["facts"]}
    changed = tuple(name for name, value in details.items() if getattr(known, name) != value)
    after = replace(known, **details)
    return Added(contact_id=known.contact_id, created=False, changed=changed), after


def _not_forgotten(tx: Tx, email_key: str) -> None:
    bar = suppression.find(tx, email_key, suppression.EVERYTHING)
    if bar is not None and bar.reason == suppression.ERASED:
        told = (
            "whoever reads this address asked to be forgotten; if they have come back: "
            "sluice contact unsuppress ADDRESS --reason …"
        )
        raise Refused("forgotten", told, "email")


def _fresh_id(tx: Tx, email_key: str) -> str:
    """The id of a new contact. Who was forgotten and comes back is somebody new."""
    contact_id, times = new_id("C", email_key), 1
    while contacts.load(tx, contact_id) is not None:
        times += 1
        contact_id = new_id("C", email_key, str(times))
    return contact_id


def _keep(tx: Tx, house: House, fit: _Fit, actor: str) -> Added:
    added, contact = _difference(tx, house, fit)
    if fit.account is not None:
        account_id = found_or_added(tx, house, fit.account).account_id
        if account_id != contact.account_id:
            contact = replace(contact, account_id=account_id)
            more = () if added.created else (*added.changed, "account")
            added = added.model_copy(update={"changed": more})
    now = house.time.now()
    events: list[Happened] = []
    if added.created:
        its_id = added.contact_id
        events.append(ContactAdded(at=now, contact_id=its_id, source=contact.source))
    elif added.changed:
        its_id, names = added.contact_id, list(added.changed)
        events.append(ContactChanged(at=now, contact_id=its_id, changed=names))
    if events:
        contacts.save(tx, contact)
        tell(tx, house, contact.contact_id, events, actor, "add_contact")
    for purpose, basis in fit.consents:
        agree_in(tx, house, contact, purpose, basis, actor, contact.source)
    return added


def agree_in(
    tx: Tx,
    house: House,
    one: Contact,
    purpose: str,
    basis: str,
    actor: str,
    source: str | None = None,
    expires_at: datetime | None = None,
) -> None:
    """Inside a transaction that does more: a contact agreed; a wish against it ends."""
    before = {kept.purpose: kept for kept in contacts.consents_of(tx, one.contact_id)}
    kept = before.get(purpose)
    if kept and (kept.basis, kept.expires_at, kept.withdrawn_at) == (basis, expires_at, None):
        return
    now = house.time.now()
    told = {"purpose": purpose, "basis": basis, "source": source, "expires_at": expires_at}
    agreed = Consent(
        contact_id=one.contact_id,
        purpose=purpose,
        basis=basis,
        given_at=now,
        source=source,
        expires_at=expires_at,
    )
    contacts.agree(tx, agreed)
    if one.email_key is not None:
        bar = suppression.find(tx, one.email_key, purpose)
        if bar is not None and bar.opted_out and bar.scope == purpose:
            suppression.lift(tx, one.email_key, purpose)
    given = ConsentGiven.model_validate({"at": now, "contact_id": one.contact_id, **told})
    tell(tx, house, one.contact_id, [given], actor, "give_consent")


def tell(
    tx: Tx, house: House, contact_id: str, events: list[Happened], actor: str, cause: str
) -> int:
    """Append events to a contact's stream; gives the position of the last in the ledger."""
    stream = f"contact/{contact_id}"
    origin = Origin(actor=actor, recorded_at=house.time.wall(), cause=cause)
    recorded = ledger.append(tx, stream, ledger.head(tx, stream), events, origin)
    return recorded[-1].position
