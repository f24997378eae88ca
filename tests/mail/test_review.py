"""What a reader would stumble over is told to the author, all at once and in its place."""

from pathlib import Path

import pytest

from mail.context import Context
from mail.flaws import RenderFailed
from mail.render import LARGEST_OUTPUT, Rendered, Renderer, plain
from mail.review import CLIPPED, Reviewer, width
from mail.words import DEFAULT_LOCALE, SHIPPED_LOCALES
from tests.mail.conftest import SHIPPED, Write

PARTS_FIRST = '<img src="https://us.example/a.png" alt="A lock">'


@pytest.fixture
def told(folder: Path, renderer: Renderer) -> "Told":
    return Told(folder, Reviewer(renderer, filling(Renderer(folder))))


def filling(renderer: Renderer):  # type: ignore[no-untyped-def]
    def fill(name: str, context: Context, locale: str | None) -> Rendered:
        return renderer.render(name, plain(context), locale)

    return fill


class Told:
    """What a review of the folder says, a line each, without the folder."""

    def __init__(self, folder: Path, reviewer: Reviewer) -> None:
        self.folder = folder
        self.reviewer = reviewer

    def __call__(self, locale: str | None = None) -> list[str]:
        found = self.reviewer.review(locale=locale).flaws
        return [f"{one.weight}: {one}".replace(f"{self.folder}/", "") for one in found]


def test_a_sound_mail_has_nothing_to_tell(told: Told, write: Write) -> None:
    hello = "Hello {{ contact.first_name or 'there' }}, [read](https://us.example/a)"
    write(f"{hello}\n\n{PARTS_FIRST}")
    assert told() == []


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("[read](http://us.example/a)", "warning: x.md:5:8 link write https://"),
        ("[read](us.example/a)", "error: x.md:5:8 link write the whole address"),
        ("[read](/a)", "error: x.md:5:8 link write the whole address"),
        ("[read](https://)", "error: x.md:5:8 link write the whole address"),
        ("Do [read]( )", "error: x.md:5:4 link leads nowhere"),
        ("Do [](https://us.example/a)", "error: x.md:5:4 link has no words to press"),
        ("[a](https://us.example/a b)", "error: x.md:5:1 link its address has a blank"),
        ("[read](javascript:alert)", "error: x.md:5:8 link javascript: is no address"),
        ('<a href="  JavaScript:void">x</a>', "error: x.md:5:12 link JavaScript: is no address"),
        ('<a href="data:text/html,x">x</a>', "error: x.md:5:10 link data: is no address"),
        ('<a href="">x</a>', "error: x.md:5:1 link leads nowhere"),
        ("<a>x</a>", "error: x.md:5:1 link leads nowhere"),
        ('<a href="https://us.example/a"> </a>', "error: x.md:5:10 link has no words to press"),
        ('<a href="https://us.example/a"><img src="https://us.example/a.png" alt=""></a>',
         "error: x.md:5:10 link has no words to press"),
        ("{% if deal.product %}\n[a](ftp://us.example/a)\n{% endif %}",
         "error: x.md:6:5 link ftp: is no address"),
        ('<img src="https://us.example/a.png">', "error: x.md:5:11 picture say what it shows"),
        ('<img src="a.png" alt="A lock">', "error: x.md:5:11 picture write the whole address"),
        ("By {{ deal.expected_close or '' }}", "warning: x.md:5:7 deal.expected_close reads"),
        ("{% if deal.amount %}For {{ deal.amount }}{% endif %}",
         "warning: x.md:5:7 deal.amount reads like a machine's: write | money"),
        ("Hello {{ contact.first_name }}",
         "warning: x.md:5:1 filled in does not go out where little is known"),
        ("{{ deal.amount | money('EURO') }}", "error: x.md:5:1 filled in money wants a currency"),
        ("<img src='https://us.example/a.png' alt='Us'>", "warning: x.md:5:1 text says nothing"),
        ("Read [it](https://us.example/a) by 4 May for {{ owner.name }}\n=== text\nRead it",
         "warning: x.md:7:1 text https://us.example/a is in the HTML and not in the text"),
        ("Read it by 4 May\n=== text\nRead it", "warning: x.md:7:1 text 4 is in the HTML"),
        ("It is {{ owner.name }}\n=== text\nIt is me", "warning: x.md:7:1 text owner.name is in"),
        ("Hello\n=== text\n\n", "error: x.md:7:1 text is empty"),
        ("Hello\n=== html\n<p>Hello</p>", "warning: x.md:5:1 body never used"),
        ("{{ owner.nme }}", "error: x.md:5:4 owner.nme no such name"),
    ],
)  # fmt: skip
def test_each_problem_is_told_in_its_place(
    told: Told, write: Write, body: str, problem: str
) -> None:
    write(body)
    found = told()
    assert any(line.startswith(problem) for line in found), found


def test_a_value_may_be_an_address(told: Told, write: Write) -> None:
    write("[out]({{ links.unsubscribe }}) [more](https://us.example/{{ deal.stage }})")
    assert told() == []


def test_a_subject_is_measured_as_it_shows(told: Told, write: Write) -> None:
    write("Hello", subject="x" * 60)
    assert told() == []
    write("Hello", subject="{{ contact.account or '' }} " + "x" * 55)
    assert told() == ["warning: x.md:2:1 subject 67 columns wide; a telephone shows 60"]
    write("Hello", subject="x" * 251)
    assert told() == ["error: x.md:2:1 subject 251 columns wide; over 250 it is not sent"]
    write("Hello", subject="\u4f60" * 31)
    assert told() == ["warning: x.md:2:1 subject 62 columns wide; a telephone shows 60"]
    assert (width("\u4f60a"), width("e\u0301"), width("\uff01")) == (3, 1, 2)


def test_a_mail_that_gmail_would_clip_is_told(told: Told, write: Write) -> None:
    write("word " * (CLIPPED // 5))
    [found] = told()
    assert "warning: x.md:5:1 html" in found
    assert f"Gmail hides what is behind {CLIPPED:,}" in found
    assert LARGEST_OUTPUT > CLIPPED


def test_a_language_that_is_missing_is_told_and_no_fault(told: Told, write: Write) -> None:
    for path in told.folder.glob("_*.??.html"):
        path.unlink()
    write("Hello")
    write("Hello", "y.md")
    write("Hallo", "y.de.md")
    layouts = [f"info: {name}:1:1 de not written; its mails are set in {name}"
               for name in ("_layout.html", "_layout.internal.html")]  # fmt: skip
    assert told() == [*layouts, "info: x.md:1:1 de not written; its readers get en"]
    assert "info: x.md:1:1 fr not written; its readers get en" in told("fr")
    (told.folder / "y.de-AT.md").write_bytes((told.folder / "y.de.md").read_bytes())
    write("Hallo", "x.de.md")
    assert not [line for line in told() if line.startswith("info: x.md")]  # de stands in for de-AT


def test_everything_is_told_at_once_and_by_language(told: Told, write: Write) -> None:
    write("[a](b)\n\n[c](d)\n\n{{ deal.expected_close }}")
    write("{{ owner.nme }}", "x.pl.md")
    write("---", "y.md", purpose="spam")
    found = told()
    assert [line.split(" ")[1].rpartition(":")[0] for line in found if "error" in line] == [
        "x.md:5", "x.md:7", "x.pl.md:5", "y.md:3",
    ]  # fmt: skip
    assert [line for line in told("pl") if "x.md" in line] == []


def test_layouts_and_parts_are_looked_at(told: Told, write: Write) -> None:
    write("Hello")
    layout = told.folder / "_layout.html"
    layout.write_text(layout.read_text() + '<img src="logo.png">')
    assert len([line for line in told() if line.startswith("error: _layout.html:")]) == 2


def test_only_what_changed_is_filled_in_again(told: Told, write: Write) -> None:
    count = 0
    fill = told.reviewer._fill

    def counted(name: str, context: Context, locale: str | None) -> Rendered:
        nonlocal count
        count += 1
        return fill(name, context, locale)

    told.reviewer._fill = counted
    write("Hello")
    write("Hello", "y.md")
    told(), told()
    assert count == 4  # each with much and with little known
    write("Hello again", "y.md")
    told()
    assert count == 6
    part = told.folder / "_style.html"
    part.write_text(part.read_text() + " ")
    told()
    assert count == 10


def test_a_slow_machine_is_no_lasting_fault_of_a_mail(told: Told, write: Write) -> None:
    fill = told.reviewer._fill

    def slow(name: str, context: Context, locale: str | None) -> Rendered:
        raise RenderFailed("x: rendering the mail takes too long", "x")

    write("Hello")
    told.reviewer._fill = slow
    assert told() == ["error: x.md:1:1 filled in rendering the mail takes too long"]
    told.reviewer._fill = fill
    assert told() == []


@pytest.mark.parametrize("locale", SHIPPED_LOCALES)
def test_what_ships_has_nothing_to_tell(locale: str) -> None:
    renderer = Renderer(SHIPPED)
    wanted = None if locale == DEFAULT_LOCALE else locale
    review = Reviewer(renderer, filling(Renderer(SHIPPED))).review(locale=wanted or "en")
    assert [str(flaw) for flaw in review.flaws] == []
    assert len(review.files) >= 23
    assert {file.locale for file in review.files} == {wanted}
