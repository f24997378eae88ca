"""Reading the folder of mails: front matter, sections, languages; faults in their place."""

from pathlib import Path

import pytest

from domain.refusal import NotFound
from mail.flaws import Flawed
from mail.words import Words, fallbacks, read
from tests.mail.conftest import Write


def flaw_of(path: Path) -> str:
    with pytest.raises(Flawed) as caught:
        read(path)
    [flaw] = caught.value.flaws
    assert flaw.file == str(path)
    return ": ".join(filter(None, (str(flaw.line), flaw.path, flaw.message)))


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ('---\nsubject: a: b\npurpose: sales\n---\nx', "put the text in quotes"),
        ("Hello", "1: begin with --- , the subject and purpose, and ---"),
        ("---\nsubject: x", "1: begin with --- , the subject and purpose, and ---"),
        ("---\nsubject: a\nsubjekt: b\npurpose: sales\n---\nx",
         '3: subjekt: no such name; did you mean "subject"?'),
        ("---\nsubject: {{ deal.title }}\npurpose: sales\n---\nx", "2: subject: write text, in q"),
        ("---\nsubject: a\npurpose: spam\n---\nx", "3: purpose: Input should be"),
        ("---\npurpose: sales\n---\nx", "1: subject: Field required"),
        ("---\nsubject: a\npurpose: internal\n---\nx",
         "3: context: an internal mail says what it is about"),
        ("---\nsubject: a\npurpose: internal\ncontext: morning!\n---\nx",
         '4: context: no such context; did you mean "morning"?'),
        ("---\nsubject: a\npurpose: sales\ncontext: morning\n---\nx",
         "4: context: morning is for internal mails"),
        ("---\nsubject: a\npurpose: sales\ntrack: yes\n---\nx", "4: track: write true"),
        ("---\nsubject: a\npurpose: internal\ncontext: morning\ntrack: true\n---\nx",
         "5: track: nobody counts what colleagues read"),
        ("---\nsubject: a\npurpose: sales\n---\n\n", "4: the mail has no body"),
        ("---\nsubject: a\npurpose: sales\n---\nx\n=== txt\ny", "6: write one === text"),
        ("---\nsubject: a\npurpose: sales\n---\nx\n=== text\ny\n=== text\nz", "8: write one"),
        ("---\nsubject: [a, b]\npurpose: sales\n---\nx", "2: subject: write text"),
        ("---\n- a\n---\nx", "2: front matter: write subject"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_line(tmp_path: Path, text: str, flaw: str) -> None:
    path = tmp_path / "x.md"
    path.write_text(text)
    assert flaw in flaw_of(path)


def test_a_file_that_is_no_text_or_too_long_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_bytes(b"---\nsubject: \xff\n---\n")
    assert "not UTF-8" in flaw_of(path)
    path.write_bytes(b"x" * 200_001)
    assert "at most 200,000" in flaw_of(path)


def test_a_byte_order_mark_and_dos_line_ends_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_bytes("\ufeff---\r\nsubject: a\r\npurpose: sales\r\n---\r\nHello\r\n".encode())
    file = read(path)
    assert (file.front.subject, file.body.text.strip()) == ("a", "Hello")


def test_sections_keep_the_lines_of_the_file(write: Write) -> None:
    file = read(write("body\n=== text\nwords\n=== html\n<p>x</p>"))
    assert file.text is not None
    assert file.html is not None
    assert file.body.text.split("\n").index("body") == 4
    assert file.text.text.split("\n").index("words") == 6
    assert file.html.text.split("\n").index("<p>x</p>") == 8


def test_the_nearest_language_is_taken(folder: Path, write: Write) -> None:
    for name in ("x.md", "x.de.md", "x.de-AT.md", "y.md"):
        write("Hello", name)
    words = Words(folder)
    found = {tag: words.find("x", tag).path.name for tag in ("de-AT", "de_AT", "de-CH", "fr", None)}
    assert found == {
        "de-AT": "x.de-AT.md", "de_AT": "x.de-AT.md", "de-CH": "x.de.md", "fr": "x.md",
        None: "x.md",
    }  # fmt: skip
    assert words.find("y", "de").path.name == "y.md"
    assert words.names == ["x", "y"]


def test_a_layout_has_languages_too(folder: Path, write: Write) -> None:
    write("Hallo", "x.de.md")
    words = Words(folder)
    assert words.layout(words.find("x", "de")) == "_layout.html"
    (folder / "_layout.de.html").write_text("{% block body %}{% endblock %}")
    assert words.layout(words.find("x", "de-AT")) == "_layout.de.html"


def test_an_unknown_mail_is_named_with_the_nearest(folder: Path, write: Write) -> None:
    write("Hello", "follow-up-1.md")
    with pytest.raises(NotFound, match="follow-up-1"):
        Words(folder).find("folow-up-1", None)


def test_nothing_outside_the_folder_can_be_included(folder: Path) -> None:
    for name in ("../x.html", "_../../x.html", "/etc/passwd", "x.md", "_a/b.html"):
        with pytest.raises(NotFound):
            Words(folder).part(name)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="cannot be read"):
        Words(tmp_path / "nowhere")


def test_fallbacks_go_from_near_to_far() -> None:
    assert list(fallbacks("zh-Hant-TW")) == ["zh-hant-tw", "zh-hant", "zh", ""]
    assert list(fallbacks(None)) == [""]
