"""Text that can be kept: what no database, no mail and no terminal holds is found or taken out.

PostgreSQL holds no zero byte in a text. Half a character (a lone surrogate) is no Unicode text at
all: JSON can spell one, and Python makes one of each byte of an argument that is no UTF-8.
"""

import re
from typing import Final

_UNFIT: Final = re.compile("[\x00\ud800-\udfff]")


def unfit(text: str) -> str | None:
    """What is wrong with a text, in words; None for one that can be kept."""
    if "\x00" in text:
        return "there is a zero byte in it"
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return "there is half a character in it (a lone surrogate; is it in UTF-8?)"
    return None


def cleaned(text: str) -> str:
    """The text with a mark (U+FFFD) for what cannot be kept."""
    return text if unfit(text) is None else _UNFIT.sub("�", text)
