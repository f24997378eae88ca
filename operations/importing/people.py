"""People of an import: owners found again by name or address, or made, with manager and group."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from domain.event import Happened
from domain.house_events import PersonAdded, PersonChanged
from domain.ids import new_id
from domain.refusal import Malformed
from mail.address import address_key, display_name, normalise
from operations.house import House
from operations.importing.mapping import PeopleColumns, must_have, places
from operations.importing.report import Notes
from operations.importing.table import Rejected, Row, Table, key_of
from store import ledger, people
from store.database import Tx
from store.ledger import Entry, Origin
from store.people import Person

_BLANK: Final = re.compile(r"\s+")


@dataclass(frozen=True)
class _Said:
    """What a row of the people's file says."""

    name: str
    email: str | None
    manager: str | None
    group: str | None


class Roster:
    """Everybody known here or named by the files; `fresh` and `changed` are still to be kept."""

    def __init__(self, tx: Tx, house: House, notes: Notes) -> None:
        self.fresh: dict[str, Person] = {}
        self.changed: dict[str, tuple[Person, tuple[str, ...]]] = {}
        self.rejected: list[Rejected] = []
        self._secret = house.config.secret
        self._now = house.time.now()
        self._notes = notes
        self._people: dict[str, Person] = {}
        self._by_key: dict[str, str] = {}
        for one in people.all_of(tx, active=False):
            self._keep(one)

    def read(self, table: Table, columns: PeopleColumns) -> None:
        """Take in the people's file. Raises Malformed when a column is missing."""
        wanted = [one for one in columns.model_dump().values() if one is not None]
        must_have(table, wanted, "the people's file")
        self.rejected += table.rejected
        said = [one for row in table.rows if (one := self._said(table, columns, row))]
        groups = {one.group for one in said if one.group}
        for one in said:
            manager = self._person(one.manager, None) if one.manager else None
            person = self._person(one.name, one.email)
            kept = tuple(name for name in person.groups if name not in groups)
            wanted_groups = (*kept, one.group) if one.group else person.groups
            self._change(person, manager.person_id if manager else None, wanted_groups)

    def owner(self, who: str | None, line: int) -> str | None:
        """The id of a deal's owner; somebody nobody knows is made, and that is noted."""
        if who is None:
            self._notes.add("no_owner", "deals without an owner", line)
            return None
        known = self._by_key.get(_key(who))
        if known is None:
            known = self._person(
                who if "@" not in who else who.partition("@")[0], who if "@" in who else None
            ).person_id
            self._by_key[_key(who)] = known
            self._notes.add("new_owner", "owners whom only the deals name were made people")
        return known

    def person(self, person_id: str) -> Person:
        """Somebody of the roster."""
        return self._people[person_id]

    def all(self) -> Mapping[str, Person]:
        """Everybody, by id."""
        return self._people

    def record(self, tx: Tx, house: House, actor: str) -> None:
        """Keep who is new or changed, with an event each.

        Not whom an import at the same time was quicker with: after this they are not fresh.
        """
        ledger.take_turn(tx)
        origin = Origin(actor=actor, recorded_at=house.time.wall(), cause="import")
        entries: list[Entry] = []
        self.fresh = {its: one for its, one in self.fresh.items() if people.add(tx, one)}
        for one in self.fresh.values():
            entries.append(
                _entry(tx, one, PersonAdded(at=self._now, person_id=one.person_id), origin)
            )
        for one, names in self.changed.values():
            people.save(tx, one)
            told = PersonChanged(at=self._now, person_id=one.person_id, changed=list(names))
            entries.append(_entry(tx, one, told, origin))
        ledger.append_many(tx, entries)

    def _said(self, table: Table, columns: PeopleColumns, row: Row) -> _Said | None:
        place = places(table)

        def cell(column: str | None) -> str | None:
            return (row.cells[place[key_of(column)]] or None) if column else None

        try:
            name, manager = cell(columns.name), cell(columns.manager)
            email = cell(columns.email)
            if name is None:
                raise Malformed(f"{columns.name} is blank")
            return _Said(
                display_name(name),
                normalise(email) if email else None,
                display_name(manager) if manager else None,
                group_of(cell(columns.group)),
            )
        except Malformed as error:
            self.rejected.append(Rejected(table.file, row.line, error.message))
            return None

    def _person(self, name: str, email: str | None) -> Person:
        known = self._by_key.get(_key(email or name)) or self._by_key.get(_key(name))
        if known is not None:
            return self._people[known]
        mark = address_key(self._secret, email) if email else self._mark(name)
        made = Person(person_id=new_id("P", mark), name=name, email=email, created_at=self._now)
        self.fresh[made.person_id] = made
        self._keep(made)
        return made

    def _change(self, person: Person, manager_id: str | None, groups: tuple[str, ...]) -> None:
        after = replace(person, manager_id=manager_id or person.manager_id, groups=groups)
        if after == person:
            return
        self._people[after.person_id] = after
        if after.person_id in self.fresh:
            self.fresh[after.person_id] = after
            return
        names = tuple(
            n for n in ("manager_id", "groups") if getattr(after, n) != getattr(person, n)
        )
        self.changed[after.person_id] = (after, names)

    def _keep(self, one: Person) -> None:
        self._people[one.person_id] = one
        key = _key(one.name)
        if key in self._by_key and self._by_key[key] != one.person_id:
            self._notes.add("same_name", "people share a name; their deals went to one of them")
        else:
            self._by_key[key] = one.person_id
        if one.email:
            self._by_key[_key(one.email)] = one.person_id

    def _mark(self, name: str) -> str:
        """A name as an id may be made of it: keyed, so that it cannot be guessed back."""
        return hmac.new(self._secret, f"person:{_key(name)}".encode(), hashlib.sha256).hexdigest()


def group_of(text: str | None) -> str | None:
    """A group's name from what a column says: "Central Europe" is `central-europe`."""
    slug = re.sub("[^a-z0-9]+", "-", (text or "").casefold()).strip("-")[:60]
    return slug or None


@lru_cache(maxsize=10_000)
def _key(name: str) -> str:
    return _BLANK.sub(" ", name).strip().casefold()


def _entry(tx: Tx, one: Person, event: Happened, origin: Origin) -> Entry:
    stream = f"person/{one.person_id}"
    return Entry(stream, ledger.head(tx, stream), [event], origin)
