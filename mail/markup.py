r"""The light marks of a mail's body, turned into HTML line by line.

    A blank line ends a paragraph.        **bold**        [words](https://address)
    - an entry of a list                  ## a heading    a line break at a \
    <table> … a block that begins with a tag is HTML and stays as it is, to the next blank line

Line n of the source stays line n of the result, so that an error can name it. Jinja's own marks
are never touched, and the marks are read before any value is filled in: a name with stars or
brackets in it stays a name.
"""

import re

_JINJA = re.compile(r"\{\{.*?(?:\}\}|\Z)|\{%.*?(?:%\}|\Z)|\{#.*?(?:#\}|\Z)", re.DOTALL)
_KEPT = re.compile("\x00(\\d+)\x01")
_KEPT_ALONE = re.compile("(?:\\s*\x00\\d+\x01)+\\s*")
_LINK = re.compile(r"\[([^\[\]]+)\]\(([^()\s]+)\)")
_BOLD = re.compile(r"\*\*(.+?)\*\*")
_LOOSE_AMPERSAND = re.compile(r"&(?!#?\w+;)")
_LOOSE_LESS = re.compile(r"<(?![a-zA-Z/!])")
_ITEM = re.compile(r"\s*[-*] +(.*)")
_HEADING = re.compile(r"(#{1,3}) +(.*)")
_TAG = re.compile(r"\s*</?[a-zA-Z!]")


def to_html(source: str) -> str:
    """The body as a Jinja template of HTML, with as many lines as the source."""
    text, kept = _set_aside(source)
    return _put_back("\n".join(_Writer().lines(text.split("\n"), kept)), kept)


class _Writer:
    """Knows what is open at the end of a line: a paragraph, an entry, or a block of HTML."""

    def __init__(self) -> None:
        self.open: str | None = None

    def lines(self, lines: list[str], kept: list[str]) -> list[str]:
        written = [self._line(line, kept) for line in lines]
        written[-1] += self._close()
        return written

    def _line(self, line: str, kept: list[str]) -> str:
        if not line.strip():
            return self._close()
        if self.open == "html":
            return line
        if _only_statements(line, kept):
            return self._close() + line
        if self.open is None and _TAG.match(line):
            self.open = "html"
            return line
        if heading := _HEADING.fullmatch(line):
            level = len(heading.group(1))
            return self._close() + f"<h{level}>{_inline(heading.group(2))}</h{level}>"
        if item := _ITEM.fullmatch(line):
            # One list an entry, joined after rendering, so that a loop can write entries.
            return self._close() + self._begin("li", "<ul><li>") + _inline(item.group(1))
        if self.open is None:
            return self._begin("p", "<p>") + _inline(line)
        return _inline(line.lstrip() if self.open == "li" else line)

    def _begin(self, kind: str, tags: str) -> str:
        self.open = kind
        return tags

    def _close(self) -> str:
        tags = {"p": "</p>", "li": "</li></ul>"}.get(self.open or "", "")
        self.open = None
        return tags


def join_lists(html: str) -> str:
    """Neighbouring lists become one."""
    return re.sub(r"</ul>\s*<ul>", "\n", html)


def _inline(text: str) -> str:
    text = _LOOSE_AMPERSAND.sub("&amp;", _LOOSE_LESS.sub("&lt;", text))
    text = _LINK.sub(r'<a href="\2">\1</a>', text)
    text = _BOLD.sub(r"<strong>\1</strong>", text)
    return f"{text[:-1].rstrip()}<br>" if text.endswith("\\") else text


def _set_aside(source: str) -> tuple[str, list[str]]:
    """Jinja's marks replaced by one character each and the line ends they span."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found.group())
        return f"\x00{len(kept) - 1}\x01"

    return _JINJA.sub(keep, source.replace("\x00", "").replace("\x01", "")), kept


def _put_back(text: str, kept: list[str]) -> str:
    return _KEPT.sub(lambda found: kept[int(found.group(1))], text)


def _only_statements(line: str, kept: list[str]) -> bool:
    """Asked of the marks that were set aside: to look for them in the text again takes for ever."""
    if not _KEPT_ALONE.fullmatch(line):
        return False
    return not any(kept[int(one)].startswith("{{") for one in _KEPT.findall(line))
