"""What SQLite's file still holds of deleted rows, and that it can be made to let go of it."""

import random
import sqlite3
from pathlib import Path

from sqlalchemy import text

from store.database import Store

WORD = b"uackenbush"  # without its first letter, which another page may share


def _filled(store: Store) -> None:
    """Rows that come, grow and go, so that pages are split; then all that names somebody goes."""
    dice, keys = random.Random(1), []
    with store.write() as tx:
        tx.execute(text("CREATE TABLE t (id TEXT PRIMARY KEY, x TEXT, y BLOB)"))
        tx.execute(text("CREATE INDEX tx ON t (x)"))
    for _ in range(300):
        with store.write() as tx:
            for _ in range(10):
                keys.append(f"{dice.getrandbits(80):020x}")
                said = f"quackenbush {dice.getrandbits(30)}" if dice.random() < 0.2 else "nobody"
                row = {"i": keys[-1], "x": said, "y": dice.randbytes(dice.randint(10, 300))}
                tx.execute(text("INSERT INTO t VALUES (:i, :x, :y)"), row)
            for _ in range(8):
                grown = {"i": dice.choice(keys), "y": dice.randbytes(dice.randint(0, 9000))}
                tx.execute(text("UPDATE t SET y = :y WHERE id = :i"), grown)
    with store.write() as tx:
        tx.execute(text("UPDATE t SET x = NULL WHERE x LIKE 'quack%'"))


def _held(file: Path) -> int:
    return sum(part.read_bytes().count(WORD) for part in file.parent.glob(f"{file.name}*"))


def test_a_scrubbed_file_holds_nothing_of_deleted_rows(tmp_path: Path) -> None:
    file = tmp_path / "house.db"
    with Store.open(f"sqlite:///{file}") as store:
        _filled(store)
        assert _held(file)
        assert store.scrub()
        assert _held(file) == 0


def test_a_reader_keeps_the_file_and_that_is_said(tmp_path: Path) -> None:
    file = tmp_path / "house.db"
    with Store.open(f"sqlite:///{file}", wait_s=0.1) as store:
        with store.write() as tx:
            tx.execute(text("CREATE TABLE t (id TEXT PRIMARY KEY)"))
        reader = sqlite3.connect(file, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM t").fetchall()
        assert not store.scrub()
        reader.close()
        assert store.scrub()
