"""The links and pictures of a mail as its words have them, before any value is filled in.

Every branch of a template is read, also those that a sample would not take.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

VALUE = "\ue000"  # stands where a value will be filled in
_PRINTED = re.compile(r"\{\{.*?(?:\}\}|\Z)", re.DOTALL)
_SILENT = re.compile(r"\{%.*?(?:%\}|\Z)|\{#.*?(?:#\}|\Z)", re.DOTALL)
_MARKED = re.compile(r"\[([^\[\]\n]*)\]\(([^()\n]*)\)")
_SCHEME = re.compile(r"\s*([a-zA-Z][a-zA-Z0-9+.-]*):")
_FIT = re.compile(rf"(?:https://[^/\s]|(?:mailto|tel):[^\s]|{VALUE})", re.IGNORECASE)
_PICTURE = re.compile(rf"(?:https://[^/\s]|data:image/|cid:|{VALUE})", re.IGNORECASE)


@dataclass(frozen=True)
class Stumble:
    """What is wrong with a link or a picture; `text` is what to look for in its line."""

    line: int
    path: str
    message: str
    text: str
    light: bool = False  # wants a look, but does no harm


def masked(source: str) -> str:
    """A template with a sign where a value goes and nothing where a statement was; same lines."""

    def blank(found: re.Match[str]) -> str:
        return "\n" * found.group().count("\n")

    def value(found: re.Match[str]) -> str:
        return VALUE + blank(found)

    return _SILENT.sub(blank, _PRINTED.sub(value, source))


def stumbles_of_marks(source: str) -> Iterator[Stumble]:
    """Marks that look like `[words](address)` and make no link."""
    text = masked(source)
    for found in _MARKED.finditer(text):
        words, address = found.group(1).strip(), found.group(2).strip()
        line = text.count("\n", 0, found.start()) + 1
        if not address:
            yield Stumble(line, "link", "leads nowhere: write its address", f"[{words}](")
        elif re.search(r"\s", address):
            told = "its address has a blank in it, so it stays as it is written"
            yield Stumble(line, "link", told, f"[{words}](")
        elif not words:
            yield Stumble(line, "link", "has no words to press", "[](")


def stumbles_of_page(source: str) -> list[Stumble]:
    """Links that lead nowhere good and pictures that say nothing, in HTML with Jinja's marks."""
    reader = _Reader()
    reader.feed(masked(source))
    reader.close()
    return reader.found


def links_of(source: str) -> set[str]:
    """The addresses that are written out in HTML, without those that a value makes."""
    reader = _Reader()
    reader.feed(masked(source))
    reader.close()
    return {address for address in reader.addresses if VALUE not in address}


def pictures_alone(source: str) -> bool:
    """Whether there are pictures and not one word beside them."""
    reader = _Reader()
    reader.feed(masked(source))
    reader.close()
    return reader.pictures > 0 and not reader.words.strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Stumble] = []
        self.addresses: list[str] = []
        self.pictures = 0
        self.words = ""
        self._link: tuple[int, str, str] | None = None  # line, address, words so far

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "a":
            self._end()
            address = (said.get("href") or "").strip()
            self._link = (self.getpos()[0], address, "")
            self.addresses.append(address)
            self._look(address)
        elif tag == "img":
            self.pictures += 1
            self._picture(said)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._end()

    def handle_data(self, data: str) -> None:
        self.words += data
        self._say(data)

    def close(self) -> None:
        super().close()
        self._end()

    def _say(self, words: str) -> None:
        if self._link:
            line, address, before = self._link
            self._link = (line, address, before + words)

    def _end(self) -> None:
        if self._link:
            line, address, words = self._link
            if address and not words.strip():
                self.found.append(Stumble(line, "link", "has no words to press", address))
        self._link = None

    def _look(self, address: str) -> None:
        line = self.getpos()[0]
        scheme = _SCHEME.match(address)
        if not address:
            told = "leads nowhere: write its address"
        elif _FIT.match(address):
            return
        elif re.match(r"http://[^/\s]", address, re.IGNORECASE):
            told = "write https://; readers are warned of the other"
            self.found.append(Stumble(line, "link", told, address, light=True))
            return
        elif scheme and scheme.group(1).lower() not in ("http", "https", "mailto", "tel"):
            told = f"{scheme.group(1)}: is no address that a mail may lead to; write https://"
        else:
            told = "write the whole address: https://, mailto: or tel:"
        self.found.append(Stumble(line, "link", told, address or "<a"))

    def _picture(self, said: dict[str, str | None]) -> None:
        line, address = self.getpos()[0], (said.get("src") or "").strip()
        alt = said.get("alt")
        if alt is None and "alt" not in said:
            told = 'say what it shows: alt="…"; alt="" where it only decorates'
            self.found.append(Stumble(line, "picture", told, address or "<img"))
        if not _PICTURE.match(address):
            told = "write the whole address of it: https://…"
            self.found.append(Stumble(line, "picture", told, address or "<img"))
        self._say(alt or "")
