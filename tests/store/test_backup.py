"""Backups: one file, made while the house goes on working, or a plain word why not."""

import shutil
import stat
import subprocess
import threading
from pathlib import Path

import pytest

from store import ledger
from store.backup import backup
from store.database import Store
from store.errors import BackupRefused, Unreachable
from store.verify import verify
from tests.support.stories import opening, record


def test_a_sqlite_backup_opens_as_a_whole_store(sqlite_store: Store, tmp_path: Path) -> None:
    with sqlite_store.write() as tx:
        record(tx, "D-1", opening())
    seen: list[tuple[int, int]] = []
    target = tmp_path / "copy.db"
    size = backup(sqlite_store, target, progress=lambda *one: seen.append(one))
    assert size == target.stat().st_size
    assert seen[-1][0] == seen[-1][1] > 0
    assert [path.name for path in tmp_path.iterdir()] == ["copy.db"]
    with sqlite_store.write() as tx:
        record(tx, "D-2", opening())
    with Store.open(f"sqlite:///{target}") as copy:
        assert verify(copy) == []
        with copy.read() as tx:
            assert ledger.streams(tx, "deal/") == ["deal/D-1"]


def test_a_backup_is_whole_while_others_write(sqlite_store: Store, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            with sqlite_store.write() as tx:
                record(tx, f"D-{number}", opening())

    writer = threading.Thread(target=write)
    writer.start()
    try:
        backup(sqlite_store, tmp_path / "copy.db")
    finally:
        stop.set()
        writer.join()
    with Store.open(f"sqlite:///{tmp_path}/copy.db") as copy:
        assert verify(copy) == []


def test_a_backup_never_overwrites_a_file(store: Store, tmp_path: Path) -> None:
    target = tmp_path / "kept"
    target.write_text("precious")
    with pytest.raises(BackupRefused, match="exists already"):
        backup(store, target)
    assert target.read_text() == "precious"
    with pytest.raises(BackupRefused, match="no folder"):
        backup(store, tmp_path / "nowhere" / "copy")


def test_a_backup_of_what_does_not_answer_leaves_no_file(tmp_path: Path) -> None:
    with (
        Store.open(f"sqlite:///{tmp_path}/nowhere/sluice.db") as lost,
        pytest.raises(Unreachable),
    ):
        backup(lost, tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.postgres
def test_a_postgresql_backup_restores_as_a_whole_store(
    postgres_store: Store, postgres_empty: str, postgres_programs: Path, tmp_path: Path
) -> None:
    with postgres_store.write() as tx:
        record(tx, "D-1", opening())
    target = tmp_path / "copy.dump"
    size = backup(postgres_store, target, pg_dump=str(postgres_programs / "pg_dump"))
    assert size == target.stat().st_size > 0
    restore = [str(postgres_programs / "pg_restore"), f"--dbname={postgres_empty}", str(target)]
    subprocess.run(restore, check=True, capture_output=True)
    with Store.open(postgres_empty) as copy:
        assert verify(copy) == []
        with copy.read() as tx:
            assert ledger.streams(tx, "deal/") == ["deal/D-1"]


@pytest.mark.postgres
def test_a_machine_without_pg_dump_is_told_what_to_install(
    postgres_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(BackupRefused, match="pg_dump, which is not installed"):
        backup(postgres_store, tmp_path / "copy.dump")


@pytest.mark.postgres
def test_a_pg_dump_that_fails_is_quoted_and_leaves_no_file(
    postgres_store: Store, tmp_path: Path
) -> None:
    failing = tmp_path / "pg_dump"
    failing.write_text("#!/bin/sh\necho 'server version mismatch' >&2\nexit 1\n")
    failing.chmod(failing.stat().st_mode | stat.S_IXUSR)
    with pytest.raises(BackupRefused, match="server version mismatch"):
        backup(postgres_store, tmp_path / "copy.dump", pg_dump=str(failing))
    assert [path.name for path in tmp_path.iterdir()] == ["pg_dump"]
