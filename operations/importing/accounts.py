"""Accounts of an import: found again by name, or made, with what their file says of them."""

from collections.abc import Mapping
from dataclasses import replace

from domain.ids import new_id
from domain.refusal import Malformed
from mail.address import display_name
from operations.accounts import name_key
from operations.house import House
from operations.importing.countries import country_of
from operations.importing.mapping import AccountColumns, must_have, places
from operations.importing.report import Notes
from operations.importing.table import Rejected, Row, Table, key_of
from store import accounts
from store.accounts import Account
from store.database import Tx


class Accounts:
    """The accounts that the files name; `fresh` and `changed` are still to be kept."""

    def __init__(self, tx: Tx, house: House, notes: Notes) -> None:
        self.fresh: dict[str, Account] = {}
        self.changed: dict[str, Account] = {}
        self.rejected: list[Rejected] = []
        self._file: str | None = None
        self._tx = tx
        self._now = house.time.now()
        self._notes = notes
        self._known: dict[str, Account] = {}
        self._named: dict[str, str] = {}

    def read(self, table: Table, columns: AccountColumns) -> None:
        """Take in the accounts' file. Raises Malformed when a column is missing."""
        wanted = [columns.name, *columns.facts, *([columns.country] if columns.country else [])]
        must_have(table, wanted, "the accounts' file")
        self.rejected += table.rejected
        self._file = table.file
        place = places(table)
        for row in table.rows:
            cells = {name: row.cells[place[key_of(name)]] for name in wanted}
            try:
                self._take(cells, columns, row)
            except Malformed as error:
                self.rejected.append(Rejected(table.file, row.line, error.message))

    def account(self, name: str | None, line: int) -> str | None:
        """The id of a deal's account; one that nobody knows is made, and that is noted."""
        if name is None:
            return None
        if name in self._named:
            return self._named[name]
        known = self._find(name_key(name))
        if known is None:
            known = self._made(name)
            if self._file is not None:
                told = f"accounts that {self._file} does not have were made from the deals"
                self._notes.add("new_account", told, line)
        self._named[name] = known.account_id
        return known.account_id

    def record(self, tx: Tx) -> None:
        """Keep which are new or changed.

        Not those that an import at the same time was quicker with: after this they are not fresh.
        """
        self.fresh = {its: one for its, one in self.fresh.items() if accounts.add(tx, one)}
        for one in self.changed.values():
            accounts.save(tx, one)

    def _take(self, cells: Mapping[str, str], columns: AccountColumns, row: Row) -> None:
        name = cells[columns.name]
        if not name:
            raise Malformed(f"{columns.name} is blank")
        known = self._find(name_key(name)) or self._made(name)
        facts = {one: cells[one] for one in columns.facts if cells[one]}
        country = known.country
        written = cells[columns.country] if columns.country else ""
        if written:
            place = country_of(written)
            country = place.code if place else country
            if place is None:
                facts[columns.country or "country"] = written
                told = f'the country "{written}" is not known: kept as a fact of the account'
                self._notes.add("country", told, row.line)
            elif not place.exact:
                told = f'the country "{written}" is taken for {place.name} ({place.code})'
                self._notes.add("country", told, row.line)
        after = replace(known, country=country, facts={**known.facts, **facts})
        if after == known:
            return
        self._known[after.name_key] = after
        (self.fresh if after.account_id in self.fresh else self.changed)[after.account_id] = after

    def _made(self, name: str) -> Account:
        key = name_key(name)
        made = Account(
            account_id=new_id("A", key),
            name=display_name(name),
            name_key=key,
            created_at=self._now,
        )
        self._known[key] = self.fresh[made.account_id] = made
        return made

    def _find(self, key: str) -> Account | None:
        if key not in self._known:
            found = accounts.by_name_key(self._tx, key)
            if found is None:
                return None
            self._known[key] = found
        return self._known[key]
