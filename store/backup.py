"""A copy of the whole memory in one file, made while the house goes on working."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from store.database import Store
from store.errors import BackupRefused, Unreachable

Progress = Callable[[int, int], None]
"""Called with how many pages are copied, and how many there are."""

_PAGES: Final = 2_000
_PAUSE_S: Final = 0.0


def backup(
    store: Store,
    target: Path,
    *,
    progress: Progress = lambda done, total: None,
    pg_dump: str | None = None,
) -> int:
    """Copy the database into a new file and give the file's size in bytes.

    SQLite becomes a SQLite file that can be opened as it is; PostgreSQL becomes an archive for
    `pg_restore`. Raises BackupRefused, and leaves no file, when it cannot be done; Unreachable
    when the database does not answer.
    """
    if target.exists():
        raise BackupRefused(f"{target} exists already; name a new file")
    if not target.parent.is_dir():
        raise BackupRefused(f"there is no folder {target.parent}")
    store.ping()
    part = target.with_name(target.name + ".part")
    try:
        if store.dialect == "sqlite":
            _sqlite(Path(str(store.url.database)), part, progress)
        else:
            _postgresql(store, part, pg_dump)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target.stat().st_size


def _sqlite(source: Path, part: Path, progress: Progress) -> None:
    def tell(_status: int, remaining: int, total: int) -> None:
        progress(total - remaining, total)

    try:
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(part)) as copy:
            live.backup(copy, pages=_PAGES, progress=tell, sleep=_PAUSE_S)
            # One file, with nothing beside it that could be left behind.
            copy.execute("PRAGMA journal_mode=DELETE")
            (health,) = copy.execute("PRAGMA quick_check").fetchone()
    except sqlite3.Error as error:
        raise Unreachable(f"the copy failed: {error}") from error
    if health != "ok":
        raise BackupRefused(f"the copy is damaged: {health}")


def _postgresql(store: Store, part: Path, pg_dump: str | None) -> None:
    program = pg_dump or shutil.which("pg_dump")
    if program is None:
        raise BackupRefused(
            "a PostgreSQL database is backed up by pg_dump, which is not installed here: "
            "install PostgreSQL's client programs, of the server's version or newer"
        )
    url = store.url.set(drivername="postgresql")
    # The password goes through the environment: arguments can be read by everybody.
    environment = dict(os.environ)
    if url.password:
        environment["PGPASSWORD"] = str(url.password)
        url = url._replace(password=None)
    address = url.render_as_string(hide_password=False)
    command = [program, "--format=custom", f"--file={part}", f"--dbname={address}"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["without a word"]
        raise BackupRefused(f"pg_dump failed: {last[0]}")
