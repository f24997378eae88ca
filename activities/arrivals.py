"""One mail an owner after an import: which of the deals that came with it are quiet already.

An import flags in silence, for no deal was quiet on our watch. The row of the send ledger is
planned in the transaction that takes the deals over; what the mail says is read when it leaves.
"""

from datetime import datetime, timedelta
from typing import Final

from activities.material import Sender, stagnant_since
from domain.deal import Deal
from domain.ids import digest
from domain.refusal import NotFound
from domain.times.calendar import Calendar, Hours
from domain.touch_events import Notified
from mail import context as m
from mail.address import first_name
from mail.compose import message_id
from mail.sayings import Voice
from store import deals, imports, ledger, people, sends, texts
from store.database import Tx
from store.imports import Arrival
from store.ledger import Origin
from store.people import Person
from store.sends import Send

TEMPLATE: Final = "import-digest"

WORST: Final = 10
"""Deals that the mail names; the list of stagnant deals has them all."""

HELD_FOR: Final = timedelta(minutes=10)
"""How long the mail waits for the end of its import; one that was cut short has it go then."""


def plan_digest(
    tx: Tx, person: Person, arrival: Arrival, now: datetime, origin: Origin, domain: str
) -> bool:
    """Plan the mail of one owner about one import; False when it is planned already."""
    touch_id = digest(TEMPLATE, person.person_id, arrival.name)
    stream = f"person/{person.person_id}"
    row = Send(
        touch_id=touch_id,
        stream=stream,
        template=TEMPLATE,
        purpose="internal",
        message_id=message_id(touch_id, domain),
        planned_at=now,
        not_before=now + HELD_FOR,
        person_id=person.person_id,
        step=arrival.name,
    )
    if not sends.plan(tx, row):
        return False
    told = Notified(
        at=now,
        touch_id=touch_id,
        template=TEMPLATE,
        about=arrival.name,
        role="owner",
        person_id=person.person_id,
    )
    ledger.append(tx, stream, ledger.head(tx, stream), [told], origin)
    return True


def digest_of(tx: Tx, send: Send, sender: Sender) -> tuple[Person, m.ImportDigest]:
    """Who gets the mail, and what it may say now. Raises NotFound, RenderFailed."""
    person = people.load(tx, send.person_id or "")
    if person is None or person.email is None:
        raise NotFound("the colleague has no address")
    quiet = imports.stagnant(tx, Arrival.named(send.step or ""), person.person_id)
    states = deals.load_many(tx, quiet)
    worst = sorted(states.values(), key=_quiet_since)[:WORST]
    titles = texts.titles(tx, [one.deal_id for one in worst])
    hours = Hours.of(Calendar(), person.zone, person.country)
    voice, url = sender.voice(TEMPLATE, person), sender.public_url
    return person, m.ImportDigest(
        person=m.Person(name=person.name, email=person.email, first_name=first_name(person.name)),
        company=sender.company,
        deals=len(quiet),
        worst=tuple(_line(one, titles.get(one.deal_id), hours, url, voice) for one in worst),
        url=url,
    )


def _quiet_since(deal: Deal) -> tuple[datetime, str]:
    return min(flag.since for flag in deal.flags), deal.deal_id


def _line(deal: Deal, title: str | None, hours: Hours, url: str, voice: Voice) -> m.Line:
    zone = hours.zone
    why = [stagnant_since(voice, one.reason, one.since.astimezone(zone)) for one in deal.flags]
    return m.Line(
        title=title or deal.deal_id,
        what="; ".join(why),
        stage=deal.stage,
        url=f"{url}/deals/{deal.deal_id}",
    )
