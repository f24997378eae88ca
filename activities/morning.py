"""The morning mail: once a working day each owner reads what the day will bring."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from activities.letters import letter_to
from activities.material import Sender
from activities.morning_lines import LINES_MAX, Day
from activities.timekeeping import Timekeeper
from domain.access import Permission, Role, permissions_of
from domain.house_events import MorningSent
from domain.ids import digest
from domain.times.calendar import Calendar, Hours
from domain.webhooks import TOLD_FOR
from mail import context as m
from mail.address import first_name
from mail.compose import Letter, compose, message_id
from mail.kitchen import Kitchen
from mail.sayings import Voice
from store import erasures, ledger, people, playbooks, sends, situation, webhooks
from store.database import Store, Tx
from store.ledger import Origin
from store.people import Person
from store.sends import Send

HOUR = 8
"""The local hour from which the morning mail may go."""


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
            erasure = erasures.last(tx)
            context = self._context(tx, person, hours)
        lists = ("our_turn", "overdue", "to_do", "stagnant", "webhooks", "goes_out")
        if not any(getattr(context, name) for name in lists):
            return False
        rendered = self.kitchen.render("morning", context, person.locale)
        company = self.sender.company
        header = message_id(its_id, company.sender.rpartition("@")[2])
        letter = letter_to(person, rendered, header, company, local)
        row = self._row(person, letter, its_id, rendered.template_version)
        return self._keep(row, compose(letter), day.isoformat(), erasure)

    def _row(self, person: Person, letter: Letter, its_id: str, version: str) -> Send:
        return Send(
            touch_id=its_id,
            stream=f"person/{person.person_id}",
            template="morning",
            purpose="internal",
            message_id=letter.message_id,
            planned_at=self.time.now(),
            person_id=person.person_id,
            template_version=version,
            subject=letter.subject,
        )

    def _keep(self, row: Send, payload: bytes, day: str, erasure: int) -> bool:
        """Keep today's mail, unless it is kept already; written anew in the next round when
        somebody was forgotten while it was written."""
        person_id, at = row.person_id or "", row.planned_at
        with self.store.write() as tx:
            if not erasures.none_since(tx, erasure) or not sends.plan(tx, row, payload):
                return False
            told = MorningSent(at=at, person_id=person_id, touch_id=row.touch_id, day=day)
            origin = Origin(actor="sluice", recorded_at=self.time.wall(), cause="morning")
            ledger.append(tx, row.stream, ledger.head(tx, row.stream), [told], origin)
        return True

    def _context(self, tx: Tx, person: Person, hours: Hours) -> m.Morning:
        now, url = self.time.now(), self.sender.public_url
        voice = self.sender.voice("morning", person)
        day = Day.of(tx, person.person_id, now, hours, self.time.grace(), url, voice)
        return m.Morning(
            person=m.Person(
                name=person.name, email=person.email or "", first_name=first_name(person.name)
            ),
            company=self.sender.company,
            day=now.astimezone(hours.zone).date(),
            our_turn=_some(day.our_turn()),
            overdue=_some(day.overdue()),
            to_do=_some(day.to_do()),
            stagnant=_some(day.stagnant()),
            webhooks=_some(self._webhooks(tx, person, hours, voice)),
            goes_out=_some(day.goes_out()),
            url=url,
        )

    def _webhooks(self, tx: Tx, person: Person, hours: Hours, voice: Voice) -> Iterator[m.Line]:
        """For who keeps them: endpoints that are told nothing any more, and events given up."""
        if person.role is None or Permission.MANAGE_KEYS not in permissions_of(Role(person.role)):
            return
        for one, given_up in webhooks.troubled(tx, self.time.wall() - TOLD_FOR):
            title = one.description or one.webhook_id
            url = f"{self.sender.public_url}/admin/webhooks/{one.webhook_id}"
            if one.status == "disabled":
                at = self.time.clock().now(one.status_since).astimezone(hours.zone)
                what = voice.say(f"webhook_{one.because}")
                yield m.Line(title=title, what=what, at=at, url=url)
            if given_up:
                yield m.Line(
                    title=title, what=voice.say("webhook_dead", count=str(given_up)), url=url
                )


def _some(lines: Iterator[m.Line]) -> tuple[m.Line, ...]:
    return tuple(islice(lines, LINES_MAX))


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
