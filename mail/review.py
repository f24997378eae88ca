"""What a reader of a mail would stumble over: links, pictures, length, size, languages.

`mail/check.py` says whether a mail may be used at all; here stands what its author wants to know
besides. Words are read as they are written, and rendered with much and with little known.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from dataclasses import replace as changed
from pathlib import Path

from mail.anchors import (
    VALUE,
    Stumble,
    links_of,
    masked,
    pictures_alone,
    stumbles_of_marks,
    stumbles_of_page,
)
from mail.context import Context
from mail.flaws import Flaw, Flawed, RenderFailed, Weight, in_order
from mail.kitchen import SLOW
from mail.pieces import page_source
from mail.render import Rendered, Renderer
from mail.samples import bare, sample
from mail.words import DEFAULT_LOCALE, MailFile, Words, fallbacks

LONG_SUBJECT = 60  # columns; a telephone shows no more
LONGEST_SUBJECT = 250  # columns; more is not sent
CLIPPED = 102 * 1024  # bytes of HTML; what is behind them Gmail hides

Fill = Callable[[str, Context, str | None], Rendered]
"""Renders a mail with a context in a locale, as `Kitchen.render` does."""

Filling = tuple[list[Flaw], bool]
"""What rendering showed, and whether that is sure to be so the next time."""


@dataclass(frozen=True)
class Review:
    """The files that were looked at, and everything found in them, lightest included."""

    files: tuple[MailFile, ...]
    flaws: tuple[Flaw, ...]

    def weighing(self, *weights: Weight) -> list[Flaw]:
        """The flaws of these weights."""
        return [flaw for flaw in self.flaws if flaw.weight in weights]


class Reviewer:
    """Reviews the mails of a folder; a file that did not change is not rendered again."""

    def __init__(self, renderer: Renderer, fill: Fill, side_by_side: int = 1) -> None:
        self._renderer = renderer
        self._fill = fill
        self._side_by_side = side_by_side  # mails that `fill` renders at once
        self._known: dict[Path, tuple[tuple[str, int], list[Flaw]]] = {}
        self._set = 0  # changes with the layouts and parts that the mails are set in

    def review(self, name: str | None = None, locale: str | None = None) -> Review:
        """Look at one mail or at all, in one language or in every; nothing stops at a flaw.

        Raises NotFound for a mail that there is not.
        """
        words = self._renderer.words
        self._set = hash(tuple(words.part(name) for name in words.parts))
        files: list[MailFile] = []
        flaws: list[Flaw] = []
        for each in [name] if name else words.names:
            for path in words.variants(each):
                try:
                    file = words.read(path)
                except Flawed as error:
                    flaws += error.flaws
                    continue
                if locale is None or path == words.path(each, locale):
                    files.append(file)
            flaws += _unwritten(words, each, [locale] if locale else words.locales)
        flaws += self._of_all(files, words)
        flaws += _parts(words)
        return Review(tuple(files), tuple(in_order(flaws)))

    def _of_all(self, files: list[MailFile], words: Words) -> list[Flaw]:
        """The flaws of the files: read here, and rendered meanwhile by whoever does that."""
        flaws: list[Flaw] = []
        rendering: list[tuple[MailFile, list[Flaw], Future[Filling]]] = []
        with ThreadPoolExecutor(self._side_by_side) as renderers:
            for file in files:
                known = self._known.get(file.path)
                if known is not None and known[0] == (file.digest, self._set):
                    flaws += known[1]
                    continue
                found = [*self._read(file, words)]
                if any(flaw.weight == "error" for flaw in found):
                    flaws += self._keep(file, found)
                else:
                    rendering.append((file, found, renderers.submit(self._filled, file)))
            for file, found, future in rendering:
                told, sure = future.result()
                # On a machine under load the next look may know more.
                flaws += self._keep(file, found + told) if sure else found + told
        return flaws

    def _keep(self, file: MailFile, flaws: list[Flaw]) -> list[Flaw]:
        self._known[file.path] = ((file.digest, self._set), flaws)
        return flaws

    def _read(self, file: MailFile, words: Words) -> Iterator[Flaw]:
        """What can be seen without filling anything in."""
        findings = self._renderer.names_of(file)
        yield from findings.flaws
        yield from findings.doubts
        if findings.flaws:
            return
        page = page_source(file, words.layout(file))
        if file.html is None:
            yield from _placed(file.path, words, stumbles_of_marks(file.body.text))
        yield from _placed(file.path, words, stumbles_of_page(page))
        yield from _both(file, page)

    def _filled(self, file: MailFile) -> Filling:
        """What filling it in shows, with all known and with little; whether that is sure."""
        kind, locale = file.front.context, file.locale or DEFAULT_LOCALE
        try:
            full = self._fill(file.name, sample(kind), locale)
        except Flawed as error:
            return error.flaws, True
        except RenderFailed as error:
            return [_stopped(file, error)], SLOW not in error.message
        flaws = [*_measured(file, full)]
        try:
            self._fill(file.name, bare(kind), locale)
        except RenderFailed as error:
            told = _stopped(file, error)
            message = f"does not go out where little is known: {told.message}"
            flaws.append(changed(told, message=message, weight="warning"))
            return flaws, SLOW not in error.message
        return flaws, True


def width(text: str) -> int:
    """The columns that a text takes: two for a Chinese character, none for a combining mark."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )


def _measured(file: MailFile, full: Rendered) -> Iterator[Flaw]:
    shown, wide = str(file.path), width(full.subject)
    if wide > LONGEST_SUBJECT:
        told = f"{wide} columns wide; over {LONGEST_SUBJECT} it is not sent"
        yield Flaw(shown, file.subject.line, told, path="subject")
    elif wide > LONG_SUBJECT:
        told = f"{wide} columns wide; a telephone shows {LONG_SUBJECT}"
        yield Flaw(shown, file.subject.line, told, path="subject", weight="warning")
    size = len(full.html.encode())
    if size > CLIPPED:
        told = f"{size:,} bytes; Gmail hides what is behind {CLIPPED:,}"
        yield Flaw(shown, file.body.line, told, path="html", weight="warning")


def _both(file: MailFile, page: str) -> Iterator[Flaw]:
    """Whether HTML and text are both there and say the same."""
    shown = str(file.path)
    if file.html and file.body.text.strip():
        told = "never used: === html takes its place"
        yield Flaw(shown, file.body.line, told, path="body", weight="warning")
    if file.text is None:
        if pictures_alone(page):
            told = "says nothing: the HTML has pictures alone; write === text"
            yield Flaw(shown, (file.html or file.body).line, told, path="text", weight="warning")
        return
    if not file.text.text.strip():
        yield Flaw(shown, file.text.line, "is empty; write it or leave it out", path="text")
        return
    told = "is in the HTML and not in the text"
    text = masked(file.text.text)
    lost = [one for one in sorted(links_of(page)) if one.removeprefix("mailto:") not in text]
    lost += sorted(_figures(page) - _figures(file.text.text))
    names = _printed((file.html or file.body).text) - _printed(file.text.text)
    for one in [*lost, *sorted(names)]:
        yield Flaw(shown, file.text.line, f"{one} {told}", path="text", weight="warning")


def _figures(source: str) -> set[str]:
    """The numbers of a text, dates and amounts among them, that no mark holds."""
    plain = re.sub(r"<[^>]*>|\]\([^)]*\)|https?://\S+", " ", masked(source)).replace(VALUE, " ")
    return set(re.findall(r"\d+(?:[.,:/-]\d+)*", plain))


def _printed(source: str) -> set[str]:
    """The values that a piece prints: `deal.product`."""
    marks = re.findall(r"\{\{\s*([a-z_][\w.]*)", source)
    return {name for name in marks if "." in name}


def _unwritten(words: Words, name: str, locales: Iterable[str]) -> Iterator[Flaw]:
    """The languages of the folder that a mail is not written in, so that its readers get ours."""
    written = {path.stem.partition(".")[2].lower() or DEFAULT_LOCALE: path
               for path in words.variants(name)}  # fmt: skip
    first = words.variants(name)[0]
    for locale in locales:
        if not any(one in written for one in fallbacks(locale) if one):
            told = f"not written; its readers get {DEFAULT_LOCALE}"
            yield Flaw(str(first), 1, told, path=locale, weight="info")


def _parts(words: Words) -> Iterator[Flaw]:
    """Layouts and parts: their links and pictures, and the languages that have none."""
    for name in words.parts:
        yield from _placed(words.folder / name, words, stumbles_of_page(words.part(name)))
    for kind in ("_layout", "_layout.internal"):
        for locale in words.locales:
            names = [f"{kind}.{one}.html" for one in fallbacks(locale) if one]
            if not any(name in words.parts for name in names):
                told = f"not written; its mails are set in {kind}.html"
                shown = str(words.folder / f"{kind}.html")
                yield Flaw(shown, 1, told, path=locale, weight="info")


def _placed(path: Path, words: Words, found: Iterable[Stumble]) -> Iterator[Flaw]:
    for one in found:
        line = words.line(str(path), one.line)
        column = line.find(one.text.split(VALUE)[0]) + 1 if one.text else 0
        weight: Weight = "warning" if one.light else "error"
        yield Flaw(str(path), one.line, one.message, max(column, 1), one.path, weight)


def _stopped(file: MailFile, error: RenderFailed) -> Flaw:
    """Where and why a mail could not be filled in."""
    where, message = str(error.where or ""), error.message
    found = re.fullmatch(r"(.*\.(?:md|html)):(\d+)", where)
    shown, line = (found.group(1), int(found.group(2))) if found else (str(file.path), 1)
    return Flaw(shown, line, message.removeprefix(f"{where}: "), path="filled in")
