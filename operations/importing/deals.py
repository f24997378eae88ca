"""Importing deals from a file: what it would do, and doing it; twice the same changes nothing."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

from temporalio.service import RPCError

from domain.refusal import Malformed
from mail.address import address_key
from operations import arming
from operations.arming import Sleeper
from operations.desk import reaching
from operations.house import EngineUnreachable, House
from operations.importing import changes as import_changes
from operations.importing import mapping as import_mapping
from operations.importing.accounts import Accounts
from operations.importing.dates import Order
from operations.importing.digests import Digests
from operations.importing.mapping import DealMapping
from operations.importing.people import Roster
from operations.importing.products import Catalogue
from operations.importing.report import ImportReport, Notes, Progress
from operations.importing.rows import DealLine, Lines, read_lines
from operations.importing.table import Rejected, Table, read_table
from operations.importing.taking import BATCH, Entry, Taken, Taker, debts_of
from operations.logbook import note
from operations.waking import ring_rounds
from store import contacts, imports, ledger
from store.database import Tx

T = TypeVar("T")
log = logging.getLogger("sluice.importing")
Enroll = Literal["none", "matching"]


@dataclass(frozen=True, slots=True)
class DealFiles:
    """What is to be imported: the deals, what stands beside them, and how to read it.

    Without a `mapping` the header tells which of those that ship fits. `dates` decides where
    day and month cannot be told apart.
    """

    deals: Path
    products: Path | None = None
    accounts: Path | None = None
    people: Path | None = None
    mapping: Path | None = None
    dates: Order | None = None


def silent(what: str, done: int, total: int) -> None:
    """Nobody watches."""


async def import_deals(
    house: House,
    files: DealFiles,
    *,
    actor: str,
    enroll: Enroll = "none",
    dry_run: bool = False,
    arm: bool = True,
    progress: Progress = silent,
) -> ImportReport:
    """Take over the deals of a file, or say what that would do.

    A row is known again by its source and id, and left alone while it says the same. Closed
    deals become history; open ones get a workflow if something is due for them, unless `arm`
    is off. Each owner with an address gets one mail about the deals that came quiet. Nobody is
    enrolled unless asked. Raises Malformed, NotFound, EngineUnreachable; what was recorded
    before stays, and importing again goes on from there.
    """
    work = _Import(house, files, actor, enroll == "matching", dry_run, progress)
    report, due = await asyncio.to_thread(work.run)
    if dry_run or not arm:
        return report
    if any(one.told for one in report.stagnant):
        await _ring(house)
    told = partial(progress, "workflows")
    armed = await arming.arm(house, due, "import", told) if due else 0
    return replace(report, armed=armed, waiting=len(due) - armed)


async def _ring(house: House) -> None:
    """Have the digests handed over now; without Temporal the next rounds do it."""
    try:
        await ring_rounds(await house.temporal())
    except (EngineUnreachable, RPCError):
        log.info("the digests of this import go with the next rounds")


class _Import:
    """One import on its way."""

    def __init__(
        self,
        house: House,
        files: DealFiles,
        actor: str,
        enroll: bool,
        dry_run: bool,
        progress: Progress,
    ) -> None:
        self.house = house
        self.files = files
        self.actor = actor
        self.enroll = enroll
        self.dry_run = dry_run
        self.progress = progress
        self.notes = Notes()
        self.rejected: list[Rejected] = []
        self.due: list[Sleeper] = []
        self.digests: Digests
        self.created = self.updated = self.unchanged = 0
        self.open = self.matching = self.enrolled = 0

    def run(self) -> tuple[ImportReport, list[Sleeper]]:
        """Read everything, then record it batch by batch; says what is due."""
        table = read_table(self.files.deals)
        mapping = self._mapping(table)
        found = self._lines(table, mapping)
        with reaching("the database"):
            with self.house.store.read() as tx:
                roster, companies = self._company(tx, mapping)
                entries = self._entries(tx, found, roster, companies)
                staff = roster.all()
                taker = Taker(tx, self.house, mapping, staff, actor=self.actor, enroll=self.enroll)
                self.digests = Digests(self.house, taker.arrival, staff, self.actor)
                ids = [one.line.source_id for one in entries]
                marks = {
                    its: one.digest for its, one in imports.known(tx, mapping.source, ids).items()
                }
            if not self.dry_run:
                with self.house.store.write() as tx:
                    roster.record(tx, self.house, self.actor)
                    companies.record(tx)
                    stream = f"import/{mapping.source}"
                    note(tx, self.house, "import_deals", actor=self.actor, stream=stream)
            self._bring(taker, entries, marks)
            if not self.dry_run:
                self.digests.let_go()
        return self._report(mapping, found, roster, companies), self.due

    def _mapping(self, table: Table) -> DealMapping:
        if self.files.mapping is not None:
            return import_mapping.load(self.files.mapping, DealMapping)
        return import_mapping.recognised(table, import_mapping.shipped(self.house.config.playbooks))

    def _lines(self, table: Table, mapping: DealMapping) -> Lines:
        beside = self._beside(self.files.products, mapping.products, "products")
        catalogue = Catalogue(beside, mapping.products, self.notes)
        now, asked = self.house.time.now(), self.files.dates
        found = read_lines(table, mapping, catalogue, now, self.notes, asked)
        self.rejected += [*found.rejected, *catalogue.rejected]
        return found

    def _beside(self, path: Path | None, columns: object, what: str) -> Table | None:
        if path is None:
            return None
        if columns is None:
            raise Malformed(f"the mapping does not say how to read {what}", str(path))
        return read_table(path)

    def _company(self, tx: Tx, mapping: DealMapping) -> tuple[Roster, Accounts]:
        roster = Roster(tx, self.house, self.notes)
        people = self._beside(self.files.people, mapping.people, "people")
        if people is not None and mapping.people is not None:
            roster.read(people, mapping.people)
        companies = Accounts(tx, self.house, self.notes)
        accounts = self._beside(self.files.accounts, mapping.accounts, "accounts")
        if accounts is not None and mapping.accounts is not None:
            companies.read(accounts, mapping.accounts)
        self.rejected += [*roster.rejected, *companies.rejected]
        return roster, companies

    def _entries(self, tx: Tx, found: Lines, roster: Roster, companies: Accounts) -> list[Entry]:
        entries: list[Entry] = []
        for line in found.lines:
            try:
                owner = roster.owner(line.owner, line.line)
                account = companies.account(line.account, line.line)
                entries.append(Entry(line, owner, account, self._contacts(tx, line)))
            except Malformed as error:
                self._reject(line, error.message)
        return entries

    def _contacts(self, tx: Tx, line: DealLine) -> tuple[str, ...]:
        if line.contact is None:
            return ()
        found = contacts.by_email_key(tx, address_key(self.house.config.secret, line.contact))
        if found is None:
            told = "contacts nobody knows: import the contacts first, then the deals again"
            self.notes.add("unknown_contact", told, line.line)
            return ()
        return (found.contact_id,)

    def _bring(self, taker: Taker, entries: Sequence[Entry], marks: dict[str, str]) -> None:
        secret = self.house.config.secret
        fresh = [one for one in entries if one.line.source_id not in marks]
        known = [one for one in entries if one.line.source_id in marks]
        changed = [one for one in known if marks[one.line.source_id] != one.mark(secret)]
        changed_ids = {one.line.source_id for one in changed}
        same = [one for one in known if one.line.source_id not in changed_ids]
        self.unchanged = len(same)
        done = 0
        for some in batches(fresh):
            self._create(taker, some)
            done += len(some)
            self.progress("deals", done, len(entries))
        for some in batches(changed):
            self._change(taker, some)
            done += len(some)
            self.progress("deals", done, len(entries))
        still_open = [one for one in known if one.line.status == "open"]
        if self.enroll:
            for some in batches(still_open):
                self._enroll_known(taker, some)
        ids = [taker.deal_id(one.line.source_id) for one in still_open]
        self.due += arming.unarmed(self.house, ids)
        self.progress("deals", len(entries), len(entries))

    def _create(self, taker: Taker, entries: Sequence[Entry]) -> None:
        with self._transaction() as tx:
            if not self.dry_run:
                entries = self._not_yet_here(tx, taker, entries)
            taken, refused = taker.decided(tx, entries)
            if not self.dry_run:
                taker.record(tx, taken)
                self.digests.plan(tx, taken)
        for entry, reason in refused:
            self._reject(entry.line, reason)
        self.created += len(taken)
        self.digests.count(taken)
        for one in taken:
            self._count(one)

    def _not_yet_here(self, tx: Tx, taker: Taker, entries: Sequence[Entry]) -> list[Entry]:
        """Without those that an import at the same time was quicker with."""
        ledger.take_turn(tx)
        ids = [one.line.source_id for one in entries]
        there = imports.known(tx, taker.mapping.source, ids)
        self.unchanged += len(there)
        return [one for one in entries if one.line.source_id not in there]

    def _count(self, one: Taken) -> None:
        if one.deal.open:
            self.open += 1
            self.matching += one.matches
            self.enrolled += bool(one.deal.active_enrollments)
            if not one.deal.contacts:
                told = "open deals without a contact: nobody to write to"
                self.notes.add("no_contact", told, one.entry.line.line)
        if one.due.at is not None:
            self.due.append(Sleeper(one.deal.stream, one.due.at, one.deal.version, one.label))
        if debts_of(one):
            told = "deals stand behind gates that they have not passed (gate debt)"
            self.notes.add("gate_debt", told, one.entry.line.line)

    def _change(self, taker: Taker, entries: Sequence[Entry]) -> None:
        if self.dry_run:
            self.updated += len(entries)
            return
        with self.house.store.write() as tx:
            outcomes = import_changes.bring_over(tx, taker, entries, self.notes)
        for one in outcomes:
            if one.refused is not None:
                self._reject(one.entry.line, one.refused)
            elif one.done:
                self.updated += 1
            else:
                self.unchanged += 1

    def _enroll_known(self, taker: Taker, entries: Sequence[Entry]) -> None:
        """Deals imported before, which are to be followed up from now on."""
        with self._transaction() as tx:
            for deal in import_changes.matching(tx, taker, entries):
                self.matching += 1
                if not self.dry_run:
                    self.enrolled += import_changes.enroll(tx, taker, deal)

    def _transaction(self) -> Any:
        return self.house.store.read() if self.dry_run else self.house.store.write()

    def _reject(self, line: DealLine, reason: str) -> None:
        told = Rejected(self.files.deals.name, line.line, reason, line.source_id)
        self.rejected.append(told)

    def _report(
        self, mapping: DealMapping, found: Lines, roster: Roster, companies: Accounts
    ) -> ImportReport:
        return ImportReport(
            source=mapping.source,
            mapping=mapping.mapping,
            playbook=mapping.playbook,
            dry_run=self.dry_run,
            rows=found.rows,
            created=self.created,
            updated=self.updated,
            unchanged=self.unchanged,
            rejected=tuple(self.rejected),
            notes=self.notes.all(),
            people={"created": len(roster.fresh), "updated": len(roster.changed)},
            accounts={"created": len(companies.fresh), "updated": len(companies.changed)},
            open=self.open,
            matching=self.matching,
            enrolled=self.enrolled,
            stagnant=self.digests.entries(),
        )


def batches(entries: Sequence[T]) -> Iterator[Sequence[T]]:
    """As many as one transaction takes, again and again."""
    for first in range(0, len(entries), BATCH):
        yield entries[first : first + BATCH]
