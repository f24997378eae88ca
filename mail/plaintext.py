"""The text part of a mail, read off its HTML so that both say the same."""

import re
from typing import Final

from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig

_LINK = re.compile(r"\[([^\[\]]*)\]\(([^()\s]*)\)")
_STYLE: Final = ParserConfig(display_links=True, css=CSS_PROFILES["strict"])


def as_text(html: str) -> str:
    """HTML as plain text, each link's address behind its words; ends with one line end."""
    lines = (_LINK.sub(_shown, line).rstrip() for line in get_text(html, _STYLE).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def _shown(link: re.Match[str]) -> str:
    words, address = link.group(1), link.group(2)
    bare = address.removeprefix("mailto:").removeprefix("tel:")
    return bare if words in (address, bare) else f"{words} ({bare})"
