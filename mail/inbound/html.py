"""The words of an HTML mail, quoted passages marked with "> " as plain text marks them.

`mail.plaintext` turns our own HTML into text; it cannot mark what is quoted. The standard
library's parser needs minutes for some broken HTML ("<!" over and over), and strangers send that
on purpose. This one looks for tags alone, each character a bounded number of times.
"""

import re
from collections.abc import Iterator
from html import unescape

DEEPEST_QUOTE = 10
LONGEST_TAG = 4_000  # characters; what is longer is no tag but text

_BREAKS = {"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "table", "ul", "ol", "pre", "hr",
           "blockquote"}  # fmt: skip
_SILENT = {"style", "script", "head", "title", "template"}
_TAG = re.compile(r"(/?)([a-zA-Z][a-zA-Z0-9:]{0,20})")


def text_of_html(html: str) -> str:
    """HTML as plain text; a blockquote's lines begin with "> "."""
    page = _Page()
    for words, closing, tag in _tokens(html):
        if words:
            page.add(words)
        elif closing:
            page.close(tag)
        else:
            page.open(tag)
    return page.text()


def _tokens(html: str) -> Iterator[tuple[str, bool, str]]:
    """Words, and tags in lower case with whether they close; comments and the like left out."""
    at, last = 0, html.rfind(">")
    while at < len(html):
        start = html.find("<", at)
        if start < 0:
            start = len(html)
        if start > at:
            yield unescape(html[at:start]), False, ""
        if html.startswith("<!--", start):
            end = html.find("-->", start + 4)
            at = len(html) if end < 0 else end + 3
            continue
        found = _TAG.match(html, start + 1)
        special = html.startswith(("<!", "<?"), start)
        end = -1
        if start < last and (found or special):
            end = html.find(">", start, start + LONGEST_TAG)
        if end < 0:
            yield html[start : start + 1], False, ""
            at = start + 1
            continue
        at = end + 1
        if found:
            yield "", bool(found.group(1)), found.group(2).lower()


class _Page:
    """The lines read so far."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quotes = 0
        self._silent = 0

    def text(self) -> str:
        self._break()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip() + "\n"

    def open(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent += 1
        if tag in _BREAKS:
            self._break(paragraph=tag in {"p", "blockquote"})
        if tag == "hr":
            self._lines.append("_" * 32)
        if tag == "blockquote":
            self._quotes += 1
        elif tag == "body":
            self._silent = 0

    def close(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        if tag in _BREAKS:
            self._break(paragraph=tag == "p")
        if tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)

    def add(self, words: str) -> None:
        if not self._silent:
            self._line.append(words)

    def _break(self, paragraph: bool = False) -> None:
        words = " ".join("".join(self._line).split())
        self._line = []
        mark = "> " * min(self._quotes, DEEPEST_QUOTE)
        if words:
            self._lines.append(mark + words)
        elif (paragraph or self._lines) and self._lines[-1:] != [mark.rstrip()]:
            self._lines.append(mark.rstrip())
