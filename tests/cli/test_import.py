"""`sluice import`: data on stdout, exits that scripts rely on, nothing written by a dry run."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.main import run
from store import board
from store.database import Store
from tests.operations.test_imports import ENGAGED, HEAD, NOW, PRODUCTS, WON, written
from tests.support.houses import opened_house


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with opened_house(tmp_path, NOW):
        monkeypatch.setenv("SLUICE_DATA_DIR", str(tmp_path))
        monkeypatch.setenv("SLUICE_TEMPORAL_ADDRESS", "127.0.0.1:1")
        yield tmp_path


def test_deals_come_in_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(folder, HEAD, WON, ENGAGED, "A9,,,,Nowhere,,,")
    products = written(folder, PRODUCTS, name="products.csv")
    ask = ["import", "deals", str(file), "--products", str(products)]
    assert run([*ask, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["rows"], said["created"], said["updated"], said["unchanged"]) == (3, 2, 0, 0)
    assert said["rejected"][0]["where"] == "deals.csv:4"
    assert {"product": 1, "list_price": 1}.items() <= {
        note["code"]: note["count"] for note in said["notes"]
    }.items()
    assert run(ask) == 0
    shown = capsys.readouterr().out
    assert "3 rows: 0 deals created, 0 updated, 2 unchanged, 1 rejected" in shown
    assert 'deals.csv:4 the stage "Nowhere" is not in the mapping' in shown


def test_a_dry_run_leaves_no_trace(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(folder, HEAD, WON)
    assert run(["import", "deals", str(file), "--dry-run"]) == 0
    assert "1 deals would be created" in capsys.readouterr().out
    with Store.open(f"sqlite:///{folder / 'sluice.db'}") as store, store.read() as tx:
        assert board.ids(tx) == []


def test_what_cannot_be_read_ends_with_2(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(folder, HEAD.replace("close_date", "closing_date"), WON)
    assert run(["import", "deals", str(file), "--json"]) == 2
    error = json.loads(capsys.readouterr().err)["error"]
    assert error["type"] == "malformed"
    assert error["where"] == "deals.csv:1"
    assert run(["import", "deals", str(folder / "nothing.csv")]) == 4
    nothing_fits = written(folder, HEAD, "A9,,,,Nowhere,,,")
    assert run(["import", "deals", str(nothing_fits), "--json"]) == 2


def test_enrolling_shows_the_count_first(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(folder, HEAD, ENGAGED)
    assert run(["import", "deals", str(file), "--enroll", "matching"]) == 0
    assert "0 of 1 deals would be followed up" in capsys.readouterr().err


def test_a_file_of_another_make_comes_in_and_says_who_has_nobody_to_write_to(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A byte-order mark and semicolons, as a spreadsheet saves it; nothing is dropped silently."""
    rows = [line.replace(",", ";") for line in (HEAD, ENGAGED, "A9;;;;Prospecting;;;")]
    file = folder / "deals.csv"
    file.write_bytes(("\ufeff" + "\r\n".join(rows) + "\r\n").encode())
    assert run(["import", "deals", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "2 rows: 2 deals created, 0 updated, 0 unchanged, 0 rejected" in shown
    assert "2 open deals without a contact: nobody to write to (line 2, 3)" in shown
    assert run(["deal", "list", "--json"]) == 0
    [one, _] = json.loads(capsys.readouterr().out)["deals"]
    assert run(["deal", "show", one["deal_id"]]) == 0
    assert "nobody to write to" in capsys.readouterr().out


def test_contacts_come_in(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(folder, "email,name,consent", "ann@them.example,Ann,form", "nonsense,Bo,")
    assert run(["import", "contacts", str(file), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["rows"], said["created"], said["consents"]) == (2, 1, 1)
    assert said["rejected"][0]["line"] == 3
