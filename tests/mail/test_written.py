"""Words that were published hold instead of files, at once, and in the child that renders."""

from pathlib import Path

import pytest

from domain.refusal import NotFound
from mail.flaws import Flawed, RenderFailed
from mail.kitchen import Kitchen
from mail.render import Renderer
from mail.samples import sample
from mail.words import Words
from mail.written import NOTHING, Written
from tests.mail.conftest import Write

FRONT = "---\nsubject: A subject\npurpose: sales\n---\n"


def published(mark: str, *texts: tuple[str, str, str]) -> Written:
    return Written(mark, {(name, locale): FRONT + text for name, locale, text in texts})


def test_what_is_published_holds_in_place_of_a_file_and_without_one(
    folder: Path, write: Write
) -> None:
    write("Hello from the file")
    write("Hallo", "x.DE.md")
    now = published("1", ("x", "de", "Servus"), ("x", "pl", "Witaj"), ("y", "", "Fresh"))
    words = Words(folder, now)
    assert words.names == ["x", "y"]
    assert words.locales == ["de", "pl"]
    assert words.find("x", "de-AT").body.text.strip() == "Servus"
    assert words.find("x", "de").path == folder / "x.DE.md"
    assert words.find("x", "en").body.text.strip() == "Hello from the file"
    assert words.find("y", "de").path == folder / "y.md"
    assert words.line(str(folder / "x.pl.md"), 5) == "Witaj"
    with pytest.raises(NotFound):
        Words(folder).find("y", None)


def test_an_edit_needs_no_restart_of_the_child(folder: Path, write: Write) -> None:
    write("Hello from the file")
    now = NOTHING
    with Kitchen(folder, within=20, written=lambda: now) as kitchen:
        assert "from the file" in kitchen.render("x", sample("deal")).text
        (child,) = kitchen._idle
        now = published("1", ("x", "", "Hello from the store"))
        first = kitchen.render("x", sample("deal"))
        assert "from the store" in first.text
        compiled = kitchen.compilations
        assert kitchen.render("x", sample("deal")) == first
        assert kitchen.compilations == compiled, "it is told once, and compiles once"
        now = NOTHING
        assert "from the file" in kitchen.render("x", sample("deal")).text
        assert kitchen._idle == [child]


def test_a_draft_is_seen_by_who_writes_it_alone(folder: Path, write: Write) -> None:
    write("Hello from the file")
    with Kitchen(folder, within=20) as kitchen:
        draft = NOTHING.with_draft("x", "", f"{FRONT}Hello from a draft")
        assert "from a draft" in kitchen.render("x", sample("deal"), None, draft).text
        assert "from the file" in kitchen.render("x", sample("deal")).text


def test_published_words_are_held_to_the_limits_of_all(folder: Path) -> None:
    bomb = "".join(f"{{% for a{n} in [1,1,1,1,1,1,1,1,1,1] %}}" for n in range(9))
    bomb += "x" + "{% endfor %}" * 9
    now = published("1", ("x", "", bomb), ("y", "", "{{ owner.nme }}"))
    with Kitchen(folder, written=lambda: now) as kitchen:
        kitchen.warm()
        with pytest.raises(RenderFailed):
            kitchen.render("x", sample("deal"))
        with pytest.raises(Flawed, match=r"y.md:5:4 owner.nme no such name"):
            kitchen.render("y", sample("deal"))


def test_words_name_the_version_that_they_are_of(folder: Path, write: Write) -> None:
    write("Hello")
    plain = Renderer(folder)
    told = Renderer(folder, lambda: published("1", ("x", "", "Hello there")))
    made, old = told.words.find("x", None), plain.words.find("x", None)
    assert told.version_of(made) != plain.version_of(old)
