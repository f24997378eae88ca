"""Signing in and out: sessions in the database, and how often somebody may try."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from domain.access import Role
from domain.ids import new_id
from domain.refusal import Malformed
from mail.address import address_key, normalise
from operations.access.secrets import (
    fresh,
    hash_password,
    hashed,
    is_stale,
    verify_password,
)
from operations.desk import reaching
from operations.house import House
from operations.logbook import note
from operations.people import find
from store import people
from store.access import passwords, sessions
from store.access.sessions import Signed
from store.database import Tx
from store.people import Person

IDLE: Final = timedelta(hours=8)
"""A session that nobody used for so long is over. All of these are wall time."""

ABSOLUTE: Final = timedelta(days=7)
"""However much it is used, a session is over after this."""

FRESH: Final = timedelta(minutes=1)
"""So exactly is kept when a session was used last; a click is no write each time."""

WINDOW: Final = timedelta(minutes=15)
"""Over how long attempts are counted."""

PERSON_TRIES: Final = 10
"""Attempts on one name in that time, known or not; signing in begins the count anew."""

PLACE_TRIES: Final = 50
"""Attempts from one network address in that time."""


class NotSignedIn(Exception):
    """Name or password is wrong, or the person may not sign in; which, is not told."""


class TooManyTries(Exception):
    """Somebody tried too often; whether the name is known is not told."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who a session belongs to, with the role that holds now."""

    person_id: str
    name: str
    role: Role


def sign_in(house: House, email: str, password: str, *, place: str) -> str:
    """The id of a new session. `place` is the network address that the attempt comes from.

    Raises NotSignedIn, TooManyTries, EngineUnreachable.
    """
    name = _subject(house, "name", email.strip().casefold()[:320])
    with reaching("the database"):
        _count(house, name, _subject(house, "place", place))
        with house.store.read() as tx:
            person = _by_address(tx, house, email)
            kept = passwords.hash_of(tx, person.person_id) if person else None
        right = verify_password(kept, password)
        if person is None or kept is None or not right or not _may(person):
            _refused(house, person)
            raise NotSignedIn
        anew = hash_password(password) if is_stale(kept) else None
        session_id = fresh()
        with house.store.write() as tx:
            # The password, or the person, may have changed while the old one was verified.
            now = people.load(tx, person.person_id)
            if not _may(now) or passwords.hash_of(tx, person.person_id) != kept:
                raise NotSignedIn
            _begin(tx, house, person, session_id, name)
            if anew is not None:
                passwords.save(tx, person.person_id, anew, house.time.wall())
        return session_id


def visitor(house: House, session_id: str) -> Visitor | None:
    """Who has the session of that id; None when it is over. Raises EngineUnreachable."""
    key, now = hashed(session_id), house.time.wall()
    with reaching("the database"):
        with house.store.read() as tx:
            found = sessions.find(tx, key)
            person = people.load(tx, found.person_id) if found else None
        if found is None or person is None or person.role is None or not person.active:
            return None
        if now - found.begun_at > ABSOLUTE or now - found.seen_at > IDLE:
            return None
        if now - found.seen_at > FRESH:
            with house.store.write() as tx:
                sessions.seen(tx, key, now)
    return Visitor(person.person_id, person.name, Role(person.role))


def sign_out(house: House, session_id: str) -> None:
    """End one session; one that is over is no fault."""
    key = hashed(session_id)
    with reaching("the database"), house.store.write() as tx:
        found = sessions.find(tx, key)
        if found is not None:
            sessions.end(tx, key)
            who = found.person_id
            note(tx, house, "sign_out", actor=who, stream=f"person/{who}")


def sign_out_everywhere(house: House, who: str, *, actor: str) -> int:
    """End every session of a person and say how many there were. Raises NotFound."""
    with reaching("the database"), house.store.write() as tx:
        person_id = find(tx, who).person_id
        ended = sessions.end_all(tx, person_id)
        note(tx, house, "end_sessions", actor=actor, stream=f"person/{person_id}")
    return ended


def _count(house: House, *subjects: str) -> None:
    """Count the attempt before it is made: of many at once none slips through."""
    now, most = house.time.wall(), (PERSON_TRIES, PLACE_TRIES)
    with house.store.write() as tx:
        counts = [sessions.try_again(tx, subject, now, now - WINDOW) for subject in subjects]
    if any(count > limit for count, limit in zip(counts, most, strict=True)):
        raise TooManyTries


def _refused(house: House, person: Person | None) -> None:
    stream = f"person/{person.person_id}" if person else None
    with house.store.write() as tx:
        note(tx, house, "sign_in", actor="nobody", outcome="refused", stream=stream)


def _begin(tx: Tx, house: House, person: Person, session_id: str, name: str) -> None:
    now, who = house.time.wall(), person.person_id
    sessions.sweep(tx, now - ABSOLUTE, now - IDLE)
    sessions.forget_attempts(tx, before=now - WINDOW)
    sessions.forget_attempts(tx, name)
    sessions.begin(tx, Signed(hashed(session_id), who, now, now))
    note(tx, house, "sign_in", actor=who, stream=f"person/{who}")


def _may(person: Person | None) -> bool:
    return person is not None and person.active and person.role is not None


def _by_address(tx: Tx, house: House, email: str) -> Person | None:
    try:
        plain = normalise(email.strip())
        its_id = new_id("P", address_key(house.config.secret, plain))
    except Malformed:
        return None
    # The id is made from the address however it is spelled.
    return people.by_email(tx, plain) or people.load(tx, its_id)


def _subject(house: House, kind: str, value: str) -> str:
    """A keyed hash: the counts tell nobody who tried, or from where."""
    key = house.config.secret
    return f"{kind}:{hmac.new(key, value.encode(), hashlib.sha256).hexdigest()}"
