"""People: who uses Sluice, owns deals, manages owners and belongs to groups."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from pydantic import BaseModel, ConfigDict

from domain.access import Role
from domain.event import Happened
from domain.house_events import PersonAdded, PersonChanged, RoleGiven
from domain.ids import new_id
from domain.place import country as known_country
from domain.place import zone as known_zone
from domain.playbooks.words import suggestion
from domain.refusal import Malformed, NotFound
from mail.address import address_key, display_name, normalise
from operations.desk import reaching
from operations.house import House
from operations.once import Asked, once
from store import ledger, people
from store.access import passwords, sessions
from store.database import Tx
from store.ledger import Origin
from store.people import Person

_GROUP = re.compile(r"[a-z0-9]+([-_][a-z0-9]+)*")
_ACTOR = re.compile(r"[\w.+:-]{1,80}")

EMPTIED: Final = ("zone", "country", "locale", "manager")
"""What a person may be without: an empty text takes it away."""


class Colleague(BaseModel):
    """A user of Sluice as the doors show them. `changed` names what this call changed."""

    model_config = ConfigDict(frozen=True)

    person_id: str
    name: str
    email: str | None = None
    zone: str | None = None
    country: str | None = None
    locale: str | None = None
    manager_id: str | None = None
    groups: tuple[str, ...] = ()
    active: bool = True
    role: str | None = None
    created: bool = False
    changed: tuple[str, ...] = ()


class _Kept(BaseModel):
    """The answer that is kept for a repeated call: no name and no address."""

    person_id: str
    created: bool
    changed: tuple[str, ...]


class NewPerson(BaseModel):
    """Somebody who is to use Sluice; what is None stays as it is for a known one.

    `manager` is an id or an address of a person known already. `role` is one of the roles, or
    "none": then they cannot sign in. An empty text takes away zone, country, locale or manager,
    an empty list the groups; a name cannot be emptied.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    email: str
    name: str | None = None
    zone: str | None = None
    country: str | None = None
    locale: str | None = None
    manager: str | None = None
    groups: tuple[str, ...] | None = None
    active: bool | None = None
    role: str | None = None


def zone_of(house: House, person_id: str | None) -> str | None:
    """The zone in which a person reads times; None for nobody and for who has none."""
    if person_id is None:
        return None
    with reaching("the database"), house.store.read() as tx:
        person = people.load(tx, person_id)
    return person.zone if person is not None else None


def add(
    house: House,
    wanted: NewPerson,
    *,
    actor: str,
    command_id: str | None = None,
    dry_run: bool = False,
) -> Colleague:
    """Add a person, or change what is said anew of one known by the address.

    Who gets another role, or leaves, is signed out everywhere. Raises Malformed for an address,
    zone, group or role that cannot be, NotFound for a manager whom nobody knows.
    """
    fit = _checked(wanted)
    email = normalise(wanted.email)
    person_id = new_id("P", address_key(house.config.secret, email))
    with reaching("the database"):
        if dry_run:
            with house.store.read() as tx:
                return _told(tx, house, person_id, email, fit)[0]
        with house.store.write() as tx:
            asked = Asked(f"person/{person_id}", "add_person", actor, fit, command_id)

            def work() -> _Kept:
                told, person = _told(tx, house, person_id, email, fit)
                _keep(tx, house, told, person, actor)
                its_id = person.person_id
                return _Kept(person_id=its_id, created=told.created, changed=told.changed)

            kept = once(house, tx, asked, _Kept, work)
            now = shown(find(tx, kept.person_id))
            return now.model_copy(update={"created": kept.created, "changed": kept.changed})


def list_all(house: House, *, active: bool = True) -> list[Colleague]:
    """Everybody who uses Sluice, by name; with `active=False` also who has left."""
    with reaching("the database"), house.store.read() as tx:
        return [shown(person) for person in people.all_of(tx, active=active)]


def show(house: House, who: str) -> Colleague:
    """One person, by id or address. Raises NotFound."""
    with reaching("the database"), house.store.read() as tx:
        return shown(find(tx, who))


def find(tx: Tx, who: str, where: str | None = None) -> Person:
    """The person of this id or address. Raises NotFound, with the name that may be meant."""
    found = people.load(tx, who)
    if found is None and "@" in who:
        found = _by_address(tx, who)
    if found is None:
        known = [one.email for one in people.all_of(tx) if one.email]
        hint = suggestion(who, known) if "@" in who else "; list them with: sluice user list"
        raise NotFound(f'there is no person "{who[:80]}"{hint}', where)
    return found


def actor_id(house: House, who: str) -> str:
    """How the ledger names who asks: a known person's id, or the word as it is.

    An address that nobody here has is refused: the ledger holds no personal data.
    """
    with reaching("the database"), house.store.read() as tx:
        if "@" in who:
            return find(tx, who, "actor").person_id
    if not _ACTOR.fullmatch(who):
        told = "an actor is one word of letters, digits and . _ + : - (at most 80)"
        raise Malformed(told, "actor")
    return who


def owner_for(tx: Tx, owner: str | None, actor: str) -> str | None:
    """The person who is to own something: the one named, else the actor if it is a person."""
    if owner is not None:
        return find(tx, owner, "owner").person_id
    known = people.load(tx, actor)
    return known.person_id if known is not None and known.active else None


def _by_address(tx: Tx, who: str) -> Person | None:
    try:
        email = normalise(who)
    except Malformed:
        return None
    return people.by_email(tx, email)


def _checked(wanted: NewPerson) -> dict[str, object]:
    """What is said, in the form in which it is kept."""
    said = wanted.model_dump(exclude_none=True, exclude={"email"})
    said |= {name: None for name in EMPTIED if said.get(name) == ""}
    if "name" in said:
        if not said["name"].strip():
            raise Malformed("a person needs a name; it cannot be emptied", "name")
        said["name"] = display_name(said["name"])
    if "groups" in said:
        said["groups"] = tuple(filter(None, said["groups"]))
    for name, check in (("zone", known_zone), ("country", known_country)):
        if said.get(name) is not None:
            try:
                said[name] = check(said[name])
            except ValueError as error:
                raise Malformed(str(error), name) from None
    for group in said.get("groups", ()):
        if not _GROUP.fullmatch(group):
            told = f"'{group[:60]}' is no group: write small letters, digits, - and _"
            raise Malformed(told, "groups")
    if "role" in said:
        said["role"] = _role(str(said["role"]))
    return said


def _role(word: str) -> str | None:
    if word != "none" and word not in tuple(Role):
        told = f"'{word[:40]}' is no role: {', '.join(Role)}, or none"
        raise Malformed(told, "role")
    return None if word == "none" else word


def _told(
    tx: Tx, house: House, person_id: str, email: str, said: dict[str, object]
) -> tuple[Colleague, Person]:
    """The person as they will be, and what of them is new."""
    known = people.by_email(tx, email) or people.load(tx, person_id)
    fresh = {name: value for name, value in said.items() if name != "manager"}
    if "manager" in said:
        boss = said["manager"]
        fresh["manager_id"] = find(tx, str(boss), "manager").person_id if boss else None
    if known is None:
        if "name" not in fresh:
            raise Malformed("a new person needs a name", "name")
        now: datetime = house.time.now()
        bare = Person(person_id=person_id, name="", email=email, created_at=now)
        person = replace(bare, **fresh)  # type: ignore[arg-type]
        return shown(person).model_copy(update={"created": True}), person
    changed = tuple(name for name, value in fresh.items() if getattr(known, name) != value)
    person = replace(known, **fresh)  # type: ignore[arg-type]
    return shown(person).model_copy(update={"changed": changed}), person


def _keep(tx: Tx, house: House, told: Colleague, person: Person, actor: str) -> None:
    if not told.created and not told.changed:
        return
    people.save(tx, person)
    now, stream = house.time.now(), f"person/{person.person_id}"
    origin = Origin(actor=actor, recorded_at=house.time.wall(), cause="add_person")
    event = (
        PersonAdded(at=now, person_id=person.person_id)
        if told.created
        else PersonChanged(at=now, person_id=person.person_id, changed=list(told.changed))
    )
    events: list[Happened] = [event]
    if "role" in told.changed or (told.created and person.role is not None):
        events.append(RoleGiven(at=now, person_id=person.person_id, role=person.role))
    ledger.append(tx, stream, ledger.head(tx, stream), events, origin)
    if {"role", "active"} & set(told.changed):
        # The next session begins with a new id and with what the person may do now.
        sessions.end_all(tx, person.person_id)
    if not person.active:
        passwords.uninvite(tx, person.person_id)


def shown(person: Person) -> Colleague:
    """The person as the doors show them."""
    names: Sequence[str] = [name for name in Colleague.model_fields if hasattr(person, name)]
    return Colleague(**{name: getattr(person, name) for name in names})
