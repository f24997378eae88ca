"""What the house itself says inside mails to its own people, in each reader's language.

The words stand in `_sayings.yaml` and `_sayings.pl.yaml` beside the mails. What a folder of a
company's own does not say is taken from the files that ship.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

from babel.dates import format_date
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from mail.filters import known_locale
from mail.flaws import RenderFailed
from mail.words import DEFAULT_LOCALE, fallbacks

SHIPPED: Final = Path(__file__).parents[1] / "templates" / "mail"
_GAP: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Voice:
    """The words of one language; `locale` is the one that dates are written in."""

    locale: str
    words: Mapping[str, str]

    def say(self, key: str, **told: str) -> str:
        """The saying of this name, filled in. Raises RenderFailed where a word is missing."""
        try:
            return _GAP.sub(lambda gap: told[gap.group(1)], self.words[key])
        except KeyError as missing:
            raise RenderFailed(f"no word for {missing} in {key}", "_sayings.yaml") from None

    def day(self, on: date) -> str:
        """A day as the language writes it: Mar 2, 2026."""
        written: str = format_date(on, "medium", locale=known_locale(self.locale))
        return written


@dataclass(frozen=True)
class Sayings:
    """The sayings of a folder of mails."""

    folder: Path = SHIPPED

    def voice(self, mail: str, locale: str | None) -> Voice:
        """The words in the language that this mail is written in for a reader of that locale.

        Raises RenderFailed for a file that cannot be read.
        """
        known = (one for one in fallbacks(locale) if one and self._is_written(mail, one))
        language = next(known, "")
        words: dict[str, str] = {}
        for folder in dict.fromkeys((SHIPPED, self.folder)):
            for wanted in reversed(list(fallbacks(language))):
                words |= _read(*_stamped(folder, wanted))
        return Voice(language or DEFAULT_LOCALE, words)

    def _is_written(self, mail: str, locale: str) -> bool:
        wanted = f"{mail}.{locale}.md"
        return any(path.name.lower() == wanted for path in self.folder.glob(f"{mail}.*.md"))


def _stamped(folder: Path, locale: str) -> tuple[Path, int]:
    """The file of a language and when it was written; a file that is not there says nothing."""
    path = folder / (f"_sayings.{locale}.yaml" if locale else "_sayings.yaml")
    try:
        return path, path.stat().st_mtime_ns
    except OSError:
        return path, 0


@lru_cache(maxsize=64)
def _read(path: Path, written: int) -> dict[str, str]:
    if not written:
        return {}
    try:
        found = YAML(typ="safe").load(path)
    except (OSError, UnicodeDecodeError, YAMLError):
        raise RenderFailed("the sayings cannot be read as YAML", path.name) from None
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        raise RenderFailed("write one text for each name", path.name)
    return {str(key): text for key, text in found.items()}
