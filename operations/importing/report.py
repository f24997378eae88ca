"""What an import did, or would do: counts, what it could not read, and what it noticed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from operations.importing.table import Rejected

Progress = Callable[[str, int, int], None]
"""Told as work goes on: what is being done, how much of it is done, how much there is."""

EXAMPLES: Final = 5
"""Lines that a note names; the count says how many there are."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth knowing about rows that were taken over all the same.

    `code` is stable for programs; `lines` are the first few places.
    """

    code: str
    text: str
    count: int
    lines: tuple[int, ...] = ()


class Notes:
    """Notes as they gather: one a code and text, with a count."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[int]] = {}
        self._counts: dict[tuple[str, str], int] = {}

    def add(self, code: str, text: str, line: int | None = None, count: int = 1) -> None:
        """One more of the same."""
        key = (code, text)
        self._counts[key] = self._counts.get(key, 0) + count
        lines = self._found.setdefault(key, [])
        if line is not None and len(lines) < EXAMPLES:
            lines.append(line)

    def all(self) -> tuple[Note, ...]:
        """The notes, most frequent first."""
        notes = [
            Note(code, text, count, tuple(self._found[code, text]))
            for (code, text), count in self._counts.items()
        ]
        return tuple(sorted(notes, key=lambda note: -note.count))


@dataclass(frozen=True, slots=True)
class OwnerDigest:
    """The stagnant deals that a person would have been told of one by one.

    `since` is the longest quiet among them; `told` says that one mail goes to the person, who
    has no address otherwise."""

    owner_id: str | None
    name: str
    deals: int
    since: datetime
    told: bool = False


@dataclass(frozen=True)
class ImportReport:
    """The result of an import of deals.

    `people` and `accounts` count (new, changed). `enrolled` of `matching` deals were enrolled.
    `stagnant` is the one digest of what was quiet before it came here. `armed` workflows were
    started for what is due; `waiting` ones are left to the worker, for want of Temporal.
    """

    source: str
    mapping: str
    playbook: str
    dry_run: bool
    rows: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: Sequence[Rejected] = ()
    notes: Sequence[Note] = ()
    people: Mapping[str, int] = field(default_factory=dict)
    accounts: Mapping[str, int] = field(default_factory=dict)
    open: int = 0
    matching: int = 0
    enrolled: int = 0
    stagnant: Sequence[OwnerDigest] = ()
    armed: int = 0
    waiting: int = 0

    def as_data(self) -> dict[str, Any]:
        """The JSON shape that scripts rely on."""
        return {
            "source": self.source,
            "mapping": self.mapping,
            "playbook": self.playbook,
            "dry_run": self.dry_run,
            "rows": self.rows,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "rejected": [rejected_data(one) for one in self.rejected],
            "notes": [note_data(one) for one in self.notes],
            "people": dict(self.people),
            "accounts": dict(self.accounts),
            "open": self.open,
            "matching": self.matching,
            "enrolled": self.enrolled,
            "armed": self.armed,
            "waiting": self.waiting,
            "stagnant": {
                "deals": sum(one.deals for one in self.stagnant),
                "by_owner": [
                    {
                        "owner_id": one.owner_id,
                        "name": one.name,
                        "deals": one.deals,
                        "since": one.since,
                        "told": one.told,
                    }
                    for one in self.stagnant
                ],
            },
        }


def rejected_data(one: Rejected) -> dict[str, Any]:
    """A rejected row for scripts."""
    return {
        "where": one.where,
        "file": one.file,
        "line": one.line,
        "id": one.source_id,
        "reason": one.reason,
    }


def note_data(one: Note) -> dict[str, Any]:
    """A note for scripts."""
    return {"code": one.code, "count": one.count, "text": one.text, "lines": list(one.lines)}


def note_line(one: Note) -> str:
    """A note for people: the count first, the first places last."""
    places = f" (line {', '.join(map(str, one.lines))}{_more(one)})" if one.lines else ""
    return f"{one.count:>6,} {one.text}{places}"


def _more(one: Note) -> str:
    return " …" if one.count > len(one.lines) else ""
