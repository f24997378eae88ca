"""Every mail that ships, in every language that ships: the same mail, said to another reader."""

import re
from typing import Any

import pytest
from jinja2 import nodes

from mail.context import CONTEXTS, Frame
from mail.names import Group, Reader, group_of
from mail.pieces import Pieces, page_source
from mail.render import Rendered, Renderer, plain
from mail.samples import LINKS, sample
from mail.sandbox import Room
from mail.words import DEFAULT_LOCALE, SHIPPED_LOCALES, MailFile
from tests.mail.conftest import SHIPPED
from tests.mail.test_render import sparse

SHELF = Renderer(SHIPPED)
WORDS = SHELF.words
ROOM = Room(Pieces(lambda: WORDS), html=True)
FRAME = group_of(Frame).names
MORNING = group_of(CONTEXTS["morning"]).names
LETTER = group_of(CONTEXTS["deal"]).names
OTHERS = [locale for locale in SHIPPED_LOCALES if locale != DEFAULT_LOCALE]
PARTS = ["_layout", "_layout.internal", "_list"]
every_variant = pytest.mark.parametrize(
    ("name", "locale"), [(name, locale) for locale in OTHERS for name in WORDS.names]
)


def variant(name: str, locale: str) -> MailFile:
    file = WORDS.find(name, locale)
    assert file.locale == locale, f"{name} is not written in {locale}"
    return file


def included(part: str) -> nodes.Template:
    return ROOM.parse(WORDS.part(part))


def used(source: str, names: dict[str, Any], *, layout: bool = False) -> set[str]:
    """Every name that a piece takes, through whatever it includes."""
    reader = Reader(included)
    reader.read(ROOM.parse(source), Group(names), layout=layout, page=not layout)
    assert reader.found == []
    return reader.used


def names_of(file: MailFile) -> tuple[set[str], ...]:
    names = {**group_of(CONTEXTS[file.front.context]).names, **FRAME}
    page = page_source(file, WORDS.layout(file))
    return tuple(used(piece, names) for piece in (file.subject.text, file.preheader.text, page))


def links_of(file: MailFile) -> list[str]:
    return re.findall(r"\]\(([^)]*)\)", file.body.text)


def said(text: str) -> str:
    """What stands in a text beside its marks."""
    return re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\]\(.*?\)|<.*?>", "", text, flags=re.DOTALL)


def sentences(text: str) -> set[str]:
    lines = (line.strip("-#*[ ]") for line in said(text).split("\n"))
    return {line for line in lines if len(re.findall(r"\w{2,}", line)) > 1}


def stand_ins(file: MailFile) -> set[str]:
    """What is written where a value is unknown: `or "your plans"`."""
    pieces = file.subject.text + file.preheader.text + file.body.text
    return {words for _, words in re.findall(r"""\bor (["'])(.*?)\1""", pieces)}


def rendered(name: str, locale: str) -> list[Rendered]:
    """With all that may be known and with little."""
    full = plain(sample(WORDS.find(name, None).front.context))
    return [SHELF.render(name, values, locale) for values in (full, sparse(name))]


def test_no_mail_is_in_a_language_that_is_not_listed() -> None:
    found = {WORDS.read(path).locale for name in WORDS.names for path in WORDS.variants(name)}
    assert found == {None, *OTHERS}


@every_variant
def test_a_variant_is_the_same_mail(name: str, locale: str) -> None:
    english, other = WORDS.find(name, None), variant(name, locale)
    for key in ("purpose", "thread", "context"):
        assert getattr(other.front, key) == getattr(english.front, key), key
    assert names_of(other) == names_of(english)
    assert links_of(other) == links_of(english)
    assert (other.text is None, other.html is None) == (english.text is None, english.html is None)


@every_variant
def test_a_variant_leaves_nothing_in_english(name: str, locale: str) -> None:
    english, other = WORDS.find(name, None), variant(name, locale)
    for piece in ("subject", "preheader"):
        words = said(getattr(english.front, piece))
        if re.search("[A-Za-z]", words):
            assert said(getattr(other.front, piece)) != words
    assert not sentences(english.body.text) & sentences(other.body.text)
    assert not stand_ins(english) & stand_ins(other)
    parts = [WORDS.layout(other), *re.findall(r'"(_.*?)"', other.body.text)]
    assert [part for part in parts if not part.endswith(f".{locale}.html")] == []


@every_variant
def test_a_variant_renders_in_both_parts(name: str, locale: str) -> None:
    for done in rendered(name, locale):
        assert done.locale == locale
        for part in (done.subject, done.html, done.text):
            assert part.strip()
            assert not re.search(r"None|\{\{|\{%", part)
        assert not re.search("[!\uff01]", done.subject)
        assert len(done.subject) <= 78
        assert len(done.preheader) <= 100
        assert not re.search(r" [,.?]|,,|\.\.|\(\)", done.text)  # where a value was left out
        assert "  " not in done.text.replace("\n  * ", "")
        assert max(map(len, done.html.split("\n"))) < 900
        if done.purpose != "internal":
            assert LINKS.unsubscribe in done.html
            assert LINKS.unsubscribe in done.text


@pytest.mark.parametrize("locale", OTHERS)
@pytest.mark.parametrize("part", PARTS)
def test_a_layout_or_list_is_the_same_in_every_language(part: str, locale: str) -> None:
    english, other = WORDS.part(f"{part}.html"), WORDS.part(f"{part}.{locale}.html")
    names = {"lines": MORNING["stagnant"], "word": FRAME["locale"], **MORNING, **FRAME, **LETTER}
    assert used(other, names, layout=True) == used(english, names, layout=True)
    assert re.findall('href="(.*?)"', other) == re.findall('href="(.*?)"', english)
    assert not sentences(english) & sentences(other)
