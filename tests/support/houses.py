"""A whole house for tests of operations: a fresh SQLite file, shipped playbooks, a set clock."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from domain.playbooks.parts import parts
from domain.playbooks.playbook import Playbook
from domain.times.clock import Clock
from operations.authoring.files import load
from operations.house import Config, House
from store import playbooks
from store.database import Store
from store.upgrading import upgrade

ROOT = Path(__file__).parents[2]
SECRET = b"a secret for tests of the house."


@cache
def shipped(path: Path) -> Playbook:
    """The playbook in that file, read once in a test process: nobody can change it."""
    return load(path).playbook


@cache
def _furnished(names: tuple[str, ...], now: datetime) -> bytes:
    """The file of a database with all tables and these playbooks, made once in a test process."""
    with tempfile.TemporaryDirectory(prefix="sluice-test-") as folder:
        path = Path(folder) / "template.db"
        upgrade(f"sqlite:///{path}")
        with Store.open(f"sqlite:///{path}") as store:
            publish(store, names, now)
            store.scrub()
        return path.read_bytes()


def publish(store: Store, names: Sequence[str], now: datetime) -> None:
    """Publish playbooks that ship."""
    with store.write() as tx:
        for name in names:
            playbook = shipped(ROOT / "playbooks" / f"{name}.yaml")
            playbooks.publish(tx, name, parts(playbook), "test", now)


@contextmanager
def opened_house(
    folder: Path,
    now: datetime,
    names: Sequence[str] = ("crm-sales",),
    url: str | None = None,
) -> Iterator[House]:
    """A house in this folder whose business time begins at `now`, with these playbooks.

    On a fresh SQLite file, unless `url` names a database that has all tables.
    """
    file = folder / "sluice.db"
    if url is None:
        file.write_bytes(_furnished(tuple(names), now))
    clock = Clock(b0=now, w0=datetime.now(UTC), speed=1)
    config = Config(
        url or f"sqlite:///{file}",
        SECRET,
        folder,
        temporal_address="127.0.0.1:1",
        playbooks=ROOT / "playbooks",
        templates=ROOT / "templates",
        clock=lambda: clock,
    )
    with House(config) as house:
        if url is not None:
            publish(house.store, names, now)
        yield house
