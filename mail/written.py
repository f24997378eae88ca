"""Words that were published beside the folder of mails, and hold instead of its files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

WhichMail = tuple[str, str]
"""A mail's name and its language in small letters, the empty text for the default one."""


@dataclass(frozen=True)
class Written:
    """Texts of mails that were published; `mark` changes whenever one of them does."""

    mark: str = ""
    texts: Mapping[WhichMail, str] = field(default_factory=dict)

    def with_draft(self, name: str, locale: str, text: str) -> "Written":
        """The same with the text of one mail as somebody is writing it now."""
        return Written(f"{self.mark}/{name}.{locale}/{text}", {**self.texts, (name, locale): text})


NOTHING: Final = Written()

Publishing = Callable[[], Written]
"""What is published now: asked before every mail, so that an edit needs no restart."""


def nothing() -> Written:
    """Where there is no store, the files alone hold."""
    return NOTHING
