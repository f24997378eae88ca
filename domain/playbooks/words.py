"""The words that rules may use as names, and what to write when a word is not known."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints


def _name(pattern: str, what: str, joint: str) -> list[Any]:
    """A check of names that says which name to write instead."""

    def check(text: str) -> str:
        if re.fullmatch(pattern, text) and len(text) <= 60:
            return text
        bare = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
        near = re.sub("[^a-z0-9]+", joint, bare).strip("-_")[:60]
        write = f', e.g. "{near}"' if re.fullmatch(pattern, near) else ""
        raise ValueError(f"write {what}{write}")

    return [AfterValidator(check), Field(json_schema_extra={"pattern": f"^{pattern}$"})]


Slug = Annotated[
    str,
    *_name(r"[a-z0-9]+([-_][a-z0-9]+)*", "small letters, digits, - and _ (at most 60)", "-"),
]
"""A name for files, commands and addresses."""

Word = Annotated[str, *_name(r"[a-z][a-z0-9_]*", "small letters, digits and _ (at most 60)", "_")]
"""A name that templates and conditions can spell: ``decision_maker``."""

Label = Annotated[
    str, *_name(r"[^\W_][\w.+-]*", "one word: letters, digits, - and _ (at most 60)", "-")
]
"""A name that people read and type: one word in letters of any script."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
"""One line or a few of free text."""


def suggestion(word: object, known: Iterable[str]) -> str:
    """``; did you mean "demo"?`` when a known word is near, else the known words, else nothing."""
    words = sorted({str(name) for name in known})
    near = get_close_matches(str(word).lower(), words, n=1, cutoff=0.6)
    if near:
        return f'; did you mean "{near[0]}"?'
    if words and len(words) <= 12:
        return "; known: " + ", ".join(words)
    return ""
