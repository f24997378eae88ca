"""Passwords of people: set by a person who is asked for it, or by who follows an invite."""

from datetime import timedelta
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.refusal import NotFound, Refused
from operations.access.secrets import check_password, fresh, hash_password, hashed
from operations.desk import reaching
from operations.house import House
from operations.logbook import note
from operations.people import Colleague, find, shown
from store import people
from store.access import passwords, sessions
from store.database import Tx
from store.people import Person

INVITED: Final = timedelta(hours=48)
"""How long an invite is good, in wall time."""


class Invited(BaseModel):
    """An invite: whoever has `url` may set the password of this person, once."""

    model_config = ConfigDict(frozen=True)

    person_id: str
    url: str
    expires_at: AwareDatetime


class PasswordSet(BaseModel):
    """A password was set; `ended` sessions of the person ended with the old one."""

    model_config = ConfigDict(frozen=True)

    person_id: str
    ended: int


def set_password(house: House, who: str, password: str, *, actor: str) -> PasswordSet:
    """Set somebody's password. Raises NotFound, and Refused for one that is too weak."""
    with reaching("the database"):
        with house.store.read() as tx:
            person = find(tx, who)
        _check(person, password)
        kept = hash_password(password)
        with house.store.write() as tx:
            return _set(tx, house, person, kept, actor, "set_password")


def invite(house: House, who: str, *, actor: str) -> Invited:
    """A link with which a person sets a password; an earlier one ends.

    Raises NotFound, and Refused for who has no role or has left: they could not sign in.
    """
    token, expires_at = fresh(), house.time.wall() + INVITED
    with reaching("the database"), house.store.write() as tx:
        person = find(tx, who)
        _may_sign_in(person)
        passwords.invite(tx, hashed(token), person.person_id, expires_at)
        note(tx, house, "invite_person", actor=actor, stream=f"person/{person.person_id}")
    url = f"{house.config.public_url.rstrip('/')}/invite/{token}"
    return Invited(person_id=person.person_id, url=url, expires_at=expires_at)


def invited(house: House, token: str) -> Colleague:
    """Whose invite this is. Raises NotFound for one that is over, used, or was never one."""
    with reaching("the database"), house.store.read() as tx:
        person_id = passwords.invited(tx, hashed(token), house.time.wall())
        return shown(_invited(tx, person_id))


def accept(house: House, token: str, password: str) -> PasswordSet:
    """Set the password that an invite is for, which uses it up.

    Raises NotFound as `invited` does, and Refused for a weak password: then the invite stays.
    """
    with reaching("the database"):
        with house.store.read() as tx:
            person_id = passwords.invited(tx, hashed(token), house.time.wall())
            person = _invited(tx, person_id)
        _check(person, password)
        kept = hash_password(password)
        with house.store.write() as tx:
            taken = passwords.take_invite(tx, hashed(token), house.time.wall())
            person = _invited(tx, taken)
            return _set(tx, house, person, kept, person.person_id, "accept_invite")


def _invited(tx: Tx, person_id: str | None) -> Person:
    person = people.load(tx, person_id) if person_id is not None else None
    if person is None:
        told = "this invite is used, over (after 48 hours), or was never one; ask for a new one"
        raise NotFound(told, "invite")
    _may_sign_in(person)
    return person


def _may_sign_in(person: Person) -> None:
    if not person.active:
        raise Refused("has_left", "this person has left", "person")
    if person.role is None:
        told = "this person has no role; give one with: sluice user add ADDRESS --role ROLE"
        raise Refused("no_role", told, "person")


def _check(person: Person, password: str) -> None:
    address = person.email or ""
    check_password(password, person.name, address, address.partition("@")[0])


def _set(tx: Tx, house: House, person: Person, kept: str, actor: str, what: str) -> PasswordSet:
    passwords.save(tx, person.person_id, kept, house.time.wall())
    passwords.uninvite(tx, person.person_id)
    ended = sessions.end_all(tx, person.person_id)
    note(tx, house, what, actor=actor, stream=f"person/{person.person_id}")
    return PasswordSet(person_id=person.person_id, ended=ended)
