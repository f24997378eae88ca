"""Events of a contact: what they start, what waited for them, and what they stop.

All of it is written in one transaction, without Temporal; nudges then wake the workflows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from pydantic import TypeAdapter, ValidationError

from activities.contract import nurture_workflow_id
from domain import commands as c
from domain import touch_events as e
from domain.commands import Word
from domain.deal import Deal
from domain.entering import awaits
from domain.event import Happened
from domain.facts import Facts
from domain.following import stopped
from domain.house_events import ContactEvent
from domain.nurture import NurtureRun
from domain.refusal import Malformed
from operations.contacts import find
from operations.desk import reaching
from operations.house import House
from operations.logbook import note
from operations.nurturing.entry import LeftOut, record, sort_out
from operations.nurturing.names import Named, starting_on
from operations.quieting import Fact, Stopped, hold, reach, write
from store import ledger, nudges
from store.contacts import Contact
from store.database import Tx

_WORD: Final = TypeAdapter(Word)


@dataclass(frozen=True)
class NotStarted:
    """A nurture that the event starts for others, and why not for this contact: a stable word."""

    playbook: str
    nurture: str
    reason: str


@dataclass(frozen=True)
class Happening:
    """What an event of a contact did, or would do.

    `already` says that the same event (name and key) was reported before. `told` are running
    nurtures and deals that waited for it or stop on it.
    """

    contact_id: str
    event: str
    key: str | None
    already: bool = False
    started: tuple[str, ...] = ()
    left_out: tuple[NotStarted, ...] = ()
    told: tuple[str, ...] = field(default=())


def report(
    house: House,
    name: str,
    who: str,
    *,
    actor: str,
    key: str | None = None,
    dry_run: bool = False,
) -> Happening:
    """Something happened to a contact (id or address), as marketing's rules name it.

    `key` tells two events of one name apart: the same name and key again do nothing. Raises
    NotFound, Malformed when a nurture that it starts wants a key.
    """
    _check(name, key)
    with reaching("the database"):
        if dry_run:
            with house.store.read() as tx:
                return _would(tx, house, find(tx, house, who), name, key)
        with house.store.write() as tx:
            return _write(tx, house, find(tx, house, who), name, key, actor)


def fact_reached(tx: Tx, house: House, one: Contact, fact: Fact) -> tuple[str, ...]:
    """The deals and nurtures that would be told of the fact."""
    found = reach(tx, house, one, fact).shown(one.contact_id, fact.name)
    return _told(found)


def _write(tx: Tx, house: House, one: Contact, name: str, key: str | None, actor: str) -> Happening:
    hold(tx, one.contact_id)
    if key is not None and _seen(tx, one.contact_id, name, key):
        return Happening(one.contact_id, name, key, already=True)
    starts = _starts(tx, name, key)
    told, _ = write(tx, house, one, _fact(house, one.contact_id, name, key), actor)
    note(tx, house, "report_event", actor=actor, stream=f"contact/{one.contact_id}")
    started: list[str] = []
    out: list[NotStarted] = []
    for named in starts:
        found = sort_out(tx, house, named, [one.contact_id], f"event:{name}")
        record(tx, house, named, found.begun, actor)
        started += [begun.entry.run.enrollment_id for begun in found.begun]
        out += _reasons(named, found.left_out)
    streams = [nurture_workflow_id(its_id) for its_id in started]
    nudges.add(tx, streams, name, house.time.wall())
    return Happening(one.contact_id, name, key, False, tuple(started), tuple(out), _told(told))


def _would(tx: Tx, house: House, one: Contact, name: str, key: str | None) -> Happening:
    if key is not None and _seen(tx, one.contact_id, name, key):
        return Happening(one.contact_id, name, key, already=True)
    told = fact_reached(tx, house, one, _fact(house, one.contact_id, name, key))
    started: list[str] = []
    out: list[NotStarted] = []
    for named in _starts(tx, name, key):
        found = sort_out(tx, house, named, [one.contact_id], f"event:{name}")
        started += [begun.entry.run.enrollment_id for begun in found.begun]
        out += _reasons(named, found.left_out)
    return Happening(one.contact_id, name, key, False, tuple(started), tuple(out), told)


def _fact(house: House, contact_id: str, name: str, key: str | None) -> Fact:
    now = house.time.now()

    def for_deal(deal: Deal, facts: Facts) -> list[c.AnyCommand]:
        if not awaits(deal, name, contact_id, facts):
            return []
        return [c.SeeEvent(name=name, contact_id=contact_id)]

    def for_run(run: NurtureRun, facts: Facts) -> list[Happened]:
        if not awaits(run, name, contact_id, facts):
            return []
        seen = e.EventSeen(at=now, name=name, contact_id=contact_id)
        return [seen, *stopped(run, name, facts, contact_id)]

    event = ContactEvent(at=now, contact_id=contact_id, name=name, key=key)
    return Fact(name, [event], for_deal, for_run)


def _starts(tx: Tx, name: str, key: str | None) -> list[Named]:
    found = starting_on(tx, name)
    for named in found:
        wanted = named.nurture.starts_on.key if named.nurture.starts_on else None
        if wanted is not None and key is None:
            told = f"{name} starts {named.full} once a {wanted}: say which with --key"
            raise Malformed(told, "key")
    return found


def _seen(tx: Tx, contact_id: str, name: str, key: str) -> bool:
    said = {"name": name, "key": key}
    return ledger.tells_of(tx, f"contact/{contact_id}", "contact_event", said)


def _reasons(named: Named, out: Sequence[LeftOut]) -> list[NotStarted]:
    return [NotStarted(named.playbook, named.name, one.reason) for one in out]


def _told(found: Stopped) -> tuple[str, ...]:
    return (
        *(f"deal/{one}" for one in found.deals),
        *(nurture_workflow_id(one) for one in found.nurtures),
    )


def _check(name: str, key: str | None) -> None:
    for what, text in (("event", name), ("key", key or name)):
        try:
            _WORD.validate_python(text)
        except ValidationError:
            told = f'the {what} "{text[:60]}" is not one word of letters, digits and . _ @ : + -'
            raise Malformed(told, what) from None
