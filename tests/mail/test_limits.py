"""Each limit of rendering on its own: time, processor, memory, output, what goes in.

That many bombs end well is in `test_hostile_templates.py`; here each limit is the one that holds.
"""

import io
import os
import resource
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mail.context import DealLetter
from mail.flaws import RenderFailed
from mail.keeper import Keeper
from mail.kitchen import LARGEST_CONTEXT, SLOW, Kitchen
from mail.render import LARGEST_OUTPUT, plain
from mail.samples import sample
from mail.stove import LARGEST_FRAME, read_frame, write_frame
from tests.mail.conftest import Write, killed

ROOT = Path(__file__).parents[2]
PATIENT = 30.0  # seconds; never the limit that holds here
MANY = "[" + "1," * 200 + "]"
FOREVER = "".join(f"{{% for a{n} in {MANY} %}}" for n in range(6)) + "{% endfor %}" * 6
GROWING = "{% set x = contact.name %}" + "{% set x = x ~ x %}" * 40 + "{{ x | length }}"
WORDY = f"{{% for a in {MANY} %}}" + "words " * (LARGEST_OUTPUT // 1_000) + "{% endfor %}"


@pytest.fixture
def kitchen(folder: Path, write: Write) -> Iterator[Kitchen]:
    write("Hello {{ contact.name }}", "good.md")
    with Kitchen(folder, within=PATIENT) as one:
        one.warm()
        yield one


def cook(kitchen: Kitchen) -> int:
    (child,) = kitchen._idle
    return child.pid


def still_renders(kitchen: Kitchen) -> bool:
    return "Hello Sam Okafor" in kitchen.render("good", sample("deal")).text


def test_memory_is_bounded_and_the_child_that_met_the_bound_is_replaced(
    kitchen: Kitchen, write: Write
) -> None:
    write(GROWING)
    before = cook(kitchen)
    with pytest.raises(RenderFailed, match="too much memory: MemoryError"):
        kitchen.render("x", sample("deal"))
    assert still_renders(kitchen)
    assert cook(kitchen) != before


def test_output_is_bounded_and_costs_no_child(kitchen: Kitchen, write: Write) -> None:
    write(WORDY)
    before = cook(kitchen)
    with pytest.raises(RenderFailed, match=f"grows over {LARGEST_OUTPUT:,} characters"):
        kitchen.render("x", sample("deal"))
    assert still_renders(kitchen)
    assert cook(kitchen) == before


def test_time_is_bounded_by_the_parents_clock(kitchen: Kitchen, write: Write) -> None:
    write(FOREVER)
    before, kitchen.within = cook(kitchen), 0.3
    began = time.monotonic()
    with pytest.raises(RenderFailed, match=f"{SLOW} long"):
        kitchen.render("x", sample("deal"))
    assert time.monotonic() - began < 3
    with pytest.raises(ProcessLookupError):
        os.kill(before, 0)
    kitchen.within = PATIENT
    assert still_renders(kitchen)


def test_processor_time_is_bounded_by_the_kernel(folder: Path, write: Write) -> None:
    write(FOREVER)
    one_second = (
        "import sys, mail.stove as s; s.CPU = 0; s.cook(sys.stdin.buffer, sys.stdout.buffer)"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", one_second],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    end = threading.Timer(PATIENT, child.kill)
    end.daemon = True
    with child:
        end.start()
        write_frame(child.stdin, {"folder": str(folder)})
        assert read_frame(child.stdout) == {"ready": True}
        request = {"name": "x", "context": plain(sample("deal")), "locale": None}
        write_frame(child.stdin, request)
        assert read_frame(child.stdout) is None
        child.wait(timeout=PATIENT)
        end.cancel()
    assert child.returncode == -signal.SIGXCPU


def test_a_child_is_born_with_its_limits(kitchen: Kitchen) -> None:
    limit_of = resource.prlimit
    assert limit_of(cook(kitchen), resource.RLIMIT_CORE) == (0, 0)
    memory = limit_of(cook(kitchen), resource.RLIMIT_AS)
    assert 0 < memory[0] == memory[1] < 4 << 30


def test_what_goes_in_is_bounded_before_a_child_hears_of_it(folder: Path) -> None:
    letter = sample("deal")
    assert isinstance(letter, DealLetter)
    large = letter.deal.model_copy(update={"fields": {"pain": "x" * LARGEST_CONTEXT}})
    with Kitchen(folder) as kitchen:
        with pytest.raises(RenderFailed, match="bytes to fill in are too many"):
            kitchen.render("x", letter.model_copy(update={"deal": large}))
        assert kitchen._idle == []


def test_a_frame_that_is_too_large_is_not_read() -> None:
    pipe = io.BytesIO(struct.pack(">I", LARGEST_FRAME + 1) + b"{}")
    assert read_frame(pipe) is None
    assert pipe.tell() == 4
    assert read_frame(io.BytesIO(struct.pack(">I", 10) + b"{}")) is None


def test_a_keeper_that_never_begins_is_given_up(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    idler = tmp_path / "idler"
    idler.write_text(f"#!/bin/sh\necho $$ > {tmp_path / 'pid'}\nexec sleep 60\n")
    idler.chmod(0o755)
    monkeypatch.setattr("mail.keeper.sys.executable", str(idler))
    monkeypatch.setattr("mail.keeper.STARTED_WITHIN", 1.0)
    keeper = Keeper()
    with (
        Kitchen(folder, keeper=keeper) as kitchen,
        pytest.raises(RenderFailed, match="does not begin"),
    ):
        kitchen.warm()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_keeper_that_died_is_replaced_and_its_cooks_end_with_it(
    folder: Path, write: Write
) -> None:
    write("Hello")
    keeper = Keeper()
    with Kitchen(folder, keeper=keeper) as kitchen:
        kitchen.warm()
        assert keeper._process is not None
        keeper._process.kill()
        assert kitchen.render("x", sample("deal")).subject == "A subject", "the cook lives on"
        killed(kitchen)
        assert kitchen.render("x", sample("deal")).subject == "A subject"
    keeper.close()


def test_cooks_of_all_kitchens_come_from_one_keeper(folder: Path, write: Write) -> None:
    write("Hello")
    with Kitchen(folder) as one, Kitchen(folder) as other:
        one.warm()
        other.warm()
        assert cook(one) != cook(other)
        assert parent(cook(one)) == parent(cook(other))


def parent(pid: int) -> int:
    """The process that a process was split from."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
