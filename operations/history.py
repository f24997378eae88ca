"""What happened to a deal or a contact, what will happen next, and why: for people and programs."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from domain.agenda import Aggregate
from domain.event import Happened
from domain.explaining.entry import Heard, Known
from domain.explaining.explain import explain
from domain.facts import Facts
from domain.sentences import sentence
from operations import contacts, deals
from operations.deal_view import View
from operations.desk import reaching
from operations.house import House
from operations.looking_back import AsOf, Look, look, with_ended
from operations.naming import names_in
from operations.upcoming import Upcoming, planned
from store import texts, timeline, waits
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
    """What comes next for a deal; empty when nothing will happen by itself.

    `as_of` is the moment that was looked back to (business time, UTC), None for now.
    """

    deal_id: str
    version: int
    next: tuple[Upcoming, ...]
    nothing: str | None = None
    as_of: datetime | None = None


class Reason(View):
    """One touch that was made, was not, or is to come, and why; what it would need, if not.

    The words of `status`, and what each field holds, are those of `domain.explaining.entry`.
    `who` is the name of the actor.
    """

    step: str
    status: str
    at: datetime | None
    why: tuple[str, ...]
    would_need: str | None = None
    part: str | None = None
    cause: str | None = None
    rule: str | None = None
    values: dict[str, datetime | str] = {}
    actor: str | None = None
    who: str | None = None
    version: int | None = None
    touch_id: str | None = None


class Explanation(View):
    """Why each touch of a deal was made or was not, the past first, then what is to come."""

    deal_id: str
    version: int
    touches: tuple[Reason, ...]
    as_of: datetime | None = None


def of_deal(
    house: House,
    deal_id: str,
    *,
    zone: tzinfo = UTC,
    after: int = 0,
    limit: int | None = None,
    as_of: AsOf | None = None,
) -> list[Line]:
    """The events of a deal behind a version, in the order in which they were recorded.

    Moments are told in `zone`. Raises NotFound.
    """
    with reaching("the database"), house.store.read() as tx:
        if as_of is None:
            deals.find(tx, deal_id)
            recorded = timeline.of_deal(tx, deal_id, after=after, limit=limit)
        else:
            recorded = look(tx, house, deal_id, as_of).recorded(tx, after, limit)
        return lines(tx, recorded, zone, texts.of(tx, deal_id))


def of_contact(house: House, who: str, *, zone: tzinfo = UTC) -> list[Line]:
    """What happened to a contact and in its deals, as it was recorded. Raises NotFound."""
    with reaching("the database"), house.store.read() as tx:
        one = contacts.find(tx, house, who)
        return lines(tx, timeline.of_contact(tx, one.contact_id), zone, {})


def page_of_contact(
    house: House, who: str, *, after: int = 0, limit: int = 100, zone: tzinfo = UTC
) -> tuple[list[Line], int | None]:
    """The same page by page: some lines behind a position, and the one to go on behind."""
    with reaching("the database"), house.store.read() as tx:
        its_id = contacts.find(tx, house, who).contact_id
        found = timeline.of_contact(tx, its_id, after=after, limit=limit + 1)
        following = found[limit - 1].position if len(found) > limit else None
        return lines(tx, found[:limit], zone, {}), following


def coming(house: House, deal_id: str, *, as_of: AsOf | None = None) -> Coming:
    """What will happen to a deal by itself, in order of time, with the further steps.

    As of a moment: what was to happen then, by what is known of it. Raises NotFound.
    """
    with reaching("the database"), house.store.read() as tx:
        return coming_in(look(tx, house, deal_id, as_of))


def coming_in(seen: Look) -> Coming:
    """The same for a deal that was looked at."""
    found = tuple(planned(seen.deal, seen.facts, seen.known))
    why = None
    if not found:
        why = "nothing is due: no sequence runs, no limit ticks, nothing was promised"
    return Coming(
        deal_id=seen.deal.deal_id,
        version=seen.deal.version,
        next=found,
        nothing=why,
        as_of=seen.as_of.at if seen.as_of else None,
    )


def explained(
    house: House, deal_id: str, *, zone: tzinfo = UTC, as_of: AsOf | None = None
) -> Explanation:
    """Why each touch of a deal was made or was not, and what those to come wait for.

    Moments in the sentences are told in `zone`. Raises NotFound.
    """
    with reaching("the database"), house.store.read() as tx:
        seen = look(tx, house, deal_id, as_of)
        touches = explained_in(tx, seen, seen.recorded(tx), zone)
    return Explanation(
        deal_id=deal_id,
        version=seen.deal.version,
        touches=tuple(touches),
        as_of=as_of.at if as_of else None,
    )


def explained_in(tx: Tx, seen: Look, recorded: Sequence[Recorded], zone: tzinfo) -> list[Reason]:
    """The same for a deal that was looked at, with names in the place of ids."""
    return reasons(tx, seen.deal, seen.facts, recorded, zone, seen.known)


def reasons(
    tx: Tx,
    state: Aggregate,
    facts: Facts,
    recorded: Sequence[Recorded],
    zone: tzinfo,
    known: Known,
) -> list[Reason]:
    """Why each touch of a deal or a nurture was made or was not, and what those to come wait for.

    `recorded` is its whole stream, `known` what keeps its mail back as a whole.
    """
    heard = [Heard(one.event, one.version, one.origin.actor) for one in recorded]
    known = replace(known, waits=waits.of_stream(tx, state.stream))
    found = explain(heard, state, with_ended(tx, state, facts), zone=zone, known=known)
    named = names_in(tx, [text for one in found for text in (*one.why, one.actor or "")])
    return [
        Reason(
            step=one.step,
            status=one.status,
            at=one.at,
            why=tuple(map(named, one.why)),
            would_need=one.would_need,
            part=one.part,
            cause=one.cause,
            rule=one.rule,
            values=dict(one.values),
            actor=one.actor,
            who=named(one.actor) if one.actor else None,
            version=one.version,
            touch_id=one.touch_id,
        )
        for one in found
    ]


def lines(
    tx: Tx,
    recorded: Sequence[Recorded],
    zone: tzinfo,
    notes: dict[str, str],
    short: Collection[int] = (),
) -> list[Line]:
    """Events as people read them, with names in the place of ids.

    Those of the versions in `short` are told without their grounds.
    """
    told = [(one, sentence(one.event, zone, grounds=one.version not in short)) for one in recorded]
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


def _note(event: Happened, notes: dict[str, str]) -> str | None:
    return notes.get(getattr(event, "note_id", None) or "")
