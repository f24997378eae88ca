"""Whether a mail may be used: every name exists, every mark parses, the way out is there.

What a reader would stumble over besides is in `mail/review.py`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import TemplateSyntaxError, nodes

from domain.refusal import NotFound
from mail.context import CONTEXTS, OUTWARD, Frame
from mail.flaws import Flaw, Weight
from mail.names import Found, Group, Reader, group_of
from mail.pieces import page_source
from mail.sandbox import Room
from mail.words import MailFile, Words

REQUIRED = ("links.unsubscribe", "company.postal_address")
"""What mail to people outside must show, in its own words or in its layout."""

UNREADABLE = (RecursionError, SyntaxError, ValueError)


@dataclass
class Findings:
    """What reading the names of one file and its layout brought up."""

    flaws: list[Flaw] = field(default_factory=list)
    doubts: list[Flaw] = field(default_factory=list)
    used: set[str] = field(default_factory=set)


def flaws_of(
    file: MailFile, words: Words, room: Room, fields: Mapping[str, str] | None = None
) -> list[Flaw]:
    """Everything that keeps one file with its layout from being used.

    `fields` are the playbook's, if they are known.
    """
    return read_names(file, words, room, fields).flaws


def read_names(
    file: MailFile, words: Words, room: Room, fields: Mapping[str, str] | None = None
) -> Findings:
    """The names of one file and its layout, against the models of what it may name."""
    shown = str(file.path)
    findings = Findings()

    def included(name: str) -> nodes.Template:
        return room.tree(words.part(name), name)

    page = _readable_page(file, words, room, findings)
    for place, source, scope in _pieces(file, words, fields, page):
        reader = Reader(included)
        try:
            is_layout = place != shown
            tree = room.tree(source, Path(place).name) if is_layout else room.parse(source)
            reader.read(tree, scope, layout=is_layout, page=source is page)
        except TemplateSyntaxError as error:
            where = str(words.folder / error.filename) if error.filename else place
            findings.flaws.append(_syntax(where, error))
        except NotFound as error:
            findings.flaws.append(Flaw(place, 1, error.message))
        except UNREADABLE as error:
            findings.flaws.append(Flaw(place, 1, unreadable(error)))
        findings.flaws += _placed(reader.found, place, words)
        findings.doubts += _placed(reader.doubts, place, words, "warning")
        findings.used |= reader.used
    if not findings.flaws and file.front.context in OUTWARD:
        missing = [path for path in REQUIRED if path not in findings.used]
        told = "neither mail nor layout shows it"
        findings.flaws += [Flaw(shown, 1, told, path=path) for path in missing]
    return findings


def _readable_page(file: MailFile, words: Words, room: Room, findings: Findings) -> str | None:
    """The page of a file; None, and a flaw, where it cannot be read as it was written."""
    body = file.html or file.body
    try:
        room.parse(body.text)  # for a clearer message than the page's own
    except TemplateSyntaxError as error:
        findings.flaws.append(_syntax(str(file.path), error))
        return None
    except UNREADABLE as error:
        findings.flaws.append(Flaw(str(file.path), body.line, unreadable(error)))
        return None
    return page_source(file, words.layout(file))


def _pieces(
    file: MailFile, words: Words, fields: Mapping[str, str] | None, page: str | None
) -> Iterator[tuple[str, str, Group]]:
    """Each piece with the file that it stands in and the names that it may use."""
    names = group_of(CONTEXTS[file.front.context], fields).names
    frame = group_of(Frame).names
    everything = Group({**names, **frame})
    shown, layout = str(file.path), words.layout(file)
    yield shown, file.subject.text, Group({**names, "locale": frame["locale"]})
    yield shown, file.preheader.text, everything
    if file.text:
        yield shown, file.text.text, everything
    if page is not None:
        yield shown, page, everything
    yield str(words.folder / layout), words.part(layout), everything


def _placed(
    found: list[Found], place: str, words: Words, weight: Weight = "error"
) -> Iterator[Flaw]:
    for one in found:
        file = str(words.folder / one.part) if one.part else place
        column = column_of(words.line(file, one.line), one.path)
        yield Flaw(file, one.line, one.message, column, one.path, weight)


def column_of(line: str, path: str) -> int:
    """Where a name stands in a line, or its last word, or else the first mark; 1 if nowhere."""
    words = re.findall(r"\w+", path)
    for wanted in (re.escape(path), rf"\b{words[-1]}\b" if words else "", r"\{[{%]"):
        if wanted and (found := re.search(wanted, line)):
            return found.start() + 1
    return 1


def unreadable(error: Exception) -> str:
    """What Python itself will not read: 21 loops in each other, a number of 5,000 digits."""
    return "a number is too long" if isinstance(error, ValueError) else "nested too deeply"


def _syntax(place: str, error: TemplateSyntaxError) -> Flaw:
    return Flaw(place, error.lineno, (error.message or "cannot be read").rstrip("."))
