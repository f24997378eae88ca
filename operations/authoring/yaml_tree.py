"""YAML read strictly, with a position for every key and value, and refusals that say what to write.

Only the part of YAML that version 1.1 and 1.2 read alike is accepted: lists, keys and values.
No anchors, no tags, no second document, no bare words that one of the two takes for something else.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)
from ruamel.yaml.reader import ReaderError

LARGEST = 64 * 1024
"""Bytes. The largest shipped playbook has under 8 kB; more than this is not a playbook."""
DEEPEST = 20

Place = tuple[int, int]


class NotYaml(Exception):
    """The text cannot be read at all; `line` and `column` count from 1."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column


@dataclass
class Node:
    """A value of the file with the places of itself, its keys and its children."""

    line: int
    column: int
    value: Any = None
    keys: dict[str, Place] = field(default_factory=dict)
    children: dict[str | int, "Node"] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        return self.line, self.column


@dataclass(frozen=True)
class Flaw:
    """Something in readable YAML that must be written in another way."""

    place: Place
    path: tuple[str | int, ...]
    message: str


def text_of(path: Path) -> str:
    """The file's text. NotYaml: too large or not UTF-8; OSError: not there."""
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    return decode(data)


def decode(data: bytes) -> str:
    """The text of these bytes; a byte-order mark is tolerated. NotYaml: too large, not UTF-8."""
    if len(data) > LARGEST:
        raise NotYaml(f"the file is larger than {LARGEST // 1024} kB: this is no playbook")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = error.start - (before.rfind(b"\n") + 1) + 1
        told = "this is not UTF-8 text: save the file as UTF-8"
        raise NotYaml(told, before.count(b"\n") + 1, column) from error


def read(text: str) -> tuple[Node, list[Flaw]]:
    """The tree and its flaws, in file order. NotYaml when there is no tree."""
    builder = _Builder()
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
    except ReaderError as error:
        raise _unprintable(text, error) from error
    except MarkedYAMLError as error:
        raise _syntax(text, error) from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise NotYaml("this cannot be read as YAML") from error
    if builder.root is None:
        raise NotYaml("the file is empty: begin with a line like playbook: my-process")
    return builder.root, builder.flaws


@dataclass
class _Open:
    """A list or mapping whose end has not been read yet."""

    node: Node
    path: tuple[str | int, ...]
    key: str | None = None
    is_mapping: bool = False


class _Builder:
    """Builds the tree from parser events; no recursion, so depth costs nothing."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.flaws: list[Flaw] = []
        self._stack: list[_Open] = []
        self._documents = 0

    def take(self, event: Event) -> None:
        if isinstance(event, DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise NotYaml("one playbook a file: take out the line ---", *_place(event))
        elif isinstance(event, CollectionEndEvent):
            self._close()
        elif isinstance(event, NodeEvent):
            self._refuse_machinery(event)
            self._node(event)

    def _refuse_machinery(self, event: NodeEvent) -> None:
        if isinstance(event, AliasEvent) or event.anchor:
            sign = "*" if isinstance(event, AliasEvent) else "&"
            told = f"{sign}{event.anchor} is not used here: write the value out"
            raise NotYaml(f"{told}, or put it in quotes", *_place(event))
        tag = getattr(event, "tag", None)
        if tag:
            told = f"{tag} is not used here: leave it out, or put the text in quotes"
            raise NotYaml(told, *_place(event))

    def _node(self, event: NodeEvent) -> None:
        top = self._stack[-1] if self._stack else None
        if top is not None and top.is_mapping and top.key is None:
            self._key(top, event)
            return
        node, path = Node(*_place(event)), self._path()
        if isinstance(event, ScalarEvent):
            node.value = self._scalar(event, path)
            self._attach(node)
            return
        if len(self._stack) >= DEEPEST:
            raise NotYaml(f"more than {DEEPEST} levels deep: this is no playbook", *node.place)
        is_mapping = isinstance(event, MappingStartEvent)
        node.value = {} if is_mapping else []
        self._stack.append(_Open(node, path, is_mapping=is_mapping))

    def _path(self) -> tuple[str | int, ...]:
        if not self._stack:
            return ()
        top = self._stack[-1]
        return (*top.path, top.key if top.key is not None else len(top.node.children))

    def _key(self, top: _Open, event: NodeEvent) -> None:
        if not isinstance(event, ScalarEvent):
            told = "a list or a block cannot be a key: put the text in quotes"
            raise NotYaml(told, *_place(event))
        key, place = str(event.value), _place(event)
        if event.style is None and _reads_differently(key):
            told = f'"{key}" is read differently by some programs: use another word as key'
            self.flaws.append(Flaw(place, (*top.path, key), told))
        if key in top.node.keys:
            line = top.node.keys[key][0]
            told = f'"{key}" stands twice: it is already in line {line}; keep one of the two'
            self.flaws.append(Flaw(place, (*top.path, key), told))
        top.node.keys[key] = place
        top.key = key

    def _scalar(self, event: ScalarEvent, path: tuple[str | int, ...]) -> Any:
        text = str(event.value)
        if event.style is not None:
            return text
        if text in ("", "~") or text.lower() == "null":
            self.flaws.append(Flaw(_place(event), path, _no_value(path)))
        elif _reads_differently(text):
            told = f'{text} is read differently by some programs: put it in quotes: "{text}"'
            self.flaws.append(Flaw(_place(event), path, told))
        return _typed(text)

    def _attach(self, node: Node) -> None:
        if not self._stack:
            self.root = node
            return
        top = self._stack[-1]
        if top.is_mapping:
            assert top.key is not None
            top.node.value[top.key] = node.value
            top.node.children[top.key] = node
            top.key = None
        else:
            top.node.children[len(top.node.children)] = node
            top.node.value.append(node.value)

    def _close(self) -> None:
        self._attach(self._stack.pop().node)


def is_plain(text: str) -> bool:
    """Whether every reader of YAML takes these bare words for a text."""
    return not _reads_differently(text) and _typed(text) == text


_DIFFERENT = re.compile(
    r"(?i:yes|no|on|off|y|n)"
    r"|\d{1,4}(:[0-5]?\d)+(\.\d*)?"  # 17:00 is 1020 in YAML 1.1
    r"|[-+]?0\d+|[-+]?0[xob][\da-fA-F_]+|[-+]?\d[\d_]*_[\d_]*|[-+]?\d+[eE][-+]?\d+|<<|="
)


def _reads_differently(text: str) -> bool:
    return _DIFFERENT.fullmatch(text) is not None


def _typed(text: str) -> Any:
    if text in ("", "~") or text.lower() == "null":
        return None
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if re.fullmatch(r"[-+]?\d{1,18}", text):
        return int(text)
    if re.fullmatch(r"[-+]?\d{1,18}\.\d{1,18}", text):
        return float(text)
    return text


def _no_value(path: tuple[str | int, ...]) -> str:
    if path and isinstance(path[-1], str):
        name = path[-1]
        return f'nothing follows "{name}": write a value, leave it out, or put it in quotes'
    return "an empty entry: write a value or take it out"


def _place(event: Event) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _unprintable(text: str, error: ReaderError) -> NotYaml:
    for number, line in enumerate(text.splitlines(), 1):
        for column, sign in enumerate(line, 1):
            if not sign.isprintable() and sign != "\t":
                return NotYaml(f"an unprintable sign (U+{ord(sign):04X})", number, column)
    return NotYaml("this cannot be read as text")


def _syntax(text: str, error: MarkedYAMLError) -> NotYaml:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    lines = text.splitlines()
    shown = lines[line - 1] if line <= len(lines) else ""
    tab = shown.find("\t")
    if tab >= 0 and not shown[:tab].strip(" -"):
        return NotYaml("a tab: indent with blanks", line, tab + 1)
    return NotYaml("; ".join(_advice(str(error.problem), shown, error)), line, column)


def _advice(problem: str, shown: str, error: MarkedYAMLError) -> Iterator[str]:
    opened = error.context_mark.line + 1 if error.context_mark else None
    if "mapping values are not allowed" in problem:
        yield 'a ":" inside a text: put it in quotes, e.g. key: "text: more"'
        yield "or the line is indented too far"
    elif "quoted scalar" in str(error.context):
        yield f"the text in quotes that begins in line {opened} does not end: close the quotes"
    elif "cannot start any token" in problem:
        yield "a text cannot begin with this sign: put it in quotes"
    elif "flow" in str(error.context):
        yield f"the list or braces opened in line {opened} cannot go on like this"
        yield 'close them with ] or }; a text with "?", ":" or "," in it: put it in quotes'
    elif "could not find expected ':'" in problem:
        yield 'a key without ":"; a text over several lines: put it in quotes'
    elif "block" in str(error.context):
        yield "this line is not indented like the ones before it"
        if re.search(r"[?:\"'\[{]", shown):
            yield 'a text with "?" or ":" in it: put it in quotes'
    else:
        yield f"this cannot be read ({problem}): put texts in quotes"
