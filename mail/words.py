"""The folder of mails: one file a mail, with variants for other languages beside it.

    ---
    subject: A question about {{ deal.product or "your plans" }}
    preheader: Two minutes would do
    purpose: sales                      # sales | service | marketing | internal
    thread: reply                       # optional: answers the mail before it
    track: true                         # optional: its links tell whether they were followed
    ---
    Hello {{ contact.first_name or "there" }},

    the body, once.

`follow-up-1.de.md` is the German variant of `follow-up-1.md`. A line `=== text` begins words for
the text part, a line `=== html` a body in HTML, where the one body would not do. Files whose name
begins with `_` are layouts and parts to include.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from domain.playbooks.words import suggestion
from domain.refusal import NotFound
from mail.compose import Purpose
from mail.context import CONTEXTS, OUTWARD
from mail.flaws import Flaw, Flawed
from mail.written import NOTHING, Written

LARGEST_FILE = 200_000  # bytes; more is no mail
DEFAULT_LOCALE = "en"  # the language of files without a suffix
SHIPPED_LOCALES = ("en", "bg", "id", "pl", "tr", "zh")
"""The languages that every mail of ours is written in; a company's own folder may hold others."""

_NAME = re.compile(r"([a-z0-9][a-z0-9_-]*)(?:\.([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*))?\.md")
_SECTION = re.compile(r"=== *(\w+) *")


class FrontMatter(BaseModel):
    """The lines between the two `---`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: str = Field(min_length=1, max_length=300)
    preheader: str = Field(default="", max_length=300)
    purpose: Purpose
    about: str = Field(default="", max_length=300)
    thread: Literal["reply"] | None = None
    context: str = ""
    track: bool = Field(default=False, strict=True)


@dataclass(frozen=True)
class Section:
    """A piece of a file; `text` keeps its place: its line n is the file's line n."""

    text: str
    line: int


@dataclass(frozen=True)
class MailFile:
    """One file, read and its front matter checked; nothing of Jinja is known here."""

    name: str
    locale: str | None
    path: Path
    front: FrontMatter
    subject: Section
    preheader: Section
    body: Section
    text: Section | None
    html: Section | None
    digest: str


class Words:
    """What the folder holds, as it is now. Files are read when they are asked for.

    Words that were published beside it hold instead of its files, under the names that files
    would have.
    """

    def __init__(self, folder: Path, written: Written = NOTHING) -> None:
        self.folder = folder
        self.written = written
        self.signature = signature(folder)
        self._read: dict[Path, MailFile] = {}
        self._lines: dict[str, list[str]] = {}
        self._files: dict[tuple[str, str], Path] = {}
        for path in sorted(folder.glob("*.md")):
            if found := _NAME.fullmatch(path.name):
                self._files[found.group(1), (found.group(2) or "").lower()] = path
        self._published: dict[Path, bytes] = {}
        for (name, locale), text in written.texts.items():
            path = self._files.setdefault((name, locale), folder / file_name(name, locale))
            self._published[path] = text.encode()

    @property
    def names(self) -> list[str]:
        """Every mail that a playbook may name."""
        return sorted({name for name, _ in self._files})

    def variants(self, name: str) -> list[Path]:
        """The files of one mail, the default first. Raises NotFound."""
        paths = [path for (known, _), path in sorted(self._files.items()) if known == name]
        if not paths:
            raise NotFound(f'no mail is called "{name}"{suggestion(name, self.names)}', name)
        return paths

    def find(self, name: str, locale: str | None) -> MailFile:
        """The variant nearest to a locale: de-AT, then de, then the default. NotFound, Flawed."""
        return self.read(self.path(name, locale))

    def path(self, name: str, locale: str | None) -> Path:
        """The file of the variant nearest to a locale. Raises NotFound."""
        for wanted in fallbacks(locale):
            path = self._files.get((name, wanted))
            if path is not None:
                return path
        return self.variants(name)[0]

    def exact(self, name: str, locale: str) -> Path | None:
        """The file of a mail in this very language, "" for the default one."""
        return self._files.get((name, locale))

    def place(self, name: str, locale: str) -> Path:
        """The same where there is none: where it would stand."""
        return self.exact(name, locale) or self.folder / file_name(name, locale)

    def whose(self, path: Path) -> tuple[str | None, str | None]:
        """The mail and the language that a file is of; None for a layout or part."""
        found = next((key for key, known in self._files.items() if known == path), None)
        return (found[0], found[1] or None) if found else (None, None)

    def read(self, path: Path) -> MailFile:
        """A file of the folder, read once. Raises Flawed."""
        if path not in self._read:
            self._read[path] = parse(path, self.raw(path))
        return self._read[path]

    def raw(self, path: Path) -> bytes:
        """A file of the folder as it is written, or what was published in its place."""
        published = self._published.get(path)
        return path.read_bytes() if published is None else published

    def layout(self, file: MailFile) -> str:
        """The name of the layout a file is set in, in its own language if there is one."""
        kind = ".internal" if file.front.purpose == "internal" else ""
        for wanted in fallbacks(file.locale):
            found = f"_layout{kind}{'.' if wanted else ''}{wanted}.html"
            if (self.folder / found).is_file():
                return found
        raise NotFound(f"there is no _layout{kind}.html", str(self.folder))

    @property
    def parts(self) -> list[str]:
        """The layouts and parts to include, by file name."""
        return sorted(path.name for path in self.folder.glob("_*.html"))

    @property
    def locales(self) -> list[str]:
        """The languages that some mail of the folder is written in beside the default."""
        return sorted({locale for _, locale in self._files if locale})

    def line(self, file: str, number: int) -> str:
        """A line of a file of the folder as it is written, for a message about it."""
        if file not in self._lines:
            try:
                text = self.raw(Path(file)).decode("utf-8-sig")
            except (OSError, UnicodeDecodeError):
                text = ""
            self._lines[file] = text.replace("\r\n", "\n").split("\n")
        lines = self._lines[file]
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def part(self, name: str) -> str:
        """The text of a layout or of a part to include. NotFound for any other file."""
        if not re.fullmatch(r"_[A-Za-z0-9._-]+\.html", name):
            raise NotFound(f"{name} is no part to include", name)
        try:
            return (self.folder / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise NotFound(f"there is no readable part {name}", name) from None


def fallbacks(locale: str | None) -> Iterator[str]:
    """`de-AT`: de-at, de and the default (the empty string)."""
    parts = [part for part in re.split("[-_.]", locale or "") if part]
    for count in range(len(parts), 0, -1):
        yield "-".join(parts[:count]).lower()
    yield ""


def signature(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Changes when a file of the folder does. Raises NotFound where there is no folder."""
    try:
        with os.scandir(folder) as entries:
            stats = [(entry.name, entry.stat()) for entry in entries if _is_words(entry.name)]
        return tuple(sorted((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats))
    except OSError as error:
        raise NotFound(f"the folder of mails cannot be read: {error}", str(folder)) from None


def _is_words(name: str) -> bool:
    return name.endswith((".md", ".html"))


def file_name(name: str, locale: str) -> str:
    """How the file of a mail in a language is called, "" for the default one."""
    return f"{name}.{locale}.md" if locale else f"{name}.md"


def is_name(name: str, locale: str = "") -> bool:
    """Whether a mail and a language may be called so."""
    return _NAME.fullmatch(file_name(name, locale)) is not None


def read(path: Path) -> MailFile:
    """Read one file. Raises Flawed with every fault of its front matter."""
    return parse(path, path.read_bytes())


def parse(path: Path, raw: bytes) -> MailFile:
    """Read the words of one mail as they would stand in this file. Raises Flawed."""
    found = _NAME.fullmatch(path.name)
    if found is None:
        raise Flawed([Flaw(str(path), 1, "a mail's file is called name.md or name.de.md")])
    if len(raw) > LARGEST_FILE:
        raise Flawed(
            [Flaw(str(path), 1, f"{len(raw):,} bytes; a mail is at most {LARGEST_FILE:,}")]
        )
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise Flawed([Flaw(str(path), 1, "not UTF-8; save it as UTF-8")]) from None
    lines = text.split("\n")
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), 0)
    if lines[0].rstrip() != "---" or not end:
        raise Flawed([Flaw(str(path), 1, "begin with --- , the subject and purpose, and ---")])
    front, places = _front_matter(str(path), "\n".join(lines[1:end]))
    sections = _sections(str(path), lines, end + 1)
    return MailFile(
        name=found.group(1),
        locale=found.group(2),
        path=path,
        front=front,
        subject=_placed(front.subject, places.get("subject", 2)),
        preheader=_placed(front.preheader, places.get("preheader", 2)),
        body=sections["body"],
        text=sections.get("text"),
        html=sections.get("html"),
        digest=hashlib.sha256(raw).hexdigest(),
    )


def _front_matter(file: str, text: str) -> tuple[FrontMatter, dict[str, int]]:
    """The front matter and the line of each key (the file's first line is 1)."""
    try:
        data: Any = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = 2 + (error.problem_mark.line if error.problem_mark else 0)
        hint = "; put the text in quotes" if "{{" in text or ": " in text else ""
        raise Flawed([Flaw(file, line, f"front matter: {error.problem}{hint}")]) from None
    except (YAMLError, ValueError) as error:
        raise Flawed([Flaw(file, 2, f"front matter: {error}")]) from None
    if not isinstance(data, dict):
        raise Flawed([Flaw(file, 2, "front matter: write subject: … and purpose: …")])
    places = {str(key): 2 + data.lc.key(key)[0] for key in data}  # type: ignore[attr-defined]
    try:
        front = FrontMatter.model_validate(dict(data))
    except ValidationError as error:
        raise Flawed([*_faults(file, places, error.errors(include_url=False))]) from None
    fault = _context_fault(front)
    if fault:
        raise Flawed([Flaw(file, places.get("context", places["purpose"]), fault, path="context")])
    if front.track and front.purpose == "internal":
        told = "nobody counts what colleagues read; leave it out of internal mails"
        raise Flawed([Flaw(file, places["track"], told, path="track")])
    return front.model_copy(update={"context": front.context or "deal"}), places


def _faults(file: str, places: dict[str, int], errors: Iterable[Any]) -> Iterator[Flaw]:
    for error in errors:
        key = str(error["loc"][0]) if error["loc"] else ""
        told = str(error["msg"])
        if error["type"] == "extra_forbidden":
            told = f"no such name{suggestion(key, FrontMatter.model_fields)}"
        elif error["type"] == "string_type":
            told = "write text, in quotes if it begins with a brace or a number"
        elif error["type"] == "bool_type":
            told = "write true, or leave it out"
        yield Flaw(file, places.get(key, 1), told, path=key)


def _context_fault(front: FrontMatter) -> str | None:
    inward = [name for name in CONTEXTS if name not in OUTWARD]
    if front.context and front.context not in CONTEXTS:
        return f"no such context{suggestion(front.context, CONTEXTS)}"
    if front.purpose == "internal" and front.context not in inward:
        return f"an internal mail says what it is about: context: {' | '.join(inward)}"
    if front.purpose != "internal" and front.context in inward:
        return f"{front.context} is for internal mails; write deal or contact"
    return None


def _sections(file: str, lines: list[str], first: int) -> dict[str, Section]:
    """The body and what overrides it, each at its own lines."""
    starts = [("body", first)]
    for number in range(first, len(lines)):
        found = _SECTION.fullmatch(lines[number])
        if not found:
            continue
        kind = found.group(1)
        if kind not in ("text", "html") or kind in dict(starts):
            raise Flawed([Flaw(file, number + 1, "write one === text or one === html")])
        starts.append((kind, number + 1))
    sections = {}
    ends = [start - 1 for _, start in starts[1:]] + [len(lines)]
    for (kind, start), end in zip(starts, ends, strict=True):
        text = "\n".join(lines[start:end]).rstrip()
        sections[kind] = Section("\n" * start + text, start + 1)
    if not sections["body"].text.strip() and "html" not in sections:
        raise Flawed([Flaw(file, first, "the mail has no body")])
    return sections


def _placed(text: str, line: int) -> Section:
    return Section("\n" * (line - 1) + text, line)
