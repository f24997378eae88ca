"""What people save as CSV, and worse: each fault has its place, and the rest goes on."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.refusal import Malformed, NotFound
from operations.house import House
from operations.importing.amounts import amount_of
from operations.importing.dates import Written, orders_of, parsed
from operations.importing.table import Table, read_bytes, read_table
from tests.operations.test_imports import ENGAGED, FRESH, HEAD, LOST, NOW, WON, imported
from tests.support.houses import opened_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened_house(tmp_path, NOW) as opened:
        yield opened


def table(text: str | bytes) -> list[tuple[str, ...]]:
    data = text.encode() if isinstance(text, str) else text
    return [row.cells for row in read_bytes(data, "a.csv").rows]


@pytest.mark.parametrize(
    "text",
    [
        b"id,name\r\n1,Zo\xc3\xab\r\n",
        b"\xef\xbb\xbfid,name\n1,Zo\xc3\xab",
        b"id;name\n1;Zo\xc3\xab\n",
        b"id\tname\n\n1\tZo\xc3\xab\n\n",
        b'"id","name"\n"1","Zo\xc3\xab"\n',
        b"id , name ,\n1, Zo\xc3\xab ,,\n",
        b"id;name\r1;Zo\xeb\r",
        "id,name\n1,Zo\u00eb\n".encode("utf-16"),
    ],
)
def test_the_same_table_however_it_was_saved(text: bytes) -> None:
    assert table(text) == [("1", "Zo\u00eb")]


def test_a_cell_may_hold_separators_quotes_and_lines() -> None:
    found = table('id,note\n1,"a, ""b""\nc"\n2,plain\n')
    assert found == [("1", 'a, "b"\nc'), ("2", "plain")]


def test_a_quote_that_never_closes_costs_one_line() -> None:
    found = read_bytes(b'id,note\n1,"open\n' + b"2,fine\n" * 60, "a.csv")
    assert [(one.where, one.reason) for one in found.rejected] == [
        ("a.csv:2", "a quote is opened and never closed")
    ]
    assert len(found.rows) == 60


def test_a_row_of_another_width_and_a_cell_of_10_kb_are_rejected_alone() -> None:
    found = read_bytes(b"id,note\n1\n2,a,b\n3," + b"x" * 10_000 + b"\n4,fine\n", "a.csv")
    assert [one.line for one in found.rejected] == [2, 3, 4]
    assert "10,000 characters" in found.rejected[2].reason
    assert [row.line for row in found.rows] == [5]


@pytest.mark.parametrize(
    ("data", "message", "where"),
    [
        (b"", "empty", "a.csv:1"),
        (b"\n \n", "empty", "a.csv:1"),
        (b"one column\n1\n", "one column", "a.csv:1"),
        (b"id,\x00\n", "zero byte", "a.csv:1"),
        (b"PK\x03\x04rest", "workbook", "a.csv:1"),
        (b"id,name,ID\n", 'columns 1 and 3 are both called "ID"', "a.csv:1"),
        (b"id,,name\n", "column 2 has no name", "a.csv:1"),
        (b'id,"na\n1,2\n', "never closed", "a.csv:1"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_its_place(
    data: bytes, message: str, where: str
) -> None:
    with pytest.raises(Malformed, match=message) as told:
        read_bytes(data, "a.csv")
    assert told.value.where == where


@given(st.binary(max_size=300) | st.text("a,;\"\n\r\t |\0'1", max_size=200).map(str.encode))
def test_whatever_the_bytes_there_is_a_table_or_a_reason(data: bytes) -> None:
    try:
        found = read_bytes(data, "a.csv")
    except Malformed as error:
        refused = error.where or ""
    else:
        refused = ""
        _is_sound(found)
    assert not refused or refused.startswith("a.csv:")


def _is_sound(found: Table) -> None:
    assert all(len(row.cells) == len(found.header) for row in found.rows)
    lines = [row.line for row in found.rows] + [one.line for one in found.rejected]
    assert len(set(lines)) == len(lines)


def test_a_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"nothing\.csv"):
        read_table(tmp_path / "nothing.csv")


def test_a_missing_column_is_named_with_the_one_that_may_be_meant(house: House) -> None:
    head = HEAD.replace("close_date", "closing_date")
    with pytest.raises(Malformed, match='"close_date"; did you mean "closing_date"'):
        imported(house, WON, head=head)


def test_an_unknown_header_is_told_how_to_go_on(house: House) -> None:
    with pytest.raises(Malformed, match=r"crm-sales.*--map"):
        imported(house, "1,2", head="this,that")


def test_bad_rows_are_rejected_with_line_and_reason_and_the_rest_goes_in(house: House) -> None:
    report = imported(
        house,
        WON,
        ",Olga Owner,GTX Pro,Acme,Won,2025-10-20,2025-12-24,4800",
        WON,
        "B1,Olga Owner,GTX Pro,Acme,Wonn,2025-10-20,2025-12-24,4800",
        "B2,Olga Owner,GTX Pro,Acme,Won,2025-10-20,2025-02-30,4800",
        "B3,Olga Owner,GTX Pro,Acme,Won,2025-10-20,2025-12-24,lots",
        "B4,Olga Owner,GTX Pro,Acme,Won,2025-12-24,2025-10-20,-1",
        "B5,Olga Owner,GTX Pro,Acme,Won,2030-10-20,2030-12-24,1",
        "B6,Olga Owner,GTX Pro," + "x" * 300 + ",Won,2025-10-20,2025-12-24,1",
        "B7,Olga Owner,GTX Pro,Ac\x07me,Won,2025-10-20,2025-12-24,1",
        LOST,
    )
    assert (report.rows, report.created) == (11, 2)
    told = {one.line: one.reason for one in report.rejected}
    assert list(told) == [3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert told[3] == "opportunity_id is blank"
    assert told[4] == "the id A1 stands in line 2 already"
    assert 'did you mean "Won"' in told[5]
    assert "no date that exists" in told[6]
    assert "not an amount" in told[7]
    assert "below zero" in told[8]
    assert "before it opened" not in told[8] or "closed on" in told[8]
    assert "still lies ahead" in told[9]
    assert "300 characters" in told[10]
    assert "U+0007" in told[11]
    assert report.rejected[0].where == "deals.csv:3"


def test_dates_that_can_be_read_in_two_ways_are_asked_for(house: House) -> None:
    rows = ("C1,Olga Owner,GTX Pro,Acme,Won,03/04/2025,05/06/2025,10",)
    with pytest.raises(Malformed, match="--dates dmy") as told:
        imported(house, *rows)
    assert told.value.where == "deals.csv:2"
    assert imported(house, *rows, dates="dmy").created == 1
    assert imported(house, *rows, dates="dmy").unchanged == 1
    other = imported(house, *rows, dates="mdy")
    assert [note.count for note in other.notes if note.code == "history"] == [1]


def test_dates_in_two_orders_are_shown_with_a_line_of_each() -> None:
    column = [Written(2, "13/01/2025"), Written(3, "01/13/2025")]
    with pytest.raises(Malformed, match=r"line 2.*line 3") as told:
        orders_of({"opened": column}, "a.csv")
    assert told.value.where == "a.csv:3"


def test_a_column_that_fits_both_follows_the_others_of_its_file() -> None:
    columns = {"opened": [Written(2, "01/02/2025")], "closed": [Written(2, "25/02/2025")]}
    assert orders_of(columns, "a.csv") == {"opened": "dmy", "closed": "dmy"}


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2017-03-01", "iso", (2017, 3, 1)),
        ("01-03-17", "dmy", (2017, 3, 1)),
        ("3/1/2017", "mdy", (2017, 3, 1)),
        ("1.3.2017", "dmy", (2017, 3, 1)),
        ("01/03/99", "dmy", (1999, 3, 1)),
    ],
)
def test_a_date_is_midday_of_its_day(text: str, order: str, day: tuple[int, int, int]) -> None:
    assert parsed(text, order) == datetime(*day, 12, tzinfo=UTC)  # type: ignore[arg-type]


def test_a_date_with_an_hour_keeps_it() -> None:
    assert parsed("2017-03-01T10:30:00+02:00", "iso") == datetime(2017, 3, 1, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1054", "1054.00"),
        ("1,054.50", "1054.50"),
        ("1.054,50", "1054.50"),
        ("120 000", "120000.00"),
        ("$1,054", "1054.00"),
        ("10,5 EUR", "10.50"),
    ],
)
def test_an_amount_is_read_as_it_is_written(text: str, amount: str) -> None:
    assert str(amount_of(text)) == amount


@pytest.mark.parametrize("text", ["1.054", "-5", "lots", "1,2,3", "9" * 30, "NaN", "1e9"])
def test_an_amount_that_is_none_or_could_be_two_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        amount_of(text)


def test_a_date_without_a_row_of_its_own_never_lies_ahead(house: House) -> None:
    report = imported(house, FRESH)
    assert report.created == 1
    assert imported(house, FRESH, ENGAGED).unchanged == 1


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00+14:00", "0001-01-01", "1899-12-31", "9999-12-31T23:59-14:00"]
)
def test_a_date_that_no_zone_can_tell_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="1900 to 2199"):
        parsed(text, "iso")
    with pytest.raises(ValueError, match="1900 to 9999"):
        parsed(text, "iso", far=True)


def test_what_is_planned_may_lie_at_the_end_of_time() -> None:
    assert parsed("9999-12-31", "iso", far=True).year == 9999
    with pytest.raises(ValueError, match="1900 to 2199"):
        parsed("9999-12-31", "iso")
