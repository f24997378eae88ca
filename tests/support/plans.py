"""How a database would answer the questions that a piece of code asks: nothing is read whole."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Engine, event

from store.database import Tx

LIMITED: Final = re.compile(
    r"SCAN (page|newest|edge|found|waiting|doubts|(met|behind)_\d+|"
    r"CONSTANT ROW|json_each VIRTUAL .*)$"
)

FEW: Final = re.compile(r"nudges| people| stage_totals| webhooks\b")
"""A queue that is read in the order of its key, colleagues, and sums of all deals of a kind."""

Asked = list[tuple[str, Any]]
"""Statements with their parameters, in their order."""


@contextmanager
def asked_of(engine: Engine | type[Engine] = Engine) -> Iterator[Asked]:
    """Every statement that is sent meanwhile, by this engine or by any."""
    asked: Asked = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def plan(tx: Tx, statement: str, parameters: Any) -> str:
    """What the planner says, a line for each step."""
    explain = "EXPLAIN QUERY PLAN " if tx.dialect.name == "sqlite" else "EXPLAIN "
    rows = tx.exec_driver_sql(explain + statement, parameters).all()
    return "\n".join(str(row[-1]) for row in rows)


def unbounded(told: str, *, sorts: bool) -> bool:
    """Whether a plan reads a whole table, or (unless it `sorts` a few) orders by hand."""
    for line in told.splitlines():
        # SCAN without an index reads a whole table; what is limited is so before it is read.
        few = FEW.search(line) is not None or LIMITED.search(line) is not None
        whole = line.startswith("SCAN ") and "USING" not in line
        if ("Seq Scan" in line or whole) and not few:
            return True
        if "TEMP B-TREE FOR ORDER BY" in line and not sorts:
            return True
    return False
