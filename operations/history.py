"""What happened to a deal or a contact, what will happen next, and why: for people and programs."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from domain.deal import Deal
from domain.event import Happened
from domain.explaining import explain
from domain.facts import Facts
from domain.playbooks.sequence import Sequence as Steps
from domain.sentences import sentence
from operations import contacts, deals
from operations.deal_view import View
from operations.desk import reaching
from operations.house import House
from operations.naming import names_in
from operations.upcoming import Upcoming, planned
from store import situation, texts, timeline
from store.database import Tx
from store.ledger import Recorded


class Line(View):
    """One event: when it happened and was recorded, who, why, and what in a sentence.

    `actor` is an id or a word, `who` the name of a person with that id, or the same word;
    `note` is what somebody wrote with it, None when nobody did or it was erased.
    """

    version: int
    at: datetime
    recorded_at: datetime
    kind: str
    actor: str
    cause: str | None
    playbook_version: str | None
    text: str
    who: str = ""
    note: str | None = None
    command_id: str | None = None
    stream: str = ""


class Coming(View):
    """What comes next for a deal; empty when nothing will happen by itself."""

    deal_id: str
    version: int
    next: tuple[Upcoming, ...]
    nothing: str | None = None


class Reason(View):
    """One touch that was made, was not, or is to come, and why; what it would need, if not.

    `status` is one of the words of `domain.explaining`; `part` is `cadence:NAME` and the like.
    """

    step: str
    status: str
    at: datetime | None
    why: tuple[str, ...]
    would_need: str | None = None
    part: str | None = None


class Explanation(View):
    """Why each touch of a deal was made or was not, the past first, then what is to come."""

    deal_id: str
    version: int
    touches: tuple[Reason, ...]


def of_deal(
    house: House,
    deal_id: str,
    *,
    zone: tzinfo = UTC,
    after: int = 0,
    limit: int | None = None,
) -> list[Line]:
    """The events of a deal behind a version, oldest first; moments told in `zone`. NotFound."""
    with reaching("the database"), house.store.read() as tx:
        deals.find(tx, deal_id)
        recorded = timeline.of_deal(tx, deal_id, after=after, limit=limit)
        return lines(tx, recorded, zone, texts.of(tx, deal_id))


def of_contact(house: House, who: str, *, zone: tzinfo = UTC) -> list[Line]:
    """What happened to a contact and in its deals, as it was recorded. Raises NotFound."""
    with reaching("the database"), house.store.read() as tx:
        one = contacts.find(tx, house, who)
        return lines(tx, timeline.of_contact(tx, one.contact_id), zone, {})


def coming(house: House, deal_id: str) -> Coming:
    """What will happen to a deal by itself, in order of time, with the further steps."""
    with reaching("the database"), house.store.read() as tx:
        deal = deals.find(tx, deal_id)
        facts = situation.facts_for(tx, deal, house.time.now(), house.time.grace())
        found = tuple(planned(deal, facts))
        why = None
        if not found:
            why = "nothing is due: no sequence runs, no limit ticks, nothing was promised"
        return Coming(deal_id=deal_id, version=deal.version, next=found, nothing=why)


def explained(house: House, deal_id: str) -> Explanation:
    """Why each touch of a deal was made or was not, and what those to come wait for. NotFound."""
    with reaching("the database"), house.store.read() as tx:
        deal = deals.find(tx, deal_id)
        events = [one.event for one in timeline.of_deal(tx, deal_id)]
        facts = situation.facts_for(tx, deal, house.time.now(), house.time.grace())
        facts = _with_ended(tx, deal, facts)
    found = [
        Reason(
            step=one.step,
            status=one.status,
            at=one.at,
            why=tuple(one.why),
            would_need=one.would_need,
            part=one.part,
        )
        for one in explain(events, deal, facts)
    ]
    return Explanation(deal_id=deal_id, version=deal.version, touches=tuple(found))


def lines(tx: Tx, recorded: Sequence[Recorded], zone: tzinfo, notes: dict[str, str]) -> list[Line]:
    """Events as people read them, with names in the place of ids."""
    told = [(one, sentence(one.event, zone)) for one in recorded]
    named = names_in(tx, [*(text for _, text in told), *(one.origin.actor for one in recorded)])
    return [
        Line(
            version=one.version,
            at=one.happened_at,
            recorded_at=one.origin.recorded_at,
            kind=one.kind,
            actor=one.origin.actor,
            cause=one.origin.cause,
            playbook_version=one.origin.playbook_version,
            text=named(text),
            who=named(one.origin.actor),
            note=_note(one.event, notes),
            command_id=one.origin.command_id,
            stream=one.stream,
        )
        for one, text in told
    ]


def _with_ended(tx: Tx, deal: Deal, facts: Facts) -> Facts:
    """The facts with the sequences of enrollments that have ended, in their versions."""
    wanted = {(one.part, one.version) for one in deal.enrollments}
    parts = situation.load_cached(tx, deal.playbook, wanted)
    known = {key: part for key, part in parts.items() if isinstance(part, Steps)}
    sequences = {**facts.rules.sequences, **known}
    return replace(facts, rules=replace(facts.rules, sequences=sequences))


def _note(event: Happened, notes: dict[str, str]) -> str | None:
    return notes.get(getattr(event, "note_id", None) or "")
