"""Insert what is absent, or replace what is there: the one statement whose words differ."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

from store.database import Tx


def insert_if_absent(tx: Tx, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert the row unless its key is taken; says whether it was inserted."""
    # Not the row count: PostgreSQL's driver gives none for an insert that may return values.
    return tx.execute(_absent(tx.dialect.name, table), dict(row)).first() is not None


def put(tx: Tx, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows, replacing those whose primary key is there already.

    All rows have the same columns; columns that they do not name stay as they are.
    """
    if rows:
        tx.execute(_put(tx.dialect.name, table, tuple(rows[0])), [dict(row) for row in rows])


# Building a statement costs more than running it, so each is built once.


@lru_cache(maxsize=256)
def _absent(dialect: str, table: Table) -> Insert:
    statement = _insert(dialect, table).on_conflict_do_nothing()
    return statement.returning(*table.primary_key)


@lru_cache(maxsize=256)
def _put(dialect: str, table: Table, names: tuple[str, ...]) -> Insert:
    keys = [column.name for column in table.primary_key]
    statement = _insert(dialect, table)
    fresh = {name: statement.excluded[name] for name in names if name not in keys}
    if not fresh:
        return statement.on_conflict_do_nothing()
    return statement.on_conflict_do_update(index_elements=keys, set_=fresh)


def _insert(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
