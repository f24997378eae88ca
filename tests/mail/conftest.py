"""A folder of mails that a test writes, with the layouts that ship."""

import os
import select
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from mail.kitchen import Kitchen
from mail.render import Renderer

SHIPPED = Path(__file__).parents[2] / "templates" / "mail"

Write = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The layouts that ship and no mail."""
    room = tmp_path / "mail"
    room.mkdir()
    for path in SHIPPED.glob("_*.html"):
        shutil.copy(path, room / path.name)
    return room


@pytest.fixture
def write(folder: Path) -> Write:
    """`write("Hello", subject="x")` puts one mail into the folder, `x.md` unless it is named."""

    def put(
        body: str,
        name: str = "x.md",
        subject: str = "A subject",
        purpose: str = "sales",
        **more: str,
    ) -> Path:
        front = {"subject": subject, "purpose": purpose, **more}
        lines = "\n".join(f"{key}: {value!r}" for key, value in front.items())
        path = folder / name
        path.write_text(f"---\n{lines}\n---\n{body}\n", encoding="utf-8")
        return path

    return put


@pytest.fixture
def renderer(folder: Path) -> Renderer:
    return Renderer(folder)


def killed(kitchen: Kitchen) -> None:
    """End the idle child of a kitchen from outside, and wait until it has ended."""
    (child,) = kitchen._idle
    os.kill(child.pid, signal.SIGKILL)
    poll = select.poll()
    poll.register(child._place, select.POLLIN)
    assert poll.poll(30_000), "it goes on"
