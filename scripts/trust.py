"""Prove the promises about mail by trying to break them, and print what came of it as one table.

`make trust` runs every test that is marked `proof`, in two processes, and writes nothing else:
what failed is told below the table, and the exit says so. The figures of the last run stand in
docs/trust.md.
"""

import io
import os
import platform
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[1]
COLUMNS: Final = ("what was tried", "times", "duplicates", "losses", "doubts", "seed", "seconds")
"""As in the page, so that its figures can be replaced by a run's."""


@dataclass
class Row:
    """One way of breaking it: how often it was tried and what came of it."""

    tried: int = 0
    duplicates: int = 0
    losses: int = 0
    doubts: int = 0
    seed: str = ""
    seconds: float = 0.0

    def cells(self, name: str) -> tuple[str, ...]:
        """As they stand in the table."""
        figures = (self.tried, self.duplicates, self.losses, self.doubts)
        return (name, *map(str, figures), self.seed or "-", f"{self.seconds:.0f}")


class Table:
    """Listens to a run of pytest and adds up what its trials tell."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.failed: list[str] = []
        self._took: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Each test reports its set-up, itself and its end; trials are told at the end."""
        if report.failed:
            self.failed.append(f"{report.nodeid}\n{report.longreprtext}")
        if report.when == "call":
            self._took[report.nodeid] = report.duration
        if report.when == "teardown":
            for name, told in report.user_properties:
                if name == "trial" and isinstance(told, dict):
                    self._add(told, self._took.get(report.nodeid, 0.0))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be read proves nothing."""
        if report.failed:
            self.failed.append(f"{report.nodeid}\n{report.longreprtext}")

    def _add(self, told: dict[str, Any], seconds: float) -> None:
        row = self.rows.setdefault(told["row"], Row())
        row.tried += told["tried"]
        row.duplicates += told["duplicates"]
        row.losses += told["losses"]
        row.doubts += told["doubts"]
        row.seed = row.seed or told["seed"]
        row.seconds += seconds

    def lines(self) -> list[str]:
        """The table in Markdown, its rows by name."""
        return markdown([COLUMNS, *(row.cells(name) for name, row in sorted(self.rows.items()))])


def markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    """A table whose columns are aligned; the first column to the left, figures to the right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(COLUMNS))]

    def line(cells: Iterable[str]) -> str:
        padded = [
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    rules = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    head, *rest = rows
    return [line(head), line(rules), *(line(row) for row in rest)]


def machine() -> str:
    """The class of this machine: what it has, not what it is called."""
    return f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def main() -> int:
    """Run, print, and say by the exit whether everything held."""
    table, began = Table(), time.monotonic()
    words = ["-q", "-n", "2", "--dist", "worksteal", "-m", "proof", "-p", "no:cacheprovider"]
    with redirect_stdout(io.StringIO()):  # what pytest tells is told below, shorter
        code = pytest.main([*words, "--rootdir", str(ROOT), str(ROOT / "tests")], plugins=[table])
    took = time.monotonic() - began
    print("\n".join(table.lines()))
    verdict = "held" if code == 0 and not table.failed else "BROKEN"
    print(f"\n{time.strftime('%Y-%m-%d', time.gmtime())}, {machine()}, {took:.0f} s: {verdict}")
    for told in table.failed:
        print(f"\n{told}", file=sys.stderr)
    return int(code) or bool(table.failed)


if __name__ == "__main__":
    sys.exit(main())
