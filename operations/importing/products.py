"""Products of an import: their names brought together, and the prices that they are listed at."""

from decimal import Decimal
from functools import lru_cache

from domain.refusal import Malformed
from operations.accounts import name_key
from operations.importing.amounts import amount_of
from operations.importing.mapping import ProductColumns, must_have, places
from operations.importing.report import Notes
from operations.importing.table import Rejected, Table, key_of


class Catalogue:
    """The products of a file beside the deals. Without one every name stands as it is written."""

    def __init__(self, table: Table | None, columns: ProductColumns | None, notes: Notes) -> None:
        self.rejected: list[Rejected] = []
        self._file = table.file if table else None
        self._notes = notes
        self._names: dict[str, str] = {}
        self._prices: dict[str, Decimal] = {}
        if table is not None and columns is not None:
            self._read(table, columns)

    def product(self, text: str | None, line: int) -> str | None:
        """The product as the catalogue writes it; a name that it lacks stands as it is."""
        if text is None or self._file is None:
            return text
        known = self._names.get(_key(text))
        if known is None:
            self._notes.add("product", f'the product "{text}" is not in {self._file}', line)
            return text
        if known != text:
            self._notes.add("product", f'the product "{text}" is taken for "{known}"', line)
        return known

    def list_price(self, product: str | None, line: int) -> Decimal | None:
        """The list price that stands in for an amount that is not known yet."""
        price = self._prices.get(product or "")
        if price is None:
            self._notes.add("no_amount", "open deals without an amount", line)
        else:
            told = "open deals without an amount: the list price of the product stands in"
            self._notes.add("list_price", told, line)
        return price

    def _read(self, table: Table, columns: ProductColumns) -> None:
        wanted = [one for one in (columns.name, columns.list_price) if one is not None]
        must_have(table, wanted, "the products' file")
        self.rejected += table.rejected
        place = places(table)
        for row in table.rows:
            name = row.cells[place[key_of(columns.name)]]
            if not name:
                self.rejected.append(Rejected(table.file, row.line, f"{columns.name} is blank"))
                continue
            self._names[_key(name)] = name
            price = row.cells[place[key_of(columns.list_price)]] if columns.list_price else ""
            try:
                if price:
                    self._prices[name] = amount_of(price)
            except ValueError as error:
                self.rejected.append(Rejected(table.file, row.line, f"list price: {error}"))


@lru_cache(maxsize=10_000)
def _key(text: str) -> str:
    try:
        return name_key(text)
    except Malformed:
        return text
