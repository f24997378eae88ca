"""The words of an HTML mail, quoted passages marked with "> " as plain text marks them.

`mail.plaintext` turns our own HTML into text; it cannot mark what is quoted, and the HTML of
strangers may be broken on purpose.
"""

import re
from html.parser import HTMLParser

DEEPEST_QUOTE = 10

_BREAKS = {"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "table", "ul", "ol", "pre", "hr",
           "blockquote"}  # fmt: skip
_SILENT = {"style", "script", "head", "title", "template"}


def text_of_html(html: str) -> str:
    """HTML as plain text; a blockquote's lines begin with "> "."""
    reader = _Reader()
    try:
        reader.feed(re.sub(r"(?s)<!--.{0,100000}?-->", "", html))
        reader.close()
    except (AssertionError, ValueError):
        pass  # what was read until then is what a mail program would show too
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quotes = 0
        self._silent = 0

    def text(self) -> str:
        self._break()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip() + "\n"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
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

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        if tag in _BREAKS:
            self._break(paragraph=tag == "p")
        if tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._line.append(data)

    def _break(self, paragraph: bool = False) -> None:
        words = " ".join("".join(self._line).split())
        self._line = []
        mark = "> " * min(self._quotes, DEEPEST_QUOTE)
        if words:
            self._lines.append(mark + words)
        elif (paragraph or self._lines) and self._lines[-1:] != [mark.rstrip()]:
            self._lines.append(mark.rstrip())
