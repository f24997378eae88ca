"""Nurtures: let contacts in, after showing who is left out and why; stop them; show how it goes."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from activities import streams
from activities.contract import nurture_workflow_id
from activities.planning import origin
from domain.agenda import agenda
from domain.ahead import due_of
from domain.evolution import moved_on
from domain.following import stopped
from domain.refusal import NotFound
from operations import contacts as our_contacts
from operations import places
from operations.arming import Sleeper, arm
from operations.desk import reaching
from operations.house import House
from operations.logbook import note
from operations.nurturing.choice import Choice, chosen
from operations.nurturing.entry import Begun, LeftOut, busiest_minute, counted, record, sort_out
from operations.nurturing.names import Named, all_of, find
from store import enrollments, ledger, nudges, nurtures, situation
from store.database import Tx
from store.nurtures import NurtureRow

BATCH: Final = 500
"""Contacts that enter in one transaction."""

Progress = Callable[[str, int, int], None]


def silent(what: str, done: int, total: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True)
class Launch:
    """Who enters a nurture, or would; moments are business time.

    `unknown` are the places in the list of contacts that nobody knows. `busiest_minute` is
    the most first touches that fall into one minute. `started` workflows run already; those
    that are missing are started by the worker.
    """

    playbook: str
    nurture: str
    version: int
    dry_run: bool
    found: int
    enrolled: int
    left_out: dict[str, int]
    out: tuple[LeftOut, ...]
    unknown: tuple[str, ...]
    first_touch: datetime | None
    last_first_touch: datetime | None
    busiest_minute: int
    enrollment_ids: tuple[str, ...]
    started: int = 0


@dataclass(frozen=True)
class Run:
    """One contact in a nurture."""

    enrollment_id: str
    contact_id: str
    version: int
    status: str
    reason: str | None
    started_at: datetime
    next_at: datetime | None
    next: str | None = None


@dataclass(frozen=True)
class NurtureView:
    """How a nurture goes: counts, why runs ended, and runs in the order of their starts.

    `cursor` begins the next page of the runs.
    """

    playbook: str
    nurture: str
    version: int
    active: int
    ended: int
    ended_because: dict[str, int]
    runs: tuple[Run, ...]
    cursor: str | None = None


@dataclass(frozen=True)
class StoppedRuns:
    """Runs that were stopped by hand, or would be."""

    playbook: str
    nurture: str
    dry_run: bool
    stopped: int
    enrollment_ids: tuple[str, ...] = field(default=())


def preview(house: House, name: str, choice: Choice) -> Launch:
    """Who would enter now, and who would not and why. Writes nothing. NotFound, Malformed."""
    with reaching("the database"), house.store.read() as tx:
        named = find(tx, name)
        who = chosen(tx, house, choice)
        found = [sort_out(tx, house, named, some, choice.because) for some in batches(who.ids)]
    begun = [one for each in found for one in each.begun]
    out = [one for each in found for one in each.left_out]
    return _launch(named, len(who.ids), begun, out, who.unknown, dry_run=True)


async def enroll(
    house: House, name: str, choice: Choice, *, actor: str, progress: Progress = silent
) -> Launch:
    """Let the contacts in and start their workflows, a few at a time.

    First touches are spread over the open hours of two days. Asking again lets in only who
    is not in yet. Raises NotFound, Malformed, EngineUnreachable.
    """
    launch, sleepers = await asyncio.to_thread(_enter, house, name, choice, actor, progress)
    if not sleepers:
        return launch
    started = await arm(house, sleepers, "enrolled", partial(progress, "workflows"))
    return replace(launch, started=started)


def stop(
    house: House,
    name: str,
    *,
    actor: str,
    contact: str | None = None,
    dry_run: bool = False,
    progress: Progress = silent,
) -> StoppedRuns:
    """Stop a nurture for one contact (id or address), or for everybody in it."""
    with reaching("the database"):
        with house.store.read() as tx:
            named = find(tx, name)
            its_ids = _running(tx, house, named, contact)
        stream = f"nurture/{named.full}"
        if not dry_run:
            for some in batches(its_ids):
                with house.store.write() as tx:
                    _stop(tx, house, some, actor)
                    note(tx, house, "stop_nurture", actor=actor, stream=stream)
                progress("stopped", len(some), len(its_ids))
    return StoppedRuns(named.playbook, named.name, dry_run, len(its_ids), tuple(its_ids))


def show(
    house: House,
    name: str,
    *,
    contact: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> NurtureView:
    """How the nurture goes, for everybody or for one contact. Raises NotFound, Malformed."""
    with reaching("the database"), house.store.read() as tx:
        named = find(tx, name)
        rows = _rows(tx, house, named, contact, limit + 1, places.read(cursor))
        last = rows[limit - 1] if len(rows) > limit else None
        counts = nurtures.counts(tx, named.playbook, named.part)
        return NurtureView(
            playbook=named.playbook,
            nurture=named.name,
            version=named.version,
            active=counts.get("active", 0),
            ended=counts.get("ended", 0),
            ended_because=_endings(tx, named),
            runs=tuple(_runs(tx, house, rows[:limit])),
            cursor=places.written((last.started_at, last.enrollment_id)) if last else None,
        )


def list_all(house: House) -> list[dict[str, Any]]:
    """Every nurture that is published, with its purpose, what starts it and how many are in."""
    with reaching("the database"), house.store.read() as tx:
        return [
            {
                "playbook": one.playbook,
                "nurture": one.name,
                "version": one.version,
                "purpose": one.nurture.purpose,
                "starts_on": one.nurture.starts_on.event if one.nurture.starts_on else None,
                "again": one.nurture.again,
                "active": nurtures.counts(tx, one.playbook, one.part).get("active", 0),
            }
            for one in all_of(tx)
        ]


def batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """As many contacts as one transaction takes, again and again."""
    for first in range(0, len(ids), BATCH):
        yield ids[first : first + BATCH]


def _enter(
    house: House, name: str, choice: Choice, actor: str, progress: Progress
) -> tuple[Launch, list[Sleeper]]:
    begun: list[Begun] = []
    out: list[LeftOut] = []
    with reaching("the database"):
        with house.store.read() as tx:
            named = find(tx, name)
            who = chosen(tx, house, choice)
        done = 0
        for some in batches(who.ids):
            with house.store.write() as tx:
                # Two launches at once take turns, so that each sees whom the other let in.
                ledger.take_turn(tx)
                found = sort_out(tx, house, named, some, choice.because)
                record(tx, house, named, found.begun, actor)
                stream = f"nurture/{named.full}"
                note(tx, house, "enroll_contacts", actor=actor, stream=stream)
            begun += found.begun
            out += found.left_out
            done += len(some)
            progress("contacts", done, len(who.ids))
    launch = _launch(named, len(who.ids), begun, out, who.unknown, dry_run=False)
    return launch, [sleeper(one) for one in begun]


def sleeper(begun: Begun) -> Sleeper:
    """What the workflow of a new run is told."""
    return Sleeper(begun.entry.run.stream, begun.due, label=begun.label)


def _launch(
    named: Named,
    found: int,
    begun: Sequence[Begun],
    out: Sequence[LeftOut],
    unknown: Sequence[str],
    dry_run: bool,
) -> Launch:
    moments = sorted(one.due for one in begun if one.due is not None)
    return Launch(
        playbook=named.playbook,
        nurture=named.name,
        version=named.version,
        dry_run=dry_run,
        found=found,
        enrolled=len(begun),
        left_out=counted(out),
        out=tuple(out),
        unknown=tuple(unknown),
        first_touch=moments[0] if moments else None,
        last_first_touch=moments[-1] if moments else None,
        busiest_minute=busiest_minute(begun),
        enrollment_ids=tuple(one.entry.run.enrollment_id for one in begun),
    )


def _running(tx: Tx, house: House, named: Named, contact: str | None) -> list[str]:
    if contact is not None:
        its = our_contacts.find(tx, house, contact).contact_id
        rows = nurtures.of_contact(tx, its)
        mine = [r for r in rows if (r.playbook, r.part) == (named.playbook, named.part)]
        found = [row.enrollment_id for row in mine if row.status == "active"]
        if not found:
            raise NotFound(f"{named.full} does not run for this contact", "contact")
        return found
    found, after = [], ""
    while rows_of := enrollments.of_part(tx, named.playbook, named.part, after=after, limit=BATCH):
        found += [row.enrollment_id for row in rows_of if row.deal_id is None]
        after = rows_of[-1].enrollment_id
    return found


def _stop(tx: Tx, house: House, its_ids: Sequence[str], actor: str) -> None:
    for its_id in its_ids:
        nurtures.lock(tx, its_id)
        run = nurtures.load(tx, its_id)
        if run is None or not run.active_enrollments:
            continue
        facts = situation.facts_for(tx, run, house.time.now(), house.time.grace())
        events = stopped(run, "by_hand", facts)
        after = moved_on(run, events)
        told = replace(origin(run, facts, house.time), actor=actor, cause="stop_nurture")
        streams.record(tx, run, after, events, told, due_of(after, facts))
    streams_of = [nurture_workflow_id(its_id) for its_id in its_ids]
    nudges.add(tx, streams_of, "stopped", house.time.wall())


def _endings(tx: Tx, named: Named) -> dict[str, int]:
    found: Counter[str] = Counter()
    after = ""
    while rows := enrollments.of_part(
        tx, named.playbook, named.part, active=False, after=after, limit=1_000
    ):
        found.update(r.reason or "ended" for r in rows if r.status == "ended" and not r.deal_id)
        after = rows[-1].enrollment_id
    return dict(found.most_common())


def _rows(
    tx: Tx,
    house: House,
    named: Named,
    contact: str | None,
    limit: int,
    after: places.Place | None,
) -> list[NurtureRow]:
    """Runs in the order of their starts, behind a place; a contact's own fit on one page."""
    if contact is None:
        return nurtures.page(tx, named.playbook, named.part, after, limit)
    its = our_contacts.find(tx, house, contact).contact_id
    own = (named.playbook, named.part)
    rows = [row for row in nurtures.of_contact(tx, its) if (row.playbook, row.part) == own]
    rows.sort(key=lambda row: (row.started_at, row.enrollment_id))
    behind = [row for row in rows if after is None or (row.started_at, row.enrollment_id) > after]
    return behind[:limit]


def _runs(tx: Tx, house: House, rows: Sequence[NurtureRow]) -> Iterator[Run]:
    for row in rows:
        run = nurtures.load(tx, row.enrollment_id)
        if run is None or run.enrollment is None:
            continue
        facts = situation.facts_for(tx, run, house.time.now(), house.time.grace())
        following = next((item for item in agenda(run, facts) if item.at is not None), None)
        yield Run(
            enrollment_id=row.enrollment_id,
            contact_id=row.contact_id,
            version=row.part_version,
            status=row.status,
            reason=run.enrollment.ended_because,
            started_at=row.started_at,
            next_at=following.at if following else None,
            next=following.name if following else None,
        )
