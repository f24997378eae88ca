"""Bring a database to the newest shape of the tables, from any earlier one or from nothing."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from store import ledger
from store.database import engine, parse
from store.errors import plainly

MIGRATIONS: Final = Path(__file__).parent / "migrations"

PATIENCE_S: Final = 600
"""How long an upgrade waits for another one, or for work in progress, to end."""


def upgrade(url: str) -> str:
    """Run the migrations that are missing, all or none, and give the revision reached.

    Two processes that start together do it one after the other. Raises Unreachable.
    """
    # Rebuilding a table on SQLite would trip over the foreign keys that point to it.
    made = engine(parse(url), foreign_keys=False, wait_s=PATIENCE_S)
    try:
        with plainly(), made.begin() as connection:
            ledger.take_turn(connection)
            command.upgrade(config(connection), "head")
            return MigrationContext.configure(connection).get_current_revision() or ""
    finally:
        made.dispose()


def newest() -> str:
    """The revision that this code expects."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head() or ""


def current(url: str) -> str | None:
    """The revision of the database, None for one without tables. Raises Unreachable."""
    made = engine(parse(url), readonly=True)
    try:
        with plainly(), made.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        made.dispose()


def config(connection: Connection) -> Config:
    """Alembic's settings for migrations over this connection; there is no file of them."""
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    settings.attributes["connection"] = connection
    return settings
