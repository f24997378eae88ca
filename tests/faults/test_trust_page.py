"""The page on what is promised has the table that `make trust` prints, with real figures."""

import ast
import re
from pathlib import Path

import pytest

from scripts.trust import COLUMNS, Row, markdown

pytestmark = pytest.mark.gate

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "trust.md").read_text(encoding="utf-8")
MACHINES = (ROOT / "tests/domain/test_machine.py", ROOT / "tests/faults/test_send_machine.py")
EXPECTED = "compare-and-set removed: duplicates must show"


def rows() -> dict[str, list[str]]:
    """The figures of the page, by what was tried."""
    table = PAGE.split("## The last figures")[1]
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in table.splitlines()
        if line.startswith("|")
    ]
    head, _, *rest = cells
    assert tuple(head) == COLUMNS
    return {name: figures for name, *figures in rest}


def proofs() -> set[str]:
    """Every row that a test says it belongs to."""
    found = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.proof":
                found.add(ast.literal_eval(node.args[0]))
    return found


def test_the_page_has_a_row_for_every_proof_and_no_other() -> None:
    assert set(rows()) == proofs()


def test_its_figures_keep_the_promises() -> None:
    for name, (tried, duplicates, losses, doubts, _, seconds) in rows().items():
        assert int(tried) > 0
        assert int(doubts) >= 0
        assert int(seconds) >= 0
        assert (int(duplicates) > 0) == (name == EXPECTED), name
        assert int(losses) == 0, name


def test_it_says_how_when_and_on_what_they_were_measured() -> None:
    assert "`make trust`" in PAGE
    assert re.search(r"^\d{4}-\d{2}-\d{2}, \d+ cores, .+, \d+ s: held$", PAGE, re.MULTILINE)


def test_the_invariants_it_names_are_named_where_they_are_checked() -> None:
    told = PAGE.split("What the machines check")[1].split("## ")[0]
    promised = {
        number
        for line in told.splitlines()
        if re.match(r"\| \d", line)
        for number in re.findall(r"\d+", line.split("|")[1])
    }
    words = "\n".join(path.read_text(encoding="utf-8") for path in MACHINES)
    named = set(re.findall(r"(?<=_)\d\d(?=_|\()", words))
    named |= {one for line in re.findall(r'"""([\d, ]+):', words) for one in line.split(", ")}
    assert promised <= named


def test_a_table_is_printed_as_the_page_has_it() -> None:
    lines = markdown([COLUMNS, Row(3, 0, 0, 1, "7", 12.4).cells("something")])
    assert [len(line) for line in lines] == [len(lines[0])] * 3
    assert [cell.strip() for cell in lines[2].strip("|").split("|")] == [
        "something", "3", "0", "0", "1", "7", "12",
    ]  # fmt: skip
