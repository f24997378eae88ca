"""Templates that mean harm, or are only wrong: each is refused in words, none takes the cook along.

`tests/data/hostile/templates.txt` holds one template a line, under headings. Bombs, which are long
and dull, are built here.
"""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jinja2 import DictLoader, TemplateError

from mail.filters import Unfit
from mail.flaws import Flawed, RenderFailed
from mail.kitchen import Kitchen
from mail.render import Renderer, plain
from mail.samples import sample
from mail.sandbox import Room

CORPUS = Path(__file__).parents[1] / "data" / "hostile" / "templates.txt"
ELSEWHERE = {"the template itself", "other files"}
"""What could mean something else in a subject or a text than in a body."""

PATIENT, SHORT = 20.0, 0.4  # seconds; the short one for bombs that only a clock can stop

LEAK = re.compile(r"<class|object at 0x|bound method|built-in|<function|<module|root:")


def corpus() -> list[tuple[str, str]]:
    """Every template with its heading."""
    heading, found = "", []
    for line in CORPUS.read_text(encoding="utf-8").split("\n"):
        if line.startswith("== "):
            heading = line.removeprefix("== ")
        elif line:
            found.append((heading, line))
    return found


TEMPLATES = corpus()
HEADINGS = list(dict.fromkeys(heading for heading, _ in TEMPLATES))


def mail_with(template: str, place: str) -> str:
    """A mail that is sound but for the one template."""
    subject = template if place == "subject" else "A subject"
    body = template if place == "body" else "Hello"
    text = f"=== text\n{template}\n" if place == "text" else ""
    front = f"subject: {json.dumps(subject, ensure_ascii=False)}\npurpose: sales"
    return f"---\n{front}\n---\n{body}\n{text}"


def furnish(folder: Path) -> None:
    """A good mail, and the least that a layout must hold."""
    way_out = "{{ company.postal_address }} {{ links.unsubscribe }}"
    page = "{% block body %}{% endblock %}{% block footer %}" + way_out + "{% endblock %}"
    for name, text in (("layout", page), ("layout.internal", page), ("list", ""), ("style", "")):
        (folder / f"_{name}.html").write_text(f"<p>{text}</p>")
    (folder / "good.md").write_text(mail_with("Hello {{ contact.name }}", "body"))


def places(heading: str) -> tuple[str, ...]:
    return ("body", "subject", "text") if heading in ELSEWHERE else ("body",)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every hostile mail and a good one."""
    folder = tmp_path_factory.mktemp("hostile")
    furnish(folder)
    for number, (heading, template) in enumerate(TEMPLATES):
        for place in places(heading):
            path = folder / f"t{number}-{place}.md"
            path.write_text(mail_with(template, place), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def kitchen(room: Path) -> Iterator[Kitchen]:
    with Kitchen(room, within=PATIENT) as one:
        one.warm()
        yield one


def cook(kitchen: Kitchen) -> int:
    """The process that renders; there is one, and it is idle."""
    (child,) = kitchen._idle
    return child.pid


def test_there_are_enough_of_them() -> None:
    assert len({template for _, template in TEMPLATES}) == len(TEMPLATES) >= 400


@pytest.mark.parametrize("heading", HEADINGS)
def test_each_is_refused_with_its_place_and_the_cook_lives(
    kitchen: Kitchen, room: Path, heading: str
) -> None:
    pid = cook(kitchen)
    wrong = []
    for number, (under, template) in enumerate(TEMPLATES):
        for place in places(heading) if under == heading else ():
            name = f"t{number}-{place}"
            try:
                kitchen.render(name, sample("deal"))
                wrong.append(f"{template} passes as {place}")
            except (Flawed, RenderFailed) as refused:
                if not (refused.where or "").startswith(str(room / name)):
                    wrong.append(f"{template} in {place} has no place: {refused}")
                if LEAK.search(str(refused)):
                    wrong.append(f"{template} in {place} leaks: {refused}")
    assert wrong == []
    assert cook(kitchen) == pid


def test_the_cook_goes_on_with_the_next_mail(kitchen: Kitchen) -> None:
    assert "Hello Sam Okafor" in kitchen.render("good", sample("deal")).text


@pytest.mark.parametrize("heading", HEADINGS)
def test_the_room_holds_even_where_words_were_not_checked(heading: str) -> None:
    values, wrong = plain(sample("deal")), []
    for template in (one for under, one in TEMPLATES if under == heading):
        room = Room(DictLoader({"x": template}), html=True)
        try:
            shown = room.get_template("x").render(values)
        except (TemplateError, Unfit, ArithmeticError, TypeError, ValueError, LookupError):
            continue
        if LEAK.search(shown):
            wrong.append(f"{template} shows {shown}")
    assert wrong == []


def nested(begin: str, times: int, end: str) -> str:
    return begin * times + "x" + end * times


MANY = "[" + "1," * 200 + "]"
NAME = "{% set x = contact.name %}"
QUICK = {
    "21 loops": nested("{% for a in assets %}", 21, "{% endfor %}"),
    "101 conditions": nested("{% if contact.name %}", 101, "{% endif %}"),
    "3000 conditions": nested("{% if contact.name %}", 3_000, "{% endif %}"),
    "sums": "{{ " + "1+" * 1_500 + "1 }}",
    "ands": "{{ " + "true and " * 1_500 + "1 }}",
    "nots": "{{ " + "not " * 20_000 + "1 }}",
    "minuses": "{{ " + "-" * 20_000 + "1 }}",
    "brackets": "{{ " + "[" * 20_000 + "]" * 20_000 + " }}",
    "braces": "{{ " + "{1:" * 20_000 + "1" + "}" * 20_000 + " }}",
    "parentheses": "{{ " + "(" * 20_000 + "1" + ")" * 20_000 + " }}",
    "dots": "{{ contact" + ".a" * 1_500 + " }}",
    "calls": "{{ contact" + "()" * 1_500 + " }}",
    "filters": "{{ contact.name" + " | upper" * 1_500 + " }}",
    "ternaries": "{{ " + "1 if true else " * 1_500 + "1 }}",
    "digits": "{{ " + "9" * 5_000 + " }}",
    "more digits": "{{ 0x" + "f" * 50_000 + " }}",
    "marks": "{{" * 90_000,
    "comments": "{# " * 60_000,
    "output": nested(f"{{% for a in {MANY} %}}xxxxxxxxxxxxxxxx", 6, "{% endfor %}"),
    "a long word": "{{ contact.name }}" + "<" * 70_000,
    "a large file": "x" * 250_000,
    "macros": "{% macro m(n) %}{{ m(n) }}{{ m(n) }}{% endmacro %}{{ m(1) }}",
}
SLOW = {
    "loops": nested(f"{{% for a in {MANY} %}}", 6, "{% endfor %}").replace("x", ""),
    "doubled texts": NAME + "{% set x = x ~ x %}" * 40 + "{{ x | length }}",
    "doubled blocks": NAME + "{% set x %}{{ x }}{{ x }}{% endset %}" * 40 + "{{ x | length }}",
    "joined texts": NAME + "{% set x = [x, x, x, x] | join(x) %}" * 20 + "{{ x | length }}",
    "deep tables": "<table><tr><td>" * 12_000,
    "deep divisions": "<div>" * 38_000,
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kitchen]:
    """A kitchen for bombs, which waits for none of them for long."""
    folder = tmp_path_factory.mktemp("bombs")
    furnish(folder)
    with Kitchen(folder) as one:
        yield one


def refused(kitchen: Kitchen, bomb: str) -> tuple[Any, float]:
    """How the mail was refused, and after how many seconds."""
    (kitchen.folder / "bomb.md").write_text(mail_with(bomb, "body"), encoding="utf-8")
    kitchen.warm()
    began = time.monotonic()
    with pytest.raises((Flawed, RenderFailed)) as error:
        kitchen.render("bomb", sample("deal"))
    return error.value, time.monotonic() - began


@pytest.mark.parametrize("bomb", [*QUICK, *SLOW])
def test_a_bomb_is_a_refused_mail_in_bounded_time(small: Kitchen, bomb: str) -> None:
    small.within = SHORT if bomb in SLOW else PATIENT
    error, took = refused(small, {**QUICK, **SLOW}[bomb])
    assert "bomb" in (error.where or ""), error
    assert len(error.message) > 20
    assert took < (SHORT + 2 if bomb in SLOW else PATIENT)
    small.within = PATIENT
    assert "Hello Sam Okafor" in small.render("good", sample("deal")).text


@pytest.mark.parametrize("bomb", sorted(QUICK.keys() - {"output", "a long word"}))
def test_what_cannot_be_rendered_does_not_pass_the_check(
    folder: Path, renderer: Renderer, bomb: str
) -> None:
    (folder / "x.md").write_text(mail_with(QUICK[bomb], "body"), encoding="utf-8")
    with pytest.raises(Flawed) as flawed:
        renderer.check("x")
    assert (flawed.value.where or "").startswith(str(folder / "x.md:"))


def test_many_statements_on_a_line_are_read_at_once(folder: Path, renderer: Renderer) -> None:
    line = "{% if contact.name %}{% endif %}" * 200 + "words"
    (folder / "x.md").write_text(mail_with(line, "body"), encoding="utf-8")
    assert renderer.render("x", plain(sample("deal"))).text.startswith("words")


def test_marks_left_open_in_raw_words_are_read_at_once(folder: Path, renderer: Renderer) -> None:
    line = "{% raw %}" + "{{ " * 30_000 + "{% endraw %}"
    (folder / "x.md").write_text(mail_with(line, "body"), encoding="utf-8")
    assert "{{ {{ {{" in renderer.render("x", plain(sample("deal"))).html
