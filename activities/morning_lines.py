"""What a morning mail says: one person's day, as lists of lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from activities.material import stagnant_since
from domain.agenda import agenda
from domain.course import Item
from domain.deal import Deal
from domain.sentences import step_words
from domain.times.calendar import Hours
from mail import context as m
from mail.sayings import Voice
from store import board, deals, promises, situation, tasks, texts
from store.board import DealRow
from store.database import Tx
from store.tasks import TaskRow

LINES_MAX = 40
"""Entries of one list; a longer one says so on the page, not in a mail."""

COMES = ("mail", "call", "draft", "task")
"""What happens by itself in the course of a day, by the verb of its step."""


@dataclass(frozen=True)
class Day:
    """A person's day as of `now`: the deals that the person owns, open or due, and their states.

    Times in the lines are those of the person's clock, `voice` the person's language.
    """

    person_id: str
    rows: dict[str, DealRow]
    states: dict[str, Deal]
    coming: list[tuple[DealRow, Item]]
    tasks: list[TaskRow]
    promised: list[tuple[datetime, DealRow, str]]
    now: datetime
    evening: datetime
    hours: Hours
    public_url: str
    voice: Voice

    @classmethod
    def of(
        cls,
        tx: Tx,
        person_id: str,
        now: datetime,
        hours: Hours,
        grace: timedelta,
        public_url: str,
        voice: Voice,
    ) -> "Day":
        """Read it; `grace` is the house's.

        A won or lost deal is part of it where something is due: its mails go too.
        """
        evening = now.astimezone(hours.zone).replace(hour=23, minute=59)
        due = {row.deal_id: row for row in board.due(tx, evening, owner_id=person_id)}
        rows = {row.deal_id: row for row in board.of_owner(tx, person_id)} | due
        todo, owed = tasks.open_for(tx, person_id), promises.open_for(tx, person_id)
        # Both may be about deals of somebody else: a hand-over, what a manager promised.
        about = {one.deal_id for one in todo if one.deal_id} | {one.deal_id for one in owed}
        rows |= board.of_ids(tx, sorted(about - rows.keys()))
        states = deals.load_many(tx, list(rows))
        coming = [
            (row, item)
            for its_id, row in due.items()
            for item in agenda(states[its_id], situation.facts_for(tx, states[its_id], now, grace))
            if item.what in COMES and item.at is not None and item.at <= evening
        ]
        unnamed = voice.say("a_promise")
        named = texts.named(
            tx, sorted({one.deal_id for one in owed}), [one.note_id for one in owed if one.note_id]
        )
        promised = [
            (one.due_at, rows[one.deal_id], named.get(one.note_id or "", unnamed)) for one in owed
        ]
        told = (rows, states, coming, todo, promised)
        return cls(person_id, *told, now, evening, hours, public_url, voice)

    def our_turn(self) -> Iterator[m.Line]:
        """Deals in which they wrote and wait for an answer, the longest waiting first."""
        waiting = [(row.our_turn_since, row) for row in self._own() if row.our_turn_since]
        for since, row in sorted(waiting, key=lambda one: one[0]):
            yield self._line(row, self.voice.say("waits"), at=since)

    def overdue(self) -> Iterator[m.Line]:
        """Tasks and promises whose time has passed, the oldest first."""
        for due, row, what in self._asked():
            if due <= self.now:
                yield self._line(row, what, at=due)

    def to_do(self) -> Iterator[m.Line]:
        """Tasks and promises of today, and what comes onto the list until the evening."""
        for due, row, what in self._asked():
            if self.now < due <= self.evening:
                yield self._line(row, what, at=due)
        for row, item in self.coming:
            if item.what != "mail":
                yield self._line(row, self._comes(item), at=item.at)

    def stagnant(self) -> Iterator[m.Line]:
        """Deals gone quiet, the longest quiet first; what waits for us stands above them."""
        found = []
        for row in self._own():
            flags = [one for one in self.states[row.deal_id].flags if one.reason != "our_turn"]
            if flags:
                words = [stagnant_since(self.voice, f.reason, self._local(f.since)) for f in flags]
                found.append((min(flag.since for flag in flags), row, "; ".join(words)))
        for _, row, why in sorted(found, key=lambda one: one[0]):
            yield self._line(row, why)

    def goes_out(self) -> Iterator[m.Line]:
        """Mails that leave by themselves until the evening, with the rule behind each."""
        mails = [(item.at, row, item) for row, item in self.coming if item.what == "mail"]
        for at, row, item in sorted(mails, key=lambda one: one[0] or self.now):
            yield self._line(row, self._comes(item), why=self._rule(row, item), at=at)

    def _own(self) -> list[DealRow]:
        return [row for row in self.rows.values() if row.owner_id == self.person_id]

    def _asked(self) -> list[tuple[datetime, DealRow | None, str]]:
        """Every open task and promise: when it is due, of which deal, what."""
        found: list[tuple[datetime, DealRow | None, str]] = [
            (
                task.due_at,
                self.rows.get(task.deal_id or ""),
                self.voice.say(task.verb, what=step_words(task.name)),
            )
            for task in self.tasks
        ]
        found += [
            (due, row, self.voice.say("promised", what=text)) for due, row, text in self.promised
        ]
        return sorted(found, key=lambda one: (one[0], one[2]))

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self.hours.zone)

    def _line(
        self, row: DealRow | None, what: str, why: str | None = None, at: datetime | None = None
    ) -> m.Line:
        local = self._local(at) if at else None
        if row is None:
            return m.Line(title=self.voice.say("nurtured"), what=what, why=why, at=local)
        url = f"{self.public_url}/deals/{row.deal_id}"
        title = row.title or row.deal_id
        return m.Line(title=title, what=what, stage=row.stage, why=why, at=local, url=url)

    def _comes(self, item: Item) -> str:
        return self.voice.say(f"comes_{item.what}", what=step_words(item.name))

    def _rule(self, row: DealRow, item: Item) -> str | None:
        """Which step of which sequence lets a mail go."""
        known = self.states[row.deal_id].enrollments
        one = next((x for x in known if x.enrollment_id == item.enrollment_id), None)
        if one is None:
            return None
        return self.voice.say("rule", number=str(one.step + 1), sequence=one.part.partition(":")[2])
