"""Which nurture a word means: its name, or `playbook/name` where several playbooks have it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from domain.playbooks.sequence import Nurture
from domain.playbooks.words import suggestion
from domain.refusal import Malformed, NotFound
from store import playbooks, situation
from store.database import Tx
from store.playbooks import Edition

PREFIX = "nurture:"


@dataclass(frozen=True, slots=True)
class Named:
    """The newest version of a nurture."""

    playbook: str
    part: str
    version: int
    nurture: Nurture
    apart: bool

    @property
    def name(self) -> str:
        """Its name in its playbook."""
        return self.part.removeprefix(PREFIX)

    @property
    def full(self) -> str:
        """Its name over all playbooks."""
        return f"{self.playbook}/{self.name}"


def all_of(tx: Tx) -> list[Named]:
    """Every nurture of the newest editions. `apart`: its playbook has no pipeline."""
    return [one for edition in playbooks.all_of(tx) for one in _of(tx, edition)]


def find(tx: Tx, word: str) -> Named:
    """The nurture of this name. Raises NotFound, Malformed when several have it.

    Of several, one in a playbook without a pipeline is meant: the others follow deals.
    """
    known = all_of(tx)
    found = [one for one in known if word in (one.name, one.full)]
    if len(found) > 1:
        found = [one for one in found if one.apart] or found
    if not found:
        alone = [one for one in known if one.playbook == word and one.apart]
        if len(alone) == 1:
            return alone[0]
        names = [one.name for one in known] + [one.full for one in known]
        raise NotFound(f'there is no nurture "{word[:80]}"{suggestion(word, names)}', "nurture")
    if len(found) > 1:
        full = ", ".join(one.full for one in found)
        raise Malformed(f'several playbooks have a nurture "{word}": write {full}', "nurture")
    return found[0]


def starting_on(tx: Tx, event: str) -> list[Named]:
    """The nurtures that this event starts."""
    return [
        one
        for one in all_of(tx)
        if one.nurture.starts_on is not None and one.nurture.starts_on.event == event
    ]


def _of(tx: Tx, edition: Edition) -> Iterator[Named]:
    wanted = {(part, n) for part, n in edition.parts.items() if part.startswith(PREFIX)}
    found = situation.load_cached(tx, edition.playbook, wanted)
    apart = "pipeline" not in edition.parts
    for part, version in sorted(wanted):
        nurture = cast(Nurture, found[part, version])
        yield Named(edition.playbook, part, version, nurture, apart)
