"""The database behind a URL: opened once, read in snapshots, written in short transactions."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Self

from pydantic_core import from_json
from sqlalchemy import (
    URL,
    Connection,
    Engine,
    ExceptionContext,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.exc import ArgumentError

from store.errors import Unreachable, plainly
from store.fitness import as_json, watch

Tx = Connection
"""An open transaction, as every function of the store takes it."""

WAIT_S: Final = 5
"""How long a writer waits for its turn before the store says that it is unreachable."""

SEEN: Final = "sluice_seen"
"""Under which name a reading transaction keeps what it has seen (`store.snapshot`)."""

AGAIN_S: Final = 0.01
"""How long until a new file of SQLite is asked again whether nobody writes to it."""


class Store:
    """The memory of the house. Cheap to keep open, safe to share between threads."""

    def __init__(self, url: URL, *, echo: bool = False, wait_s: float = WAIT_S) -> None:
        self.url = url
        self._writing = engine(url, echo=echo, wait_s=wait_s)
        self._durable = self._writing.execution_options(durable=True)
        self._reading = engine(url, echo=echo, wait_s=wait_s, readonly=True)

    @classmethod
    def open(cls, url: str, *, echo: bool = False, wait_s: float = WAIT_S) -> Self:
        """Open `sqlite:///file.db` or `postgresql://…`; connects at the first use.

        `wait_s` is how long, in seconds, a writer waits for its turn and a reader for a
        connection. Raises Unreachable for a URL that names no database this house can use.
        """
        return cls(parse(url), echo=echo, wait_s=wait_s)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.url.get_backend_name()

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Tx]:
        """One transaction that commits when the block ends and rolls back when it raises.

        SQLite takes its write lock at the start, so what is read inside stays true until the
        commit. On PostgreSQL lock the rows that a decision rests on first, in the order
        contact, deal, nurture, and append to the ledger after.
        `durable`: on disk when the block ends, even if the power fails (PostgreSQL always is).
        Raises Unreachable when the database is locked, full or down: nothing was written,
        unless the connection broke in the very commit, which a repeat finds out.
        """
        writing = self._durable if durable else self._writing
        with plainly(), writing.begin() as tx:
            yield tx

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A snapshot: everything read in the block is of one moment. It cannot write."""
        with plainly(), self._reading.connect() as tx:
            yield tx.execution_options(**{SEEN: {}})
            # Nothing was written, but a rollback would cost PostgreSQL's prepared statements.
            tx.commit()

    def scrub(self) -> bool:
        """Write SQLite's file anew, without what it still holds of deleted rows; False when busy.

        Overwriting what is deleted is not enough: a page that was split keeps copies of the rows
        that moved. PostgreSQL does this by itself, as it vacuums and recycles its log files.
        """
        if self.dialect != "sqlite":
            return True
        with plainly(), self._writing.connect() as connection:
            raw = connection.connection.cursor()
            try:
                raw.execute("VACUUM")
                busy, *_ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorname.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                    return False
                raise
            finally:
                raw.close()
        return not busy

    def ping(self) -> None:
        """Raises Unreachable unless the database answers."""
        with self.read() as tx:
            tx.execute(text("SELECT 1"))

    def close(self) -> None:
        """Let go of all connections; the store opens new ones if it is used again."""
        self._writing.dispose()
        self._reading.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def parse(url: str) -> URL:
    """The URL with the driver that this house uses. Raises Unreachable with a plain reason."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise Unreachable("the database URL cannot be read") from error
    backend = parsed.get_backend_name()
    if backend == "postgres":
        backend = "postgresql"
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise Unreachable(f"the database URL names {backend}; sqlite and postgresql are known")
    if parsed.database in (None, "", ":memory:"):
        raise Unreachable("the database URL names no file, as in sqlite:///sluice.db")
    return parsed.set(drivername="sqlite+pysqlite")


def engine(
    url: URL,
    *,
    echo: bool = False,
    wait_s: float = WAIT_S,
    readonly: bool = False,
    foreign_keys: bool = True,
) -> Engine:
    """Connections to the database, set up as the store needs them."""
    if url.get_backend_name() == "sqlite":
        made = _sqlite(url, echo, wait_s, readonly)
        _set_up(made, wait_s, readonly, foreign_keys)
    else:
        made = _postgresql(url, echo, wait_s, readonly)
    watch(made)
    return made


def _sqlite(url: URL, echo: bool, wait_s: float, readonly: bool) -> Engine:
    """Writers of this process queue for one connection, fairly, instead of polling the file."""
    return create_engine(
        url,
        echo=echo,
        json_serializer=as_json,
        json_deserializer=from_json,
        hide_parameters=True,  # they may be names, addresses and texts: never in a log
        pool_size=10 if readonly else 1,
        max_overflow=20 if readonly else 0,
        pool_timeout=wait_s,
        connect_args={"timeout": wait_s},
    )


def _set_up(made: Engine, wait_s: float, readonly: bool, foreign_keys: bool) -> None:
    """Pragmas of each connection, and the store's own idea of where a transaction begins.

    The driver's idea is off (isolation_level None): it would begin late, and on SQLite a read
    that turns into a write fails at once when somebody else wrote, whatever the time-out says.
    """
    pragmas = {
        "busy_timeout": str(int(wait_s * 1000)),
        "foreign_keys": "ON" if foreign_keys else "OFF",
        "recursive_triggers": "ON",
        "query_only": "ON" if readonly else "OFF",
    }
    if not readonly:
        # What is deleted is overwritten: a forgotten person must not stay in free pages.
        pragmas["secure_delete"] = "ON"

    @event.listens_for(made, "connect")
    def set_pragmas(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for name, value in pragmas.items():
            cursor.execute(f"PRAGMA {name}={value}")
        if not readonly:
            _keep_a_log(cursor, wait_s)
        cursor.close()

    @event.listens_for(made, "begin")
    def begin_now(connection: Connection) -> None:
        if readonly:
            connection.exec_driver_sql("BEGIN")
            return
        # NORMAL survives any crash of ours; only FULL survives that of the machine.
        level = "FULL" if connection.get_execution_options().get("durable") else "NORMAL"
        connection.exec_driver_sql(f"PRAGMA synchronous={level}")
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _keep_a_log(cursor: sqlite3.Cursor, wait_s: float) -> None:
    """Let readers and the writer pass each other (WAL); the file remembers it.

    A file that does not do so yet is written to for it, and SQLite does not wait for another
    writer then: of two processes that open a new file together, one would fail.
    """
    until = time.monotonic() + wait_s
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > until:
                raise
            time.sleep(AGAIN_S)
        else:
            return


def _postgresql(url: URL, echo: bool, wait_s: float, readonly: bool) -> Engine:
    """Reads see one snapshot; writes see the newest of each row that they lock."""
    made = create_engine(
        url,
        echo=echo,
        json_serializer=as_json,
        json_deserializer=from_json,
        hide_parameters=True,  # they may be names, addresses and texts: never in a log
        pool_size=10,
        max_overflow=20,
        pool_timeout=wait_s,
        pool_pre_ping=True,
        pool_use_lifo=True,  # the one used last has most statements prepared
        connect_args={
            "connect_timeout": min(WAIT_S, max(2, int(wait_s))),
            "options": f"-c timezone=UTC -c lock_timeout={int(wait_s * 1000)}",
        },
    )
    event.listen(made, "handle_error", _without_values)
    if readonly:
        return made.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return made


def _without_values(context: ExceptionContext) -> None:
    """PostgreSQL quotes the failing row in the detail of an error; a log must not."""
    for error in (context.original_exception, context.sqlalchemy_exception):
        if error is not None and error.args:
            error.args = (str(error.args[0]).partition("\nDETAIL")[0], *error.args[1:])
