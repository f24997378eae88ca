"""Importing contacts from a file: who may be written to, on what basis, and where they live."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from domain.house_events import ConsentGiven
from domain.refusal import Malformed, Refused
from mail.address import address_key
from operations.contacts import PURPOSES, NewContact, add_in, tell
from operations.desk import reaching
from operations.house import House
from operations.importing import links as import_links
from operations.importing import mapping as import_mapping
from operations.importing.countries import country_of
from operations.importing.dates import Order, Written, orders_of, parsed
from operations.importing.deals import batches, silent
from operations.importing.mapping import ContactMapping, must_have, places
from operations.importing.report import Note, Notes, Progress, note_data, rejected_data
from operations.importing.table import Rejected, Row, Table, key_of, read_table
from operations.logbook import note
from store import contacts, suppression
from store.contacts import Consent
from store.database import Tx

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "email": ("email", "mail", "email address", "person - email"),
    "name": ("name", "full name", "contact", "person - name"),
    "first_name": ("first name", "given name"),
    "last_name": ("last name", "surname", "family name"),
    "country": ("country", "country code"),
    "zone": ("zone", "time zone"),
    "locale": ("locale", "language"),
    "account": ("account", "company", "organisation", "organization", "organization - name"),
    "basis": ("consent", "consent basis", "basis", "opt-in"),
    "purpose": ("purpose", "consent purpose"),
    "consent_source": ("consent source", "source of consent"),
    "consent_date": ("consent date", "consent given", "date of consent", "consented at"),
    "source": ("source", "lead source"),
    "deal": ("deal", "deal id", "opportunity id"),
    "role": ("role", "deal role"),
}
"""What a column may be called; case, blanks, hyphens and underscores do not matter."""

NO_CONSENT: Final = frozenset({"no", "false", "0", "none", "-"})
_PLAIN_YES: Final = frozenset({"yes", "true", "1", "y"})
_FACTS: Final = 50


@dataclass(frozen=True, slots=True)
class Barred:
    """A contact of the file who is not written to, and why."""

    line: int
    contact_id: str
    reason: str
    scope: str


@dataclass(frozen=True)
class ContactsReport:
    """The result of an import of contacts. `facts` names the columns kept as facts."""

    dry_run: bool
    rows: int
    created: int
    updated: int
    unchanged: int
    consents: int
    linked: int
    rejected: tuple[Rejected, ...]
    notes: tuple[Note, ...]
    suppressed: tuple[Barred, ...]
    facts: tuple[str, ...]

    def as_data(self) -> dict[str, Any]:
        """The JSON shape that scripts rely on."""
        plain = ("dry_run", "rows", "created", "updated", "unchanged", "consents", "linked")
        return {
            **{name: getattr(self, name) for name in plain},
            "rejected": [rejected_data(one) for one in self.rejected],
            "notes": [note_data(one) for one in self.notes],
            "suppressed": list(self.suppressed),
            "facts": list(self.facts),
        }


def import_contacts(
    house: House,
    file: Path,
    *,
    actor: str,
    mapping: Path | None = None,
    dates: Order | None = None,
    dry_run: bool = False,
    progress: Progress = silent,
) -> ContactsReport:
    """Add the contacts of a file, or bring known ones up to date; known by their address.

    A consent in the file never lifts a bar and never outlives a later withdrawal. Further
    columns are kept as facts that rules can ask. Raises Malformed for a file that cannot be
    read, EngineUnreachable.
    """
    work = _Import(house, read_table(file), actor, mapping, dates, dry_run)
    with reaching("the database"):
        return work.run(progress)


class _Undone(Exception):
    """Ends the transaction of a dry run, so that nothing of it stays."""


class _Import:
    """One import on its way."""

    def __init__(
        self,
        house: House,
        table: Table,
        actor: str,
        mapping: Path | None,
        dates: Order | None,
        dry_run: bool,
    ) -> None:
        self.house, self.table, self.actor, self.dry_run = house, table, actor, dry_run
        self.notes = Notes()
        self.rejected = list(table.rejected)
        self.suppressed: list[Barred] = []
        self.created = self.updated = self.unchanged = self.consents = self.linked = 0
        self.seen: dict[str, int] = {}
        self.sources = import_links.sources(house)
        self.columns, self.facts = self._columns(mapping)
        for remark in table.remarks:
            self.notes.add("file", remark)
        self.order = self._order(dates)

    def run(self, progress: Progress) -> ContactsReport:
        """Row by row, a batch in one transaction."""
        done = 0
        for some in batches(self.table.rows):
            self._batch(some)
            done += len(some)
            progress("contacts", done, len(self.table.rows))
        return ContactsReport(
            dry_run=self.dry_run,
            rows=len(self.table.rows) + len(self.table.rejected),
            created=self.created,
            updated=self.updated,
            unchanged=self.unchanged,
            consents=self.consents,
            linked=self.linked,
            rejected=tuple(sorted(self.rejected, key=lambda one: one.line)),
            notes=self.notes.all(),
            suppressed=tuple(self.suppressed),
            facts=self.facts,
        )

    def _columns(self, mapping: Path | None) -> tuple[dict[str, int], tuple[str, ...]]:
        there = places(self.table)
        if mapping is not None:
            profile = import_mapping.load(mapping, ContactMapping)
            _known_words(profile.columns, mapping)
            must_have(self.table, profile.columns.values(), f"the mapping {profile.mapping}")
            found = {word: there[key_of(name)] for word, name in profile.columns.items()}
            wanted = profile.facts
        else:
            found = {
                word: there[key_of(name)]
                for word, names in COLUMNS.items()
                for name in reversed(names)
                if key_of(name) in there
            }
            wanted = None
        if "email" not in found:
            must_have(self.table, ["email"], "an import of contacts")
        taken = set(found.values())
        spare = [name for place, name in enumerate(self.table.header) if place not in taken]
        facts = tuple(name for name in (spare if wanted is None else wanted))
        must_have(self.table, facts, "the mapping")
        return found, facts[:_FACTS]

    def _order(self, asked: Order | None) -> Order:
        place = self.columns.get("consent_date")
        if place is None:
            return "iso"
        name = self.table.header[place]
        rows = self.table.rows
        values = [Written(row.line, row.cells[place]) for row in rows if row.cells[place]]
        return orders_of({name: values}, self.table.file, asked)[name]

    def _batch(self, rows: Sequence[Row]) -> None:
        try:
            with self.house.store.write() as tx:
                for row in rows:
                    try:
                        self._row(tx, row)
                    except (Malformed, Refused, ValueError) as error:
                        told = str(getattr(error, "message", None) or error)
                        self.rejected.append(Rejected(self.table.file, row.line, told))
                note(tx, self.house, "import_contacts", actor=self.actor, stream="import/contacts")
                if self.dry_run:
                    raise _Undone
        except _Undone:
            pass

    def _row(self, tx: Tx, row: Row) -> None:
        wanted, agreed = self._wanted(row), self._agreed(row)
        key = address_key(self.house.config.secret, wanted.email)
        if key in self.seen:
            told = f"the address stands in line {self.seen[key]} already"
            raise Malformed(told)
        self.seen[key] = row.line
        added = add_in(tx, self.house, wanted, self.actor)
        consented = self._consent(tx, added.contact_id, agreed, row) if agreed else False
        linked = self._link(tx, added.contact_id, row)
        if added.created:
            self.created += 1
        elif added.changed or consented or linked:
            self.updated += 1
        else:
            self.unchanged += 1
        for bars in suppression.of_keys(tx, [key]).values():
            for bar in bars:
                one = Barred(row.line, added.contact_id, bar.reason, bar.scope)
                self.suppressed.append(one)
                told = f"contacts are barred ({bar.reason}) and will not be written to"
                self.notes.add("suppressed", told, row.line)

    def _wanted(self, row: Row) -> NewContact:
        email = self._cell(row, "email")
        if email is None:
            raise Malformed("the address is blank")
        country = self._cell(row, "country")
        name = self._cell(row, "name")
        if not name:
            parts = (self._cell(row, "first_name"), self._cell(row, "last_name"))
            name = " ".join(part for part in parts if part)
        return NewContact(
            email=email,
            name=name or None,
            zone=self._cell(row, "zone"),
            country=self._country(country, row.line) if country else None,
            locale=self._cell(row, "locale"),
            account=self._cell(row, "account"),
            source=_word(self._cell(row, "source")),
            facts=self._facts(row),
        )

    def _country(self, text: str, line: int) -> str:
        place = country_of(text)
        if place is None:
            raise Malformed(f'the country "{text[:40]}" is not known: write two letters such as PL')
        if not place.exact:
            told = f'the country "{text}" is taken for {place.name} ({place.code})'
            self.notes.add("country", told, line)
        return place.code

    def _facts(self, row: Row) -> dict[str, str]:
        there = places(self.table)
        cells = {name: row.cells[there[key_of(name)]] for name in self.facts}
        return {fact_name(name): text for name, text in cells.items() if text}

    def _agreed(self, row: Row) -> tuple[str, str, datetime | None] | None:
        """Purpose, basis and date of a consent that the row says, None when it says none."""
        basis = self._cell(row, "basis")
        if basis is None or basis.casefold() in NO_CONSENT:
            self.notes.add("no_consent", "contacts without a consent: no marketing mail", row.line)
            return None
        purpose = (self._cell(row, "purpose") or "marketing").casefold()
        if purpose not in PURPOSES:
            told = f'"{purpose[:40]}" is no purpose: write one of {", ".join(PURPOSES)}'
            raise Malformed(told)
        given = self._cell(row, "consent_date")
        at = parsed(given, self.order) if given else None
        if at is not None and at > self.house.time.now():
            raise Malformed(f"a consent of {at:%Y-%m-%d} still lies ahead")
        if at is None:
            self.notes.add("consent_date", "consents without a date: dated today", row.line)
        return purpose, _basis(basis), at

    def _consent(
        self, tx: Tx, contact_id: str, agreed: tuple[str, str, datetime | None], row: Row
    ) -> bool:
        purpose, basis, given = agreed
        kept = {one.purpose: one for one in contacts.consents_of(tx, contact_id)}.get(purpose)
        if kept is not None and kept.withdrawn_at is not None:
            if given is None or given <= kept.withdrawn_at:
                told = "consents were withdrawn after the date in the file; they stay withdrawn"
                self.notes.add("withdrawn", told, row.line)
                return False
        elif kept is not None and kept.basis == basis and given in (None, kept.given_at):
            return False
        source = _word(self._cell(row, "consent_source")) or _word(self.table.file)
        at = given or self.house.time.now()
        said = {"contact_id": contact_id, "purpose": purpose, "basis": basis, "source": source}
        contacts.agree(tx, Consent(given_at=at, **said))  # type: ignore[arg-type]
        event = ConsentGiven.model_validate({"at": at, **said})
        tell(tx, self.house, contact_id, [event], self.actor, "import")
        self.consents += 1
        return True

    def _link(self, tx: Tx, contact_id: str, row: Row) -> bool:
        deal = self._cell(row, "deal")
        if deal is None:
            return False
        role = _word(self._cell(row, "role")) or "primary"
        deal_id = import_links.deal_named(tx, deal, self.sources)
        linked = import_links.link(tx, self.house, contact_id, deal_id, role, self.actor)
        if linked is None:
            self.notes.add("no_deal", "contacts name a deal that is not here", row.line)
        self.linked += bool(linked)
        return bool(linked)

    def _cell(self, row: Row, word: str) -> str | None:
        place = self.columns.get(word)
        return (row.cells[place] or None) if place is not None else None


def fact_name(column: str) -> str:
    """A column's name as a rule asks for it: "Company Size" is `company_size`."""
    return re.sub(r"\W+", "_", column.casefold()).strip("_") or "fact"


def _known_words(columns: Mapping[str, str], mapping: Path) -> None:
    for word in columns:
        if word not in COLUMNS:
            told = f'"{word}" is nothing that is known of a contact; known: {", ".join(COLUMNS)}'
            raise Malformed(told, f"{mapping} columns.{word}")


def _basis(text: str) -> str:
    return "stated" if text.casefold() in _PLAIN_YES else _word(text) or "stated"


def _word(text: str | None) -> str | None:
    """One word as the ledger may hold it: a basis, a source, a role."""
    word = re.sub(r"[^\w.:+-]+", "-", text or "").strip("-")[:80]
    return word or None
