"""A template that eats time or memory ends as a refused mail, and the next one renders.

Many more bombs are in `test_hostile_templates.py`.
"""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.refusal import NotFound
from mail.flaws import Flawed, RenderFailed
from mail.kitchen import Kitchen
from mail.samples import CONTACT, sample
from tests.mail.conftest import SHIPPED, Write, killed

MANY = "[" + "1," * 200 + "]"
LOOPS = "".join(f"{{% for a{n} in {MANY} %}}" for n in range(6)) + "{% endfor %}" * 6
BOMBS = {
    "loops": LOOPS,
    "digits": "{{ '1' ~ 'e999999' | number }}{{ ('1e17' | number) }}" + LOOPS,
}


@pytest.fixture(scope="module")
def kitchen() -> Iterator[Kitchen]:
    with Kitchen(SHIPPED) as one:
        one.warm()
        yield one


def test_a_mail_is_rendered_by_the_child(kitchen: Kitchen) -> None:
    done = kitchen.render("first-contact", sample("deal"), "en-GB")
    assert done.subject == "A question about Gate Control at Weir & Sons"
    assert done.locale == "en-GB"


def test_the_child_compiles_once(kitchen: Kitchen) -> None:
    kitchen.render("follow-up-1", sample("deal"))
    compiled = kitchen.compilations
    kitchen.render("follow-up-1", sample("deal"))
    assert kitchen.compilations == compiled


@pytest.mark.parametrize("bomb", sorted(BOMBS))
def test_a_bomb_is_a_refused_mail_and_nothing_else(folder: Path, write: Write, bomb: str) -> None:
    write(BOMBS[bomb])
    write("Hello {{ contact.name }}", "good.md")
    with Kitchen(folder) as kitchen:
        kitchen.warm()
        began = time.monotonic()
        with pytest.raises((RenderFailed, Flawed)):
            kitchen.render("x", sample("deal"))
        assert time.monotonic() - began < kitchen.within + 2
        assert "Hello Sam Okafor" in kitchen.render("good", sample("deal")).text


def test_errors_come_through_the_pipe_as_they_are(folder: Path, write: Write) -> None:
    path = write("{{ owner.nme }}")
    write("{{ contact.first_name }}", "y.md")
    with Kitchen(folder) as kitchen:
        with pytest.raises(Flawed) as flawed:
            kitchen.render("x", sample("deal"))
        assert flawed.value.where == f"{path}:5:4"
        with pytest.raises(NotFound, match="no mail is called"):
            kitchen.render("z", sample("deal"))
        nameless = CONTACT.model_copy(update={"first_name": None})
        with pytest.raises(RenderFailed, match="unknown here"):
            kitchen.render("y", sample("deal").model_copy(update={"contact": nameless}))


def test_a_child_that_died_is_replaced(folder: Path, write: Write) -> None:
    write("Hello")
    with Kitchen(folder) as kitchen:
        kitchen.warm()
        killed(kitchen)
        assert kitchen.render("x", sample("deal")).subject == "A subject"


def test_the_child_has_no_secret_in_its_environment(
    folder: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLUICE_SECRET_KEY", "do not pass on")
    write("Hello")
    with Kitchen(folder) as kitchen:
        kitchen.warm()
        process = Path(f"/proc/{kitchen._idle[0].pid}/environ")
        if not process.exists():
            pytest.skip("needs /proc")
        assert b"SLUICE" not in process.read_bytes()


def test_threads_share_the_children(kitchen: Kitchen) -> None:
    subjects: list[str] = []

    def work() -> None:
        subjects.append(kitchen.render("welcome-2", sample("deal")).subject)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert subjects == ["How was the start?"] * 8


def test_closing_ends_the_children(folder: Path, write: Write) -> None:
    write("Hello")
    kitchen = Kitchen(folder)
    kitchen.warm()
    pid = kitchen._idle[0].pid
    kitchen.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
