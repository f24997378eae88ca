"""What the store can answer instead of doing: unreachable, overtaken, used before.

Exception
├── Unreachable       the database is locked, full or down; nothing was written (exit 5, 503)
├── VersionConflict   somebody else appended to the stream first
├── CommandReused     a known command id came back with other content (422)
└── BackupRefused     a backup cannot be made here, and why
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import exc

from domain.refusal import Malformed


class Unreachable(Exception):
    """The database cannot be used now; `reason` says why in plain words.

    Nothing was written, unless the connection broke in the very commit: who repeats a command
    by its id, or a move in the send ledger, finds out.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class VersionConflict(Exception):
    """A stream does not stand where the writer believed."""

    def __init__(self, stream: str, expected: int | None = None, found: int | None = None) -> None:
        super().__init__(f"{stream} is at version {found}, not at {expected}")
        self.stream = stream
        self.expected = expected
        self.found = found


class CommandReused(Exception):
    """A command id is known already, with other content."""

    def __init__(self, command_id: str) -> None:
        super().__init__(f"command {command_id} is known with other content")
        self.command_id = command_id


class BackupRefused(Exception):
    """A backup cannot be made here; `reason` says what to do instead."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@contextmanager
def plainly() -> Iterator[None]:
    """Turn the driver's "locked, full, down" into Unreachable; let every other error through.

    Malformed comes out as it was raised.
    """
    try:
        yield
    except exc.TimeoutError as error:
        raise Unreachable("the database is busy: no connection came free in time") from error
    except exc.DBAPIError as error:
        reason = _reason(error)
        if reason is None:
            raise
        raise Unreachable(reason) from error
    except exc.StatementError as error:
        if isinstance(error.orig, Malformed):  # a text that no database holds
            raise error.orig from None
        raise


# By SQLite's primary result code.
_SQLITE: Final = {
    5: "the database is locked by another program",
    6: "the database is locked by another program",
    8: "the database file may not be written",
    10: "the disk under the database gives errors",
    11: "the database file is damaged",
    13: "the disk or the database is full",
    14: "the database file cannot be opened",
    26: "the database file is not a database",
}

# By the class or the code of PostgreSQL's SQLSTATE; the longer one wins.
_POSTGRESQL: Final = {
    "08": "the connection to the database was lost",
    "3D": "there is no such database",
    "28": "the database refuses the user or the password",
    "53": "the database has run out of connections or memory",
    "53100": "the disk under the database is full",
    "55P03": "the database is locked by another program",
    "40": "the database gave way to another transaction",
    "57": "the database is shutting down or starting",
    "57014": "the database took too long",
    "58": "the disk under the database gives errors",
    "25006": "the database is read-only",
    "42P01": "the database is not set up: its tables are missing; run: sluice migrate",
    "42703": "the database has not the shape that this program expects; run: sluice migrate",
}


def _reason(error: exc.DBAPIError) -> str | None:
    origin = error.orig
    code = getattr(origin, "sqlite_errorcode", None)
    if code is not None:
        if "no such table" in str(origin):
            return _POSTGRESQL["42P01"]
        if "no such column" in str(origin) or "has no column named" in str(origin):
            return _POSTGRESQL["42703"]
        return _SQLITE.get(int(code) & 0xFF)
    state = getattr(origin, "sqlstate", None)
    if state is not None:
        return _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2])
    lost = isinstance(error, exc.OperationalError | exc.InterfaceError)
    if lost or error.connection_invalidated:
        return "the database does not answer"
    return None
