"""A table in a CSV file, as people save them: read whole, with every row that cannot be read."""

import codecs
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from domain.refusal import Malformed, NotFound

LARGEST: Final = 200_000_000
"""Bytes of a file; a larger one is better imported in parts."""

WIDEST: Final = 4_000
"""Characters of a cell; a longer one is a sign of a quote that was never closed."""

_DELIMITERS: Final = ",;\t|"
_NAMES: Final = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a vertical bar"}
_RECORD_LINES: Final = 50
"""A quoted cell may have line breaks in it, but hardly more."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """What cannot be taken over: where it stands in which file, and why."""

    file: str
    line: int
    reason: str
    source_id: str | None = None

    @property
    def where(self) -> str:
        """`file:line`, as an editor understands it."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Row:
    """One record, with the number of the line that it begins in."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A file's header and records, blanks around cells taken away.

    `rejected` are the records that cannot be read; `remarks` say how the file was understood
    where that is not plain.
    """

    file: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    rejected: tuple[Rejected, ...] = ()
    remarks: tuple[str, ...] = ()


def read_table(path: Path) -> Table:
    """The table in this file. Raises NotFound, Malformed with the place in the file."""
    try:
        if path.stat().st_size > LARGEST:
            raise Malformed(f"the file is larger than {LARGEST // 1_000_000} MB", str(path))
        data = path.read_bytes()
    except OSError as error:
        raise NotFound(f"there is no file {path} that can be read", str(path)) from error
    return read_bytes(data, path.name)


def read_bytes(data: bytes, file: str) -> Table:
    """The table in these bytes; `file` is how errors name it. Raises Malformed."""
    text, remarks = _decoded(data, file)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise Malformed("the file is empty", f"{file}:1")
    delimiter = _delimiter(lines[first])
    records = _records(lines[first:], first + 1, delimiter, file)
    head = next(records, None)
    if head is None:
        raise Malformed("the file is empty", f"{file}:1")
    if isinstance(head, Rejected):
        raise Malformed(head.reason, head.where)
    header = _header(head, file)
    if delimiter != ",":
        remarks.append(f"cells are separated by {_NAMES[delimiter]}")
    rows, rejected = _sorted_out(records, header, file)
    return Table(file, header, rows, tuple(rejected), tuple(remarks))


def _sorted_out(
    records: Iterator[Row | Rejected], header: Sequence[str], file: str
) -> tuple[tuple[Row, ...], list[Rejected]]:
    rows: list[Row] = []
    rejected: list[Rejected] = []
    for one in records:
        if isinstance(one, Rejected):
            rejected.append(one)
        elif unfit := _unfit(one.cells, header):
            rejected.append(Rejected(file, one.line, unfit))
        else:
            rows.append(Row(one.line, one.cells[: len(header)]))
    return tuple(rows), rejected


def _unfit(cells: Sequence[str], header: Sequence[str]) -> str | None:
    """Why a record cannot be one of this table."""
    if len(cells) < len(header) or last_filled(cells) > len(header):
        return f"{len(cells)} cells where the header has {len(header)}"
    for name, cell in zip(header, cells, strict=False):
        if len(cell) > WIDEST:
            return f"{name} has {len(cell):,} characters, at most {WIDEST:,} fit"
    return None


def _decoded(data: bytes, file: str) -> tuple[str, list[str]]:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _text(data.decode("utf-16", "replace"), file), ["the file is in UTF-16"]
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Malformed("this is a workbook, not a CSV file: save it as CSV first", f"{file}:1")
    try:
        return _text(data.decode("utf-8-sig"), file), []
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        told = f"the file is not in UTF-8 (line {line}); it was read as Windows-1252"
        return _text(data.decode("cp1252", "replace"), file), [told]


def _text(text: str, file: str) -> str:
    """The text, if it is one. Raises Malformed with the line."""
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise Malformed("this is no text: there is a zero byte in it", f"{file}:{line}")
    return text


def _delimiter(line: str) -> str:
    """The separator that the header has most of outside its quotes."""
    outside = "".join(line.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)


def _header(row: Row, file: str) -> tuple[str, ...]:
    where = f"{file}:{row.line}"
    if len(row.cells) < 2:
        told = "the header has one column; are its cells separated by , ; or a tab?"
        raise Malformed(told, where)
    header = row.cells[: last_filled(row.cells)]
    seen: dict[str, int] = {}
    for number, name in enumerate(header, 1):
        if not name:
            raise Malformed(f"column {number} has no name", where)
        if key_of(name) in seen:
            told = f'columns {seen[key_of(name)]} and {number} are both called "{name}"'
            raise Malformed(told, where)
        seen[key_of(name)] = number
    return header


def last_filled(cells: Sequence[str]) -> int:
    """How many cells there are without the blank ones at the end."""
    return max((number for number, cell in enumerate(cells, 1) if cell), default=0)


def key_of(name: str) -> str:
    """A column's name as it is compared: case, blanks, hyphens and underscores do not matter."""
    return "".join(letter for letter in name.casefold() if letter not in " _-\t")


def _records(
    lines: Sequence[str], number: int, delimiter: str, file: str
) -> Iterator[Row | Rejected]:
    """Record by record, so that one bad quote costs one line and not the rest of the file."""
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            at += 1
        elif '"' not in line:
            cells = tuple(cell.strip() for cell in line.split(delimiter))
            if any(cells):
                yield Row(number + at, cells)
            at += 1
        else:
            taken, found = _quoted(lines, at, number, delimiter, file)
            yield found
            at += taken


def _quoted(
    lines: Sequence[str], at: int, number: int, delimiter: str, file: str
) -> tuple[int, Row | Rejected]:
    quotes = 0
    for taken in range(1, _RECORD_LINES + 1):
        if at + taken > len(lines):
            break
        quotes += lines[at + taken - 1].count('"')
        if quotes % 2 == 0:
            return _parsed(lines[at : at + taken], number + at, delimiter, file)
    return 1, Rejected(file, number + at, "a quote is opened and never closed")


def _parsed(
    lines: Sequence[str], number: int, delimiter: str, file: str
) -> tuple[int, Row | Rejected]:
    try:
        found = list(csv.reader(["\n".join(lines)], delimiter=delimiter, strict=True))
    except csv.Error as error:
        return 1, Rejected(file, number, f"the quotes cannot be read ({error})")
    cells = found[0] if len(found) == 1 else []
    return len(lines), Row(number, tuple(cell.strip() for cell in cells))
