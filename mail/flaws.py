"""What is wrong with the words of a mail, in its place, all at once."""

from dataclasses import dataclass

from domain.refusal import Malformed


@dataclass(frozen=True, order=True)
class Flaw:
    """One fault: `templates/mail/follow-up-1.md:7: owner.nme: no such name`."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class Flawed(Malformed):
    """A mail that cannot be used as it is written; `flaws` lists everything found."""

    def __init__(self, flaws: list[Flaw]) -> None:
        self.flaws = sorted(set(flaws))
        first = self.flaws[0]
        super().__init__("\n".join(map(str, self.flaws)), f"{first.file}:{first.line}")


class RenderFailed(Malformed):
    """A sound template that could not be rendered with what it was given."""
