"""A person's day: what waits for them, each thing with what to do about it and since when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from domain.refusal import NotFound
from operations.board import Card, cards_of
from operations.desk import reaching
from operations.house import House
from operations.post import drafts
from operations.post.drafts import DRAFT, Draft
from operations.stagnant import NEXT, ranked, todo_of
from store import board, people, promises, tasks, texts
from store.board import DealRow
from store.database import Tx
from store.people import Person
from store.promises import PromiseRow
from store.quiet import quiet_of
from store.tasks import TaskRow

READ_AT_ONCE: Final = 5
"""Drafts that are written out; the others are named, and come up as these are settled."""

SHOWN: Final = 20
"""Lines of a group that are shown; the others are counted."""

Kind = Literal["task", "promise", "reply", "our_turn", "stagnant"]


@dataclass(frozen=True, slots=True)
class Paper:
    """A draft that waits, and the deal that it is about (None: a nurture's)."""

    draft: Draft
    card: Card | None


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do: `todo` says what, `note` is what somebody wrote about it.

    `at` is when it is due (tasks, promises) or since when it waits; `late` says that its time
    has passed. `task_id` and `promise_id` name what is settled with it.
    """

    kind: Kind
    todo: str
    at: datetime
    late: bool
    card: Card | None
    note: str | None = None
    task_id: str | None = None
    promise_id: str | None = None


@dataclass(frozen=True, slots=True)
class DayGroup:
    """The things of one kind, the most pressing first; `more` were left out."""

    kind: Kind
    lines: tuple[Todo, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Day:
    """What waits for a person. `zone` is their own, None where they have none.

    `papers` are drafts with their words, `waiting` how many further ones there are; `late`
    counts what is past its time.
    """

    person_id: str
    name: str
    zone: str | None
    now: datetime
    papers: tuple[Paper, ...]
    waiting: int
    groups: tuple[DayGroup, ...]
    late: int

    @property
    def empty(self) -> bool:
        """Whether nothing waits."""
        return not self.papers and not self.groups


def show(house: House, person_id: str) -> Day:
    """The day of a person, however many deals are theirs. Raises NotFound, EngineUnreachable."""
    with reaching("the database"), house.store.read() as tx:
        person = people.load(tx, person_id)
        if person is None:
            raise NotFound(f"there is no person {person_id[:80]}", "person")
        found = _Found.of(tx, person_id, house.time.now())
        everything = dict(found.todos())
        lines = [one for todos in everything.values() for one in todos[:SHOWN]]
        papers = [one for one in found.tasks if one.verb == DRAFT]
        notes = texts.named(tx, *_of_notes(lines))
        cards = _cards(tx, house, found, lines, papers[:READ_AT_ONCE], person)
    written = drafts.of_tasks(house, [one.task_id for one in papers[:READ_AT_ONCE]])
    groups = [
        DayGroup(
            kind=kind,
            lines=tuple(one.shown(cards, notes) for one in todos[:SHOWN]),
            more=max(0, len(todos) - SHOWN),
        )
        for kind, todos in everything.items()
        if todos
    ]
    return Day(
        person_id=person_id,
        name=person.name,
        zone=person.zone,
        now=found.now,
        papers=tuple(Paper(one, cards.get(one.deal_id or "")) for one in written),
        waiting=max(0, len(papers) - READ_AT_ONCE),
        groups=tuple(groups),
        late=sum(one.late for todos in everything.values() for one in todos),
    )


@dataclass(frozen=True, slots=True)
class _Line:
    """A thing to do before its deal's names are known; a stagnant deal's card says what to do."""

    kind: Kind
    at: datetime
    late: bool
    deal_id: str | None
    todo: str | None = None
    note_id: str | None = None
    task_id: str | None = None
    promise_id: str | None = None

    def shown(self, cards: Mapping[str, Card], notes: Mapping[str, str]) -> Todo:
        """The same with the card of its deal, and with what was written about it."""
        card = cards.get(self.deal_id or "")
        return Todo(
            kind=self.kind,
            todo=self.todo or (todo_of(card) if card else "Look at its page"),
            at=self.at,
            late=self.late,
            card=card,
            note=notes.get(self.note_id or ""),
            task_id=self.task_id,
            promise_id=self.promise_id,
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """What the store knows of a person's day; `rows` are deals that wait or have gone quiet."""

    rows: Mapping[str, DealRow]
    tasks: Sequence[TaskRow]
    promised: Sequence[PromiseRow]
    now: datetime

    @classmethod
    def of(cls, tx: Tx, person_id: str, now: datetime) -> "_Found":
        """Read it: deals of theirs that wait or have gone quiet, and in any deal what they owe."""
        rows = {row.deal_id: row for row in board.waiting(tx, person_id)}
        promised = promises.open_for(tx, person_id)
        return cls(rows, tasks.open_for(tx, person_id), promised, now)

    def todos(self) -> Iterable[tuple[Kind, list[_Line]]]:
        """Every kind in the order of the page, with its things, the most pressing first."""
        yield "task", [self._task(one) for one in self.tasks if one.verb != DRAFT]
        yield "promise", [self._promise(one) for one in self.promised]
        waiting = sorted(
            ((row.our_turn_since, row) for row in self.rows.values() if row.our_turn_since),
            key=lambda one: (one[0], one[1].deal_id),
        )
        kinds: tuple[tuple[Kind, bool], ...] = (("our_turn", True), ("reply", False))
        for kind, late in kinds:
            yield (
                kind,
                [
                    _Line(kind, since, late, row.deal_id, NEXT["our_turn"])
                    for since, row in waiting
                    if ("our_turn" in row.stagnant) == late
                ],
            )
        yield "stagnant", [*self._quiet()]

    def _task(self, one: TaskRow) -> _Line:
        told = f"{one.verb}: {one.name}" if one.verb != "task" else one.name
        late = one.due_at < self.now
        return _Line("task", one.due_at, late, one.deal_id, told, task_id=one.task_id)

    def _promise(self, one: PromiseRow) -> _Line:
        late = one.due_at < self.now
        more = {"note_id": one.note_id, "promise_id": one.promise_id}
        return _Line("promise", one.due_at, late, one.deal_id, "Keep what you promised", **more)

    def _quiet(self) -> Iterable[_Line]:
        """What has gone quiet, the costliest first; what waits for our answer stands above."""
        rows = [row for row in self.rows.values() if row.our_turn_since is None]
        for _, one in ranked(quiet_of(rows), self.now):
            yield _Line("stagnant", one.stagnant_since, False, one.deal_id)


def _of_notes(lines: Iterable[_Line]) -> tuple[list[str], list[str]]:
    """The deals and the names of the texts that the lines speak of."""
    told = [(one.deal_id, one.note_id) for one in lines if one.deal_id and one.note_id]
    return sorted({deal_id for deal_id, _ in told}), [name for _, name in told]


def _cards(
    tx: Tx,
    house: House,
    found: _Found,
    lines: Sequence[_Line],
    papers: Sequence[TaskRow],
    person: Person,
) -> dict[str, Card]:
    """The cards of all deals that are shown, with a handful of questions for all of them."""
    wanted = {one.deal_id for one in lines} | {one.deal_id for one in papers}
    others = sorted(filter(None, wanted - found.rows.keys()))
    known = {**found.rows, **(board.of_ids(tx, others) if others else {})}
    rows = [known[its_id] for its_id in sorted(filter(None, wanted)) if its_id in known]
    return {one.deal_id: one for one in cards_of(tx, house, rows, {person.person_id: person})}
