"""Nurture runs as they stand now: contacts outside a deal, each in one version of a nurture."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, and_, func, or_, select, update

from domain.event import Happened
from domain.nurture import NurtureRun
from store import enrollments, ledger, tasks
from store.among import IDS, among
from store.database import Tx
from store.ledger import Entry, Origin, Recorded
from store.tables import enrollments as enrollments_table
from store.tables import nurtures
from store.upserts import put


@dataclass(frozen=True, slots=True)
class NurtureRow:
    """A nurture run as lists show it."""

    enrollment_id: str
    playbook: str
    part: str
    part_version: int
    contact_id: str
    because: str
    version: int
    status: str
    started_at: datetime
    updated_at: datetime
    next_due: datetime | None
    armed_until: datetime | None


_COLUMNS: Final = [nurtures.c[name] for name in NurtureRow.__slots__]


def lock(tx: Tx, enrollment_id: str) -> bool:
    """Hold the run until the commit; says whether it exists."""
    query = select(nurtures.c.enrollment_id).where(nurtures.c.enrollment_id == enrollment_id)
    return tx.execute(query.with_for_update()).first() is not None


def load(tx: Tx, enrollment_id: str) -> NurtureRun | None:
    """The run as of its last event."""
    query = select(nurtures.c.state).where(nurtures.c.enrollment_id == enrollment_id)
    state = tx.execute(query).scalar()
    return None if state is None else NurtureRun.model_validate(state)


def row(tx: Tx, enrollment_id: str) -> NurtureRow | None:
    """One run as lists show it."""
    found = _rows(tx, select(*_COLUMNS).where(nurtures.c.enrollment_id == enrollment_id))
    return found[0] if found else None


def record(
    tx: Tx,
    before: NurtureRun,
    after: NurtureRun,
    events: Sequence[Happened],
    origin: Origin,
    next_due: datetime | None,
) -> list[Recorded]:
    """Append the events that made `before` into `after`, and keep every read model with them.

    Raises VersionConflict, with nothing written, when the stream stands elsewhere.
    """
    recorded = ledger.append(tx, before.stream, before.version, events, origin)
    tasks.follow(tx, recorded)
    save_many(tx, [(after, next_due)])
    return recorded


def record_new(
    tx: Tx,
    begun: Sequence[tuple[NurtureRun, Sequence[Happened], Origin, datetime | None]],
) -> list[Recorded]:
    """Append the streams of many new runs at once (run, its events, origin, next due)."""
    entries = [Entry(run.stream, 0, events, origin) for run, events, origin, _ in begun]
    recorded = ledger.append_many(tx, entries)
    tasks.follow(tx, recorded)
    save_many(tx, [(run, next_due) for run, _, _, next_due in begun])
    return recorded


def save_many(tx: Tx, runs: Sequence[tuple[NurtureRun, datetime | None]]) -> None:
    """Keep the states of runs and their enrollments; `armed_until` stays as it is."""
    rows = [row for run, next_due in runs if (row := row_of(run, next_due))]
    put(tx, nurtures, rows)
    enrolled = [
        enrollments.row_of(run.enrollment, run.stream, None, run.playbook)
        for run, _ in runs
        if run.enrollment is not None
    ]
    put(tx, enrollments_table, enrolled)


def set_armed(tx: Tx, enrollment_id: str, until: datetime | None) -> None:
    """Remember the moment that the run's workflow sleeps until; None when it has ended."""
    one = update(nurtures).where(nurtures.c.enrollment_id == enrollment_id)
    tx.execute(one.values(armed_until=until))


def sleep_until(tx: Tx, enrollment_id: str, at: datetime | None) -> None:
    """The run is due next at `at` (None: never), and its workflow sleeps until then."""
    one = update(nurtures).where(nurtures.c.enrollment_id == enrollment_id)
    tx.execute(one.values(next_due=at, armed_until=at))


def of_contact(tx: Tx, contact_id: str) -> list[NurtureRow]:
    """The runs of a contact, newest first."""
    query = select(*_COLUMNS).where(nurtures.c.contact_id == contact_id)
    return _rows(tx, query.order_by(nurtures.c.started_at.desc(), nurtures.c.enrollment_id))


def last_starts(
    tx: Tx, playbook: str, part: str, contact_ids: Sequence[str]
) -> dict[str, NurtureRow]:
    """The newest run in a nurture of each of the contacts that ever had one."""
    found: dict[str, NurtureRow] = {}
    query = select(*_COLUMNS).where(
        nurtures.c.playbook == playbook, nurtures.c.part == part, among(nurtures.c.contact_id)
    )
    started = tx.execute(query.order_by(nurtures.c.started_at), {IDS: contact_ids})
    for row in started.mappings():
        found[row["contact_id"]] = NurtureRow(**row)
    return found


def counts(tx: Tx, playbook: str, part: str) -> dict[str, int]:
    """How many runs of a nurture are active and how many have ended."""
    query = select(nurtures.c.status, func.count()).where(
        nurtures.c.playbook == playbook, nurtures.c.part == part
    )
    return dict(tx.execute(query.group_by(nurtures.c.status)).all())


def page(
    tx: Tx, playbook: str, part: str, after: tuple[datetime, str] | None = None, limit: int = 100
) -> list[NurtureRow]:
    """The runs of a nurture in the order of their starts, behind (started_at, id)."""
    query = select(*_COLUMNS).where(nurtures.c.playbook == playbook, nurtures.c.part == part)
    if after is not None:
        at, enrollment_id = after
        same = and_(nurtures.c.started_at == at, nurtures.c.enrollment_id > enrollment_id)
        query = query.where(or_(nurtures.c.started_at > at, same))
    ordered = query.order_by(nurtures.c.started_at, nurtures.c.enrollment_id)
    return _rows(tx, ordered.limit(limit))


def due(
    tx: Tx, until: datetime, *, after: tuple[datetime, str] | None = None, limit: int = 500
) -> list[NurtureRow]:
    """Runs with something to do until a moment, the earliest first, behind (next_due, id)."""
    query = select(*_COLUMNS).where(nurtures.c.next_due.is_not(None), nurtures.c.next_due <= until)
    if after is not None:
        at, enrollment_id = after
        same = and_(nurtures.c.next_due == at, nurtures.c.enrollment_id > enrollment_id)
        query = query.where(or_(nurtures.c.next_due > at, same))
    return _rows(tx, query.order_by(nurtures.c.next_due, nurtures.c.enrollment_id).limit(limit))


def row_of(run: NurtureRun, next_due: datetime | None) -> dict[str, Any] | None:
    """The columns that stand for a run; None before it is enrolled."""
    one = run.enrollment
    if one is None:
        return None
    return {
        "enrollment_id": run.enrollment_id,
        "playbook": run.playbook,
        "part": one.part,
        "part_version": one.version,
        "contact_id": run.contact_id,
        "because": one.because,
        "version": run.version,
        "state": run.model_dump(mode="json"),
        "status": one.status,
        "started_at": one.started_at,
        "updated_at": run.updated_at,
        "next_due": next_due,
    }


def _rows(tx: Tx, query: Select[Any]) -> list[NurtureRow]:
    return [NurtureRow(**row) for row in tx.execute(query).mappings()]
