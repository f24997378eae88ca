"""The morning mail: once a working day each owner reads what the day will bring."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from activities.material import Sender
from activities.timekeeping import Timekeeper
from domain.agenda import agenda
from domain.course import Item
from domain.deal import Deal
from domain.house_events import MorningSent
from domain.ids import digest
from domain.stagnation import reason_words
from domain.times.calendar import Calendar, Hours
from mail import context as m
from mail.address import first_name
from mail.compose import Letter, compose, message_id
from mail.kitchen import Kitchen
from store import board, deals, ledger, people, playbooks, sends, situation, tasks
from store.board import DealRow
from store.database import Store, Tx
from store.ledger import Origin
from store.people import Person
from store.sends import Send

HOUR = 8
"""The local hour from which the morning mail may go."""

LINES_MAX = 40
"""Entries of one list; a longer one says so on the page, not in a mail."""


def morning_of(person: Person, day: str) -> str:
    """The id of a person's morning mail of a day."""
    return digest("morning", person.person_id, day)


def next_morning(person: Person, now: datetime, calendar: Calendar) -> datetime:
    """The next moment at which the person's morning mail may go: 8:00 of a working day."""
    hours = Hours.of(calendar, person.zone, person.country)
    local = now.astimezone(hours.zone)
    for ahead in range(15):
        day = local.date() + timedelta(days=ahead)
        at = datetime(day.year, day.month, day.day, HOUR, tzinfo=hours.zone)
        if at > local and hours.is_working_day(day):
            return at
    return now + timedelta(days=15)


@dataclass(frozen=True)
class Mornings:
    """Plans morning mails; handing them over is the performer's work."""

    store: Store
    time: Timekeeper
    kitchen: Kitchen
    sender: Sender

    def plan(self, person: Person, calendar: Calendar) -> bool:
        """Plan today's mail of the person if it is due and has something to say; once."""
        now = self.time.now()
        hours = Hours.of(calendar, person.zone, person.country)
        local = now.astimezone(hours.zone)
        day = local.date()
        its_id = morning_of(person, day.isoformat())
        if local.hour < HOUR or not hours.is_working_day(day) or person.email is None:
            return False
        with self.store.read() as tx:
            if sends.load(tx, its_id) is not None:
                return False
            context = self._context(tx, person, hours)
        if not (context.goes_out or context.overdue or context.stagnant or context.our_turn):
            return False
        rendered = self.kitchen.render("morning", context, person.locale)
        domain = self.sender.company.sender.rpartition("@")[2]
        letter = Letter(
            message_id=message_id(its_id, domain),
            purpose="internal",
            sender_name=self.sender.company.name,
            sender=self.sender.company.sender,
            to_name=person.name,
            to=person.email,
            subject=rendered.subject,
            html=rendered.html,
            text=rendered.text,
            date=local,
        )
        return self._keep(person, letter, its_id, day.isoformat(), rendered.template_version)

    def _keep(self, person: Person, letter: Letter, its_id: str, day: str, version: str) -> bool:
        now, stream = self.time.now(), f"person/{person.person_id}"
        row = Send(
            touch_id=its_id,
            stream=stream,
            template="morning",
            purpose="internal",
            message_id=letter.message_id,
            planned_at=now,
            person_id=person.person_id,
            template_version=version,
            subject=letter.subject,
        )
        with self.store.write() as tx:
            if not sends.plan(tx, row, compose(letter)):
                return False
            told = MorningSent(at=now, person_id=person.person_id, touch_id=its_id, day=day)
            origin = Origin(actor="sluice", recorded_at=self.time.wall(), cause="morning")
            ledger.append(tx, stream, ledger.head(tx, stream), [told], origin)
        return True

    def _context(self, tx: Tx, person: Person, hours: Hours) -> m.Morning:
        now = self.time.now()
        rows = board.of_owner(tx, person.person_id)
        evening = now.astimezone(hours.zone).replace(hour=23, minute=59)
        return m.Morning(
            person=m.Person(
                name=person.name, email=person.email or "", first_name=first_name(person.name)
            ),
            company=self.sender.company,
            day=now.astimezone(hours.zone).date(),
            goes_out=tuple(self._going_out(tx, rows, evening, hours))[:LINES_MAX],
            overdue=tuple(self._overdue(tx, person, rows, hours))[:LINES_MAX],
            stagnant=tuple(self._stagnant(rows, now))[:LINES_MAX],
            our_turn=tuple(self._our_turn(rows, hours))[:LINES_MAX],
            url=self.sender.public_url,
        )

    def _going_out(
        self, tx: Tx, rows: list[DealRow], evening: datetime, hours: Hours
    ) -> Iterator[m.Line]:
        due = [row for row in rows if row.next_due is not None and row.next_due <= evening]
        for row in due[:LINES_MAX]:
            deal = deals.load(tx, row.deal_id)
            if deal is None:
                continue
            for item in self._today(tx, deal, evening):
                at = item.at.astimezone(hours.zone) if item.at else None
                yield self._line(row, item.name.replace("-", " "), why=item.why, at=at)

    def _today(self, tx: Tx, deal: Deal, evening: datetime) -> list[Item]:
        facts = situation.facts_for(tx, deal, self.time.now(), self.time.grace())
        wanted = ("mail", "draft", "call")
        found = [item for item in agenda(deal, facts) if item.what in wanted]
        return [item for item in found if item.at is not None and item.at <= evening]

    def _overdue(
        self, tx: Tx, person: Person, rows: list[DealRow], hours: Hours
    ) -> Iterator[m.Line]:
        known = {row.deal_id: row for row in rows}
        now = self.time.now()
        for task in tasks.open_for(tx, person.person_id):
            row = known.get(task.deal_id or "")
            if task.due_at <= now and row is not None:
                at = task.due_at.astimezone(hours.zone)
                yield self._line(row, f"{task.verb}: {task.name}".replace("-", " "), at=at)

    def _stagnant(self, rows: list[DealRow], now: datetime) -> Iterator[m.Line]:
        quiet = [row for row in rows if row.stagnant]
        for row in sorted(quiet, key=lambda row: row.stagnant_since or now):
            why = reason_words(row.stagnant[0], row.stagnant_since or now)
            yield self._line(row, "gone quiet", why=why)

    def _our_turn(self, rows: list[DealRow], hours: Hours) -> Iterator[m.Line]:
        waiting = [row for row in rows if row.our_turn_since is not None]
        for row in sorted(waiting, key=lambda row: row.our_turn_since or row.updated_at):
            since = (row.our_turn_since or row.updated_at).astimezone(hours.zone)
            yield self._line(row, "they wrote and wait for an answer", at=since)

    def _line(
        self, row: DealRow, what: str, why: str | None = None, at: datetime | None = None
    ) -> m.Line:
        return m.Line(
            title=row.title or row.deal_id,
            what=what,
            stage=row.stage,
            why=why,
            at=at,
            url=f"{self.sender.public_url}/deals/{row.deal_id}",
        )


def house_calendar(tx: Tx, playbook: str) -> Calendar:
    """The calendar of the default playbook, which stands in for people's own."""
    edition = playbooks.newest(tx, playbook)
    if edition is None:
        return Calendar()
    key = ("calendar", edition.parts["calendar"])
    found = situation.load_cached(tx, playbook, {key})[key]
    return found if isinstance(found, Calendar) else Calendar()


def staff(tx: Tx) -> list[Person]:
    """Everybody who may get a morning mail."""
    return [person for person in people.all_of(tx) if person.email is not None]
