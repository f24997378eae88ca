"""What is wrong with the words of a mail, in its place, all at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from domain.refusal import Malformed

Weight = Literal["error", "warning", "info"]
"""An error keeps a mail from going out; a warning wants a look; an info is only told."""


@dataclass(frozen=True)
class Flaw:
    """One fault: `templates/mail/follow-up-1.md:7:10 owner.nme no such name`.

    Lines and columns count from 1; `path` is the name or the part of the mail that it is about.
    """

    file: str
    line: int
    message: str
    column: int = 1
    path: str = ""
    weight: Weight = "error"

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def __str__(self) -> str:
        return " ".join(filter(None, (self.where, self.path, self.message)))


def in_order(flaws: Iterable[Flaw]) -> list[Flaw]:
    """Each once, as one meets them in the files."""
    return sorted(set(flaws), key=lambda f: (f.file, f.line, f.column, f.path, f.message))


class Flawed(Malformed):
    """A mail that cannot be used as it is written; `flaws` lists everything found."""

    def __init__(self, flaws: list[Flaw]) -> None:
        self.flaws = in_order(flaws)
        super().__init__("\n".join(map(str, self.flaws)), self.flaws[0].where)


class RenderFailed(Malformed):
    """A sound template that could not be rendered with what it was given."""
