"""A whole house for tests of operations: a fresh SQLite file, shipped playbooks, a set clock."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from domain.playbooks.parts import parts
from domain.times.clock import Clock
from operations.authoring.files import load
from operations.house import Config, House
from store import playbooks
from store.upgrading import upgrade

ROOT = Path(__file__).parents[2]
SECRET = b"a secret for tests of the house."


@cache
def _template() -> Path:
    path = Path(tempfile.mkdtemp(prefix="sluice-test-")) / "template.db"
    upgrade(f"sqlite:///{path}")
    return path


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
        shutil.copyfile(_template(), file)
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
        with house.store.write() as tx:
            for name in names:
                playbook = load(ROOT / "playbooks" / f"{name}.yaml").playbook
                playbooks.publish(tx, name, parts(playbook), "test", now)
        yield house
