"""Insert what is absent, or replace what is there: the one statement whose words differ."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from store.database import Tx


def insert_if_absent(tx: Tx, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert the row unless its key is taken; says whether it was inserted."""
    statement = _insert(tx, table).values(**row).on_conflict_do_nothing()
    # Not the row count: PostgreSQL's driver gives none for an insert that may return values.
    return tx.execute(statement.returning(*table.primary_key)).first() is not None


def put(tx: Tx, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows, replacing those whose primary key is there already.

    All rows have the same columns.
    """
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    statement = _insert(tx, table)
    fresh = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    if fresh:
        ready = statement.on_conflict_do_update(index_elements=keys, set_=fresh)
    else:
        ready = statement.on_conflict_do_nothing()
    tx.execute(ready, [dict(row) for row in rows])


def _insert(tx: Tx, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if tx.dialect.name == "sqlite" else postgresql.insert(table)
