"""What a decision about a deal or a nurture may look at, gathered from the tables."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, cast

from pydantic import BaseModel

from domain.deal import Deal
from domain.facts import Facts, PersonFacts, Rules
from domain.nurture import NurtureRun
from domain.playbooks.parts import LimitsPart, PipelinePart
from domain.playbooks.sequence import Sequence as StepSequence
from domain.refusal import NotFound
from domain.times.calendar import Calendar
from store import contacts, people, playbooks, sends
from store.database import Tx
from store.playbooks import Edition
from store.sends import Send

PINNED = ("pipeline", "calendar")
"""Parts that a deal keeps in the version that it opened with."""


def facts_for(
    tx: Tx,
    state: Deal | NurtureRun,
    now: datetime,
    grace: timedelta,
    *,
    playbook: str | None = None,
    contact_ids: Iterable[str] = (),
    person_ids: Iterable[str] = (),
) -> Facts:
    """Everything that a rule may know about this deal or nurture at `now` (business time).

    `playbook` names the rules of a deal that is about to open; `contact_ids` and `person_ids`
    are further ones that a command speaks of. Raises NotFound for an unknown playbook.
    """
    rules = rules_for(tx, state, playbook)
    who = {*contact_ids, *_contacts_of(state)}
    staff = {*person_ids, *_people_of(state)}
    unsent = sends.open_of(tx, state.stream)
    return Facts(
        now=now,
        rules=rules,
        contacts=contacts.facts(tx, sorted(who), now) if who else {},
        people=_people(tx, sorted(staff)),
        groups=people.groups(tx),
        open_sends=_next_tries(unsent),
        waits_for=_reasons(unsent),
        grace=grace,
    )


def facts_for_many(
    tx: Tx, states: Sequence[Deal | NurtureRun], now: datetime, grace: timedelta
) -> dict[str, Facts]:
    """The facts of many deals or nurtures by stream, with a few questions for all of them."""
    who = sorted({one for state in states for one in _contacts_of(state)})
    staff = sorted({one for state in states for one in _people_of(state)})
    known = contacts.facts(tx, who, now) if who else {}
    ours, groups = _people(tx, staff), people.groups(tx)
    unsent = sends.open_of_many(tx, [state.stream for state in states])
    newest: dict[str, Edition | None] = {}
    kept: dict[tuple[object, ...], Rules] = {}
    found: dict[str, Facts] = {}
    for state in states:
        key = _rules_key(state)
        if key not in kept:
            if state.playbook not in newest:
                newest[state.playbook] = playbooks.newest(tx, state.playbook)
            kept[key] = _rules(tx, state, state.playbook, newest[state.playbook])
        rules = kept[key]
        waiting = _next_tries(unsent.get(state.stream, ()))
        found[state.stream] = Facts(
            now=now,
            rules=rules,
            contacts=known,
            people=ours,
            groups=groups,
            open_sends=waiting,
            waits_for=_reasons(unsent.get(state.stream, ())),
            grace=grace,
        )
    return found


def _rules_key(state: Deal | NurtureRun) -> tuple[object, ...]:
    """States that are equal in this have the same rules."""
    pins = frozenset(state.pins.items()) if isinstance(state, Deal) else None
    return state.playbook, pins, frozenset((x.part, x.version) for x in state.active_enrollments)


def sending(facts: Facts, unsent: Sequence[Send]) -> Facts:
    """The facts with the mails of the stream that have not ended as they stand now."""
    return replace(facts, open_sends=_next_tries(unsent), waits_for=_reasons(unsent))


def _next_tries(unsent: Iterable[Send]) -> dict[str, datetime]:
    return {one.touch_id: one.not_before or one.planned_at for one in unsent}


def _reasons(unsent: Iterable[Send]) -> dict[str, str]:
    return {one.touch_id: one.reason for one in unsent if one.reason is not None}


def rules_for(
    tx: Tx, state: Deal | NurtureRun, playbook: str | None = None, at: datetime | None = None
) -> Rules:
    """The rules that hold: pinned parts as pinned, limits newest, sequences pinned and newest.

    With `at` (business time) the newest of that moment. Raises NotFound when the playbook was
    never published.
    """
    name = state.playbook or playbook or ""
    edition = playbooks.newest(tx, name) if at is None else playbooks.newest_at(tx, name, at)
    return _rules(tx, state, name, edition)


def _rules(tx: Tx, state: Deal | NurtureRun, name: str, edition: Edition | None) -> Rules:
    if edition is None:
        raise NotFound(f"there is no playbook {name}", "playbook")
    pins = state.pins if isinstance(state, Deal) and state.pins else _pins(edition)
    wanted = {(part, version) for part, version in edition.parts.items() if part not in pins}
    wanted |= set(pins.items())
    wanted |= {(one.part, one.version) for one in state.active_enrollments}
    found = load_cached(tx, name, wanted)
    sequences = {key: part for key, part in found.items() if ":" in key[0]}
    pipeline = found.get(("pipeline", pins.get("pipeline", 0)))
    limits = found.get(("limits", edition.parts.get("limits", 0)))
    return Rules(
        playbook=name,
        pins=pins,
        calendar=cast(Calendar, found["calendar", pins["calendar"]]),
        pipeline=cast(PipelinePart | None, pipeline),
        limits=cast(LimitsPart | None, limits),
        limits_version=edition.parts.get("limits", 0),
        sequences=cast("dict[tuple[str, int], StepSequence]", sequences),
        newest=edition.parts,
    )


def load_cached(
    tx: Tx, playbook: str, wanted: set[tuple[str, int]]
) -> dict[tuple[str, int], BaseModel]:
    """The parts of these versions; a part never changes, so each is read and parsed once."""
    kept = _kept_parts(str(tx.engine.url), playbook)
    missing = wanted - kept.keys()
    if missing:
        kept.update(playbooks.load_parts(tx, playbook, missing))
    return {key: kept[key] for key in wanted}


@lru_cache(maxsize=256)
def _kept_parts(url: str, playbook: str) -> dict[tuple[str, int], BaseModel]:
    return {}


def _pins(edition: Edition) -> dict[str, int]:
    return {part: edition.parts[part] for part in PINNED if part in edition.parts}


def _contacts_of(state: Deal | NurtureRun) -> set[str]:
    if isinstance(state, NurtureRun):
        return {state.contact_id} - {""}
    enrolled = {one.contact_id for one in state.active_enrollments if one.contact_id}
    return enrolled | {party.contact_id for party in state.contacts}


def _people_of(state: Deal | NurtureRun) -> set[str]:
    owner = state.owner_id if isinstance(state, Deal) else None
    return {owner} if owner else set()


def _people(tx: Tx, person_ids: Sequence[str]) -> dict[str, PersonFacts]:
    if not person_ids:
        return {}
    found: dict[str, Any] = people.load_many(tx, person_ids)
    managers = {one.manager_id for one in found.values() if one.manager_id} - found.keys()
    if managers:
        found |= people.load_many(tx, sorted(managers))
    return {
        person_id: PersonFacts(person_id, one.zone, one.country, one.manager_id)
        for person_id, one in found.items()
        if one.active
    }
