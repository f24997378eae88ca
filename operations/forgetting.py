"""Forget a person: erased everywhere, while counts, timings and the ledger stay as they are.

First the fact (all mail to them stops, the address is barred by its keyed hash), and in the same
transaction every text; then the files of the mailbox, and what the database file still holds of
deleted rows. Asking again erases what arrived in the meantime.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from domain import commands as c
from domain.deal import Deal
from domain.event import Happened
from domain.facts import Facts
from domain.following import stopped
from domain.house_events import ContactForgotten
from domain.nurture import NurtureRun
from mail.mentions import pattern_of, speaks_of
from operations.contacts import find
from operations.deal_view import View
from operations.desk import reaching
from operations.house import House
from operations.once import Asked, once
from operations.post import mailbox
from operations.quieting import Fact, Stopped, hold, write
from store import (
    aliases,
    consent_asks,
    contacts,
    deals,
    erasing,
    erasures,
    inbound,
    sends,
    suppression,
    tokens,
)
from store.contacts import Contact
from store.database import Tx
from store.erasing import Person
from store.suppression import ERASED, EVERYTHING

_WORD: Final = ERASED
CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""So much may the clocks of two machines be apart that write into the store."""

Looked = tuple[list[str], datetime]
"""The mails found to speak of the person, and until when (wall time) they were looked through."""


class Forgotten(View):
    """What forgetting erased, or would: how much in each place, and what it stopped.

    `already` says that the contact had been forgotten before. `waiting` counts accepted
    commands about them that have no answer yet, and so keep their texts; forget again then.
    `scrubbed` is False when readers kept the database file from letting go of deleted rows.
    """

    contact_id: str
    already: bool = False
    deals: tuple[str, ...] = ()
    nurtures: tuple[str, ...] = ()
    erased: dict[str, int] = {}
    waiting: int = 0
    scrubbed: bool = True


class _Undone(Exception):
    """Takes back what a dry run did."""


def forget(
    house: House,
    who: str,
    *,
    actor: str,
    command_id: str | None = None,
    dry_run: bool = False,
) -> Forgotten:
    """Erase a contact (id or address) everywhere. Raises NotFound, EngineUnreachable."""
    with reaching("the database"):
        with house.store.read() as tx:
            one = find(tx, house, who)
            person = _person(tx, one)
            began = house.time.wall() - CLOCKS_DIFFER
            mentioned = _mentioned(tx, person)
        told = _in_store(house, one.contact_id, (mentioned, began), actor, command_id, dry_run)
        letters = _letters(house, person, dry_run)
        told = told.model_copy(update={"erased": {**told.erased, "mailbox": letters}})
        if dry_run:
            return told
        return told.model_copy(update={"scrubbed": house.store.scrub()})


def _in_store(
    house: House,
    contact_id: str,
    looked: Looked,
    actor: str,
    command_id: str | None,
    dry_run: bool,
) -> Forgotten:
    found: list[Forgotten] = []
    with _undoing(), house.store.write() as tx:
        hold(tx, contact_id)
        one = find(tx, house, contact_id)
        asked = Asked(f"contact/{contact_id}", "forget_contact", actor, {}, command_id)
        work = partial(_forget, tx, house, one, looked, actor, command_id)
        found.append(once(house, tx, asked, Forgotten, work))
        if dry_run:
            raise _Undone
    return found[0]


@contextmanager
def _undoing() -> Iterator[None]:
    try:
        yield
    except _Undone:
        return


def _forget(
    tx: Tx, house: House, one: Contact, looked: Looked, actor: str, command_id: str | None
) -> Forgotten:
    erasures.add(tx, one.contact_id, house.time.wall())
    person = _person(tx, one)
    # All mails were looked through before, without keeping anybody waiting; now the few that
    # were written meanwhile, and none is kept any more that was made of words from before.
    mentioned = sorted({*looked[0], *_mentioned(tx, person, since=looked[1])})
    reached = _stop(tx, house, one, actor)
    waiting = erasing.waiting(tx, person, but=command_id)
    keys = [*aliases.keys_of(tx, one.contact_id), *([one.email_key] if one.email_key else [])]
    erased = {
        "texts": erasing.texts(tx, person),
        "commands": erasing.said(tx, person),
        "mails": erasing.mails(tx, person, mentioned),
        "received": inbound.erase_of(tx, one.contact_id, keys),
        "links": erasing.links(tx, person, mentioned)
        + tokens.erase_of(tx, one.contact_id)
        + consent_asks.erase_of(tx, one.contact_id),
        "addresses": aliases.erase_of(tx, one.contact_id) + (one.email is not None),
        "sources": erasing.agreed(tx, one.contact_id) + erasing.remembered(tx, person),
    }
    contacts.forget(tx, one.contact_id, one.forgotten_at or house.time.now())
    return Forgotten(
        contact_id=one.contact_id,
        already=one.forgotten_at is not None,
        deals=reached.deals,
        nurtures=reached.nurtures,
        erased=erased,
        waiting=waiting,
    )


def _stop(tx: Tx, house: House, one: Contact, actor: str) -> Stopped:
    """The fact, and everything it stops; once."""
    if one.forgotten_at is not None:
        return Stopped(contact_id=one.contact_id, fact=_WORD, already=True)
    now = house.time.now()
    contacts.withdraw(tx, one.contact_id, EVERYTHING, now)
    for key in aliases.keys_of(tx, one.contact_id):
        _bar(tx, house, key)
    if one.email_key is not None:
        # The one bar that tells an address which must not come back by the next import.
        suppression.lift(tx, one.email_key, EVERYTHING)
    event = ContactForgotten(at=now, contact_id=one.contact_id)
    for_deal, for_run = partial(_for_deal, one.contact_id), partial(_for_run, one.contact_id)
    fact = Fact(_WORD, [event], for_deal, for_run, (ERASED, EVERYTHING))
    told, _ = write(tx, house, one, fact, actor)
    for send in sends.page(tx, contact_id=one.contact_id, status="planned", limit=10_000):
        if send.stream.partition("/")[0] not in ("deal", "nurture"):
            sends.withdraw(tx, send.touch_id, "cancelled", _WORD, house.time.wall())
    return told


def _bar(tx: Tx, house: House, key: str) -> None:
    suppression.lift(tx, key, EVERYTHING)
    suppression.add(tx, key, ERASED, house.time.now())


def _for_deal(contact_id: str, deal: Deal, facts: Facts) -> list[c.AnyCommand]:
    """Stop what writes to the contact."""
    return [
        c.StopEnrollments(reason=_WORD, contact_id=contact_id, part=one.part)
        for one in deal.active_enrollments
        if (one.contact_id or deal.writes_to) == contact_id
    ]


def _for_run(contact_id: str, run: NurtureRun, facts: Facts) -> list[Happened]:
    return stopped(run, _WORD, facts, contact_id)


def _person(tx: Tx, one: Contact) -> Person:
    others = contacts.load_many(tx, erasing.beside(tx, one.contact_id))
    known = [its for its, other in others.items() if other.forgotten_at is None]
    theirs = deals.of_contact(tx, one.contact_id)
    shared = set(erasing.shared(tx, one.contact_id, known))
    return Person(
        contact_id=one.contact_id,
        email=one.email,
        deals=theirs,
        alone=[its for its in theirs if its not in shared],
        nurtures=erasing.nurtures_of(tx, one.contact_id),
        words=pattern_of([word for word in (one.email, one.name) if word]),
    )


def _mentioned(tx: Tx, person: Person, since: datetime | None = None) -> list[str]:
    """Mails to others that speak of the person, or name a deal that is theirs alone.

    `since` (wall time) leaves out those that had ended before.
    """
    told = [person.words, pattern_of(erasing.titles(tx, person.alone))]
    patterns = [one for one in told if one is not None]
    if not patterns:
        return []
    return [
        touch_id
        for touch_id, payload in erasing.written(tx, person.contact_id, since)
        if any(speaks_of(payload, one) for one in patterns)
    ]


def _letters(house: House, person: Person, dry_run: bool) -> int:
    """Letters in the mailbox of this machine, to the person or about them."""
    if person.words is None:
        return 0
    return mailbox.erase(house.config.data_dir, partial(speaks_of, words=person.words), dry_run)
