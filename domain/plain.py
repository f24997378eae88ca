"""Text that can be kept: what no database, no mail and no terminal holds is found or taken out.

PostgreSQL holds no zero byte in a text. Half a character (a lone surrogate) is no Unicode text at
all: JSON can spell one, and Python makes one of each byte of an argument that is no UTF-8.
"""

import re
import unicodedata
from typing import Final

_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs that are drawn as nothing: Hangul fillers, the Braille cell without dots."""

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


def shows(text: str) -> bool:
    """Whether anything of the text can be seen: a deal without a title cannot be pointed at.

    Blanks, controls, format characters and marks that belong to a letter before them are not
    seen (Unicode's categories Z, C and M).
    """
    return any(sign not in _BLANK and unicodedata.category(sign)[0] not in "ZCM" for sign in text)
