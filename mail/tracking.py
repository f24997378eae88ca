"""The links of a mail's HTML, led over the console, so that it is known which one was followed.

Only what stands in an `<a>` and leads to another site; the text part keeps the true addresses.
"""

import re
from collections.abc import Callable
from html import escape, unescape
from typing import Final
from urllib.parse import urlsplit

FOLDER: Final = "/l/"
"""Where the console answers for such links."""

LONGEST: Final = 4_000  # characters; a longer address stays as it is

# The inliner writes every attribute in one form; what stands in a comment is no link.
_LINK: Final = re.compile(
    r'<!--.*?(?:-->|\Z)|(<a(?:\s+[^\s"=<>]+="[^"]*")*?\s+href=")([^"]*)(")', re.DOTALL
)
_WEB: Final = re.compile(r"https?://", re.IGNORECASE)
_UNFIT: Final = re.compile(r"[\x00-\x20\x7f\\]")
"""What browsers drop or read as something else: such an address is not to be passed on."""


def lead(html: str, public_url: str, name: Callable[[int], str]) -> tuple[str, tuple[str, ...]]:
    """The HTML with its links over `public_url`, and where each of them leads.

    `name` gives the opaque id of the link at a position, which counts from 1. Links to the
    console itself, the way out among them, stay as they are.
    """
    found: list[str] = []

    def led(link: re.Match[str]) -> str:
        before, value, after = link.groups()
        url = unescape(value or "").strip()
        if before is None or not _leads_away(url, public_url):
            return link.group()
        found.append(url)
        return f"{before}{escape(f'{public_url}{FOLDER}{name(len(found))}')}{after}"

    return _LINK.sub(led, html), tuple(found)


def _leads_away(url: str, public_url: str) -> bool:
    """Whether it is an address on the web, fit for a header, and not one of the console."""
    if not _WEB.match(url) or _UNFIT.search(url) or len(url) > LONGEST:
        return False
    try:
        there, here = urlsplit(url), urlsplit(public_url)
    except ValueError:
        return False
    if not there.hostname:
        return False
    ours = there.netloc.lower() == here.netloc.lower()
    return not (ours and f"{there.path}/".startswith(f"{here.path.rstrip('/')}/"))
