"""Whether a finished mail speaks of somebody: in its headers, or in what its reader sees."""

import re
from collections.abc import Iterable
from email import policy
from email.errors import MessageError
from email.message import EmailMessage
from email.parser import BytesParser

from mail.plaintext import as_text


def pattern_of(words: Iterable[str]) -> re.Pattern[str] | None:
    """What finds any of the words, alone and in any case; None when there is no word."""
    told = sorted({" ".join(word.split()) for word in words if word.strip()}, key=len)
    if not told:
        return None
    # A line of a mail may break wherever a word has a blank.
    each = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in reversed(told))
    return re.compile(rf"(?<!\w)(?:{each})(?!\w)", re.IGNORECASE)


def speaks_of(raw: bytes, words: re.Pattern[str]) -> bool:
    """Whether any of the words stands in a mail. One that cannot be read is searched as it is."""
    if words.search(raw.decode("utf-8", "replace")):
        return True
    try:
        message = BytesParser(EmailMessage, policy=policy.default).parsebytes(raw)
        return any(words.search(text) for text in _texts(message))
    except (MessageError, LookupError, ValueError, TypeError, AttributeError):
        return False


def _texts(message: EmailMessage) -> Iterable[str]:
    yield "\n".join(str(value) for value in message.values())
    for part in message.walk():
        if part.get_content_maintype() == "text":
            said = str(part.get_content())
            yield as_text(said) if part.get_content_subtype() == "html" else said
