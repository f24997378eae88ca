"""The rows of a deals' file in our own words: checked cell by cell, doubts counted as notes."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal, TypeVar

from domain.refusal import Malformed
from mail.address import display_name
from operations.importing.amounts import amount_of
from operations.importing.dates import Order, Written, orders_of, parsed
from operations.importing.mapping import DealMapping, StageMeaning, meant, must_have, places
from operations.importing.products import Catalogue
from operations.importing.report import Notes
from operations.importing.table import Rejected, Row, Table, key_of

T = TypeVar("T")

AHEAD: Final = timedelta(days=1)
"""How far ahead of us the other side's clock may be."""

DASH: Final = " \u2013 "
"""Between the parts of a title that is made of them."""

_TITLE: Final = 200
_SOURCE_ID: Final = re.compile(r"[^\x00-\x1f\x7f]{1,80}")


@dataclass(frozen=True, slots=True)
class DealLine:
    """What one row says of a deal. Names are as the file has them, tidied.

    `opened_said` is None where the row has no date and another one stands in.
    """

    line: int
    source_id: str
    title: str
    stage: str
    status: Literal["open", "won", "lost"]
    opened_at: datetime
    opened_said: datetime | None = None
    stage_entered_at: datetime | None = None
    closed_at: datetime | None = None
    expected_close: datetime | None = None
    owner: str | None = None
    account: str | None = None
    product: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    lost_reason: str | None = None
    source: str | None = None
    contact: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lines:
    """The rows that can be taken over, and those that cannot."""

    lines: tuple[DealLine, ...]
    rejected: tuple[Rejected, ...]
    rows: int


def read_lines(
    table: Table,
    mapping: DealMapping,
    catalogue: Catalogue,
    now: datetime,
    notes: Notes,
    asked: Order | None = None,
) -> Lines:
    """Every row of the table as a deal or with the reason why not; nothing is dropped silently.

    Raises Malformed when a column is missing or its dates can be read in two ways.
    """
    must_have(table, mapping.wanted, f"the mapping {mapping.mapping}")
    for remark in table.remarks:
        notes.add("file", remark)
    reading = _Reading(table, mapping, catalogue, now, notes, asked)
    lines, rejected = [], list(table.rejected)
    for row in table.rows:
        found = reading.line(row)
        if isinstance(found, Rejected):
            rejected.append(found)
        else:
            lines.append(found)
    rejected.sort(key=lambda one: one.line)
    return Lines(tuple(lines), tuple(rejected), len(table.rows) + len(table.rejected))


class _Reading:
    """One file being read, with what holds for all of its rows."""

    def __init__(
        self,
        table: Table,
        mapping: DealMapping,
        catalogue: Catalogue,
        now: datetime,
        notes: Notes,
        asked: Order | None,
    ) -> None:
        self.file = table.file
        self.mapping = mapping
        self.catalogue = catalogue
        self.now = now
        self.notes = notes
        self.place = places(table)
        self.stages = {name.casefold(): said for name, said in mapping.stages.items()}
        self.seen: dict[str, int] = {}
        dates = {name: self._written(table, name) for name in mapping.columns.dates}
        self.orders = orders_of(dates, table.file, asked)
        self.as_of = self._newest(dates)
        spare = [name for name in table.header if key_of(name) not in map(key_of, mapping.wanted)]
        if spare:
            notes.add("column", f"columns not read: {', '.join(spare)}", count=len(spare))

    def line(self, row: Row) -> DealLine | Rejected:
        """The deal of one row, or why it cannot be one; all reasons at once."""
        problems: list[str] = []
        source_id = self._id(row, problems)
        meaning = self._stage(row, problems)
        said = self._said(row, problems)
        dates = {name: self._date(row, name, problems) for name in _DATES}
        amount = self._read(row, self.mapping.columns.amount, amount_of, problems)
        _orderly(dates, self.now, problems)
        if not problems and meaning is not None:
            try:
                return self._made(row, source_id, meaning, said, dates, amount)
            except Malformed as error:
                problems.append(error.message)
        return Rejected(self.file, row.line, "; ".join(problems), source_id or None)

    def _made(
        self,
        row: Row,
        source_id: str,
        meaning: StageMeaning,
        said: Mapping[str, str | None],
        dates: Mapping[str, datetime | None],
        amount: Decimal | None,
    ) -> DealLine:
        opened = dates["opened"]
        product = self.catalogue.product(said["product"], row.line)
        if meaning.status == "open" and amount is None and self.mapping.list_price_for_blank:
            amount = self.catalogue.list_price(product, row.line)
        columns = self.mapping.columns
        if opened is None:
            known = dates["stage_entered"] or dates["closed"]
            opened = known or self.as_of
            self.notes.add("no_opened", self._no_opened(known is not None), row.line)
        if meaning.status != "open" and dates["closed"] is None:
            told = f"closed deals without {columns.closed or 'a closing date'}: the opening stands"
            self.notes.add("no_closed", told, row.line)
        if said["account"] is None and columns.account is not None:
            self.notes.add("no_account", f"deals without {columns.account}", row.line)
        return DealLine(
            line=row.line,
            source_id=source_id,
            title=_title(said, product, source_id),
            stage=meaning.stage,
            status=meaning.status,
            opened_at=opened,
            opened_said=dates["opened"],
            stage_entered_at=dates["stage_entered"],
            closed_at=dates["closed"] if meaning.status != "open" else None,
            expected_close=dates["expected_close"],
            owner=said["owner"],
            account=said["account"],
            product=product,
            amount=amount,
            currency=said["currency"] or (self.mapping.currency if amount is not None else None),
            lost_reason=self._lost(said, row) if meaning.status == "lost" else None,
            source=said["source"],
            contact=said["contact"],
            fields={name: self._cell(row, column) for name, column in self.mapping.fields.items()},
        )

    def _lost(self, said: Mapping[str, str | None], row: Row) -> str:
        """The playbook's reason for a loss; a text that no reason stands for is noted."""
        text, known = said["lost_reason"], self.mapping.lost_reasons
        if text is None:
            return self.mapping.lost_because
        found = {name.casefold(): reason for name, reason in known.items()}.get(text.casefold())
        if found is None:
            told = f'the lost reason "{text[:60]}" is taken for {self.mapping.lost_because}'
            self.notes.add("lost_reason", told, row.line)
        return found or self.mapping.lost_because

    def _id(self, row: Row, problems: list[str]) -> str:
        source_id = self._cell(row, self.mapping.columns.id)
        if not _SOURCE_ID.fullmatch(source_id):
            problems.append(
                f"{self.mapping.columns.id} is {'blank' if not source_id else 'no usable id'}"
            )
            return ""
        if source_id in self.seen:
            problems.append(f"the id {source_id} stands in line {self.seen[source_id]} already")
        self.seen.setdefault(source_id, row.line)
        return source_id

    def _stage(self, row: Row, problems: list[str]) -> StageMeaning | None:
        text = self._cell(row, self.mapping.columns.stage)
        found = self.stages.get(text.casefold())
        if found is None:
            hint = meant(text, self.mapping.stages)
            problems.append(f'the stage "{text[:40]}" is not in the mapping{hint}')
        return found

    def _said(self, row: Row, problems: list[str]) -> dict[str, str | None]:
        said: dict[str, str | None] = {}
        for name in _TEXTS:
            text = self._cell(row, getattr(self.mapping.columns, name))
            try:
                said[name] = tidied(text) if text else None
            except Malformed as error:
                problems.append(f"{name}: {error.message}")
                said[name] = None
        currency = said["currency"]
        if currency is not None and not re.fullmatch("[A-Za-z]{3}", currency):
            problems.append(f'"{currency[:40]}" is not a currency of three letters')
        said["currency"] = currency.upper() if currency else None
        return said

    def _date(self, row: Row, name: str, problems: list[str]) -> datetime | None:
        column = getattr(self.mapping.columns, name)
        if column is None:
            return None
        order = self.orders[column]
        far = name == "expected_close"
        return self._read(row, column, lambda text: parsed(text, order, far=far), problems)

    def _read(
        self, row: Row, column: str | None, read: Callable[[str], T], problems: list[str]
    ) -> T | None:
        text = self._cell(row, column)
        try:
            return read(text) if text else None
        except ValueError as error:
            problems.append(f"{column}: {error}")
            return None

    def _cell(self, row: Row, column: str | None) -> str:
        return row.cells[self.place[key_of(column)]] if column is not None else ""

    def _written(self, table: Table, column: str) -> list[Written]:
        place = self.place[key_of(column)]
        return [Written(row.line, row.cells[place]) for row in table.rows if row.cells[place]]

    def _newest(self, dates: Mapping[str, list[Written]]) -> datetime:
        """The day that the export was made, as far as it shows: the newest date in it."""
        past = set(self.mapping.columns.dates) - {self.mapping.columns.expected_close}
        found = (moment for name in past for moment in self._moments(name, dates[name]))
        return max((at for at in found if at <= self.now), default=self.now)

    def _moments(self, column: str, values: list[Written]) -> Iterator[datetime]:
        for text in {one.text for one in values}:
            try:
                yield parsed(text, self.orders[column])
            except ValueError:
                continue

    def _no_opened(self, known: bool) -> str:
        column = self.mapping.columns.opened or "an opening date"
        if known:
            return f"deals without {column}: the earliest date of the row stands in"
        return (
            f"deals without {column}: opened on {self.as_of:%Y-%m-%d}, the newest date of the file"
        )


_DATES: Final = ("opened", "stage_entered", "closed", "expected_close")
_TEXTS: Final = (
    *("title", "owner", "account", "product", "currency", "lost_reason", "source", "contact"),
)


@lru_cache(maxsize=10_000)
def tidied(text: str) -> str:
    """A name as it is kept; the same few stand in thousands of rows. Raises Malformed."""
    return display_name(text)


def _orderly(dates: Mapping[str, datetime | None], now: datetime, problems: list[str]) -> None:
    opened, closed = dates["opened"], dates["closed"]
    for name in ("opened", "stage_entered", "closed"):
        at = dates[name]
        if at is not None and at > now + AHEAD:
            problems.append(f"{at:%Y-%m-%d} ({name.replace('_', ' ')}) still lies ahead")
    if opened is not None and closed is not None and closed < opened:
        problems.append(f"closed on {closed:%Y-%m-%d}, before it opened on {opened:%Y-%m-%d}")


def _title(said: Mapping[str, str | None], product: str | None, source_id: str) -> str:
    """The row's own title, else the account and the product, else the product and the id."""
    if said["title"]:
        return said["title"]
    parts = [said["account"], product] if said["account"] else [product, source_id]
    return DASH.join(part for part in parts if part)[:_TITLE]
