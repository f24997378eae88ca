"""Every test of the store runs on SQLite and on PostgreSQL."""

from tests.support.databases import (
    database_url,
    empty_database_url,
    postgres_databases,
    postgres_empty,
    postgres_programs,
    postgres_server,
    postgres_store,
    sqlite_databases,
    sqlite_store,
    store,
)

__all__ = [
    "database_url",
    "empty_database_url",
    "postgres_databases",
    "postgres_empty",
    "postgres_programs",
    "postgres_server",
    "postgres_store",
    "sqlite_databases",
    "sqlite_store",
    "store",
]
