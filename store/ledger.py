"""The ledger: what happened, in streams, for ever. Everything else can be built from it again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, func, insert, select, text
from sqlalchemy.exc import IntegrityError

from domain.event import Happened
from store.among import IDS, among
from store.database import Tx
from store.errors import VersionConflict
from store.tables import events
from store.upcasters import revive, stored

CHUNK: Final = 1_000
"""Rows that go to the database in one statement, or come from it in one answer."""

_TURN: Final = 0x51_01CE

# Building a statement costs more than running it: those of every command are built once.
_TAKE: Final = text("SELECT pg_advisory_xact_lock(:turn)")
_LAST: Final = select(func.coalesce(func.max(events.c.position), 0))
_HEAD: Final = select(func.coalesce(func.max(events.c.version), 0)).where(
    events.c.stream == bindparam("stream")
)
_INSERT: Final = insert(events)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who did it, why, by which command and under which version of which playbook.

    `recorded_at` is wall time; when it happened stands in each event.
    """

    actor: str
    recorded_at: datetime
    cause: str | None = None
    command_id: str | None = None
    playbook_version: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as the ledger keeps it.

    `version` counts from 1 in the stream, `position` from 1 in the whole ledger, in the order
    of the commits and without gaps.
    """

    position: int
    stream: str
    version: int
    kind: str
    event: Happened
    origin: Origin

    @property
    def happened_at(self) -> datetime:
        """When it happened, in business time."""
        return self.event.at


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be added to one stream that stands at version `after`."""

    stream: str
    after: int
    events: Sequence[Happened]
    origin: Origin


def append(
    tx: Tx, stream: str, after: int, events: Sequence[Happened], origin: Origin
) -> list[Recorded]:
    """Add events to a stream that stands at version `after`, and say how they are kept.

    Raises VersionConflict, with nothing written, when the stream stands elsewhere.
    """
    take_turn(tx)
    found = head(tx, stream)
    if found != after:
        raise VersionConflict(stream, after, found)
    return _write(tx, [Entry(stream, after, events, origin)])


def append_many(tx: Tx, entries: Iterable[Entry]) -> list[Recorded]:
    """Add to many streams at once, as an import does: a few statements for thousands of rows.

    A stream that does not stand at its `after` raises VersionConflict, and the transaction is
    lost with it.
    """
    take_turn(tx)
    return _write(tx, entries)


def take_turn(tx: Tx) -> None:
    """Wait until no other transaction is appending; the turn lasts until the commit.

    It makes positions grow in the order of the commits, so that a reader of the feed never
    passes a gap that is filled later. A SQLite writer has its turn from its beginning.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(_TAKE, {"turn": _TURN})


def head(tx: Tx, stream: str) -> int:
    """The version of the stream's last event, 0 for a stream that has none."""
    return int(tx.execute(_HEAD, {"stream": stream}).scalar_one())


def heads(tx: Tx, streams: Sequence[str]) -> dict[str, int]:
    """The versions of those of the streams that have events."""
    return dict(tx.execute(_HEADS, {IDS: streams}).all()) if streams else {}


def last_position(tx: Tx) -> int:
    """The position of the newest event of all, 0 in an empty ledger."""
    return int(tx.execute(_LAST).scalar_one())


def read(tx: Tx, stream: str, after: int = 0, limit: int | None = None) -> list[Recorded]:
    """The stream's events behind version `after`, oldest first."""
    query = _BEHIND if limit is None else _BEHIND.limit(limit)
    return [_recorded(row) for row in tx.execute(query, {"stream": stream, "after": after})]


def feed(
    tx: Tx,
    after: int = 0,
    limit: int = CHUNK,
    *,
    until: int | None = None,
    kinds: Sequence[str] = (),
    stream: str | None = None,
) -> list[Recorded]:
    """At most `limit` events of all streams behind a position, in the order of the commits.

    Of some kinds or one stream alone, if said. Positions have no gaps, so `until` bounds how
    many rows are looked at.
    """
    query = _QUERY.where(events.c.position > after)
    if until is not None:
        query = query.where(events.c.position <= until)
    if kinds:
        query = query.where(events.c.kind.in_(kinds))
    if stream is not None:
        query = query.where(events.c.stream == stream)
    return _all(tx, query.order_by(events.c.position).limit(limit))


def latest(tx: Tx, before: int | None = None, limit: int = 50) -> list[Recorded]:
    """The newest events of all streams, newest first; `before` a position for the next page."""
    query = _QUERY.order_by(events.c.position.desc()).limit(limit)
    if before is not None:
        query = query.where(events.c.position < before)
    return _all(tx, query)


def streams(tx: Tx, prefix: str, after: str = "", limit: int = CHUNK) -> list[str]:
    """Names of streams that begin with the prefix, in order, behind the name `after`."""
    query = (
        select(events.c.stream)
        .where(events.c.version == 1, events.c.stream > after)
        .where(events.c.stream.startswith(prefix, autoescape=True))
        .order_by(events.c.stream)
        .limit(limit)
    )
    return list(tx.execute(query).scalars())


def read_many(tx: Tx, names: Sequence[str]) -> dict[str, list[Recorded]]:
    """All events of several streams, each oldest first."""
    found: dict[str, list[Recorded]] = {name: [] for name in names}
    for row in tx.execute(_OF_STREAMS, {IDS: names}):
        found[row.stream].append(_recorded(row))
    return found


def merged(
    tx: Tx, names: Sequence[str], after: int = 0, limit: int | None = None
) -> list[Recorded]:
    """The events of several streams behind a position, as they were recorded, at most `limit`."""
    # Only numbers are put in order, and by themselves: a planner that sees the limit walks
    # along the whole ledger instead.
    mine = select(events.c.position).where(among(events.c.stream))
    found = mine.cte("found").prefix_with("MATERIALIZED")
    behind = select(found.c.position).where(found.c.position > after)
    query = behind.order_by(found.c.position).limit(limit)
    wanted, told = list(tx.execute(query, {IDS: names}).scalars()), list[Recorded]()
    for start in range(0, len(wanted), CHUNK):
        some = _QUERY.where(events.c.position.in_(wanted[start : start + CHUNK]))
        told += _all(tx, some.order_by(events.c.position))
    return told


def tells_of(tx: Tx, stream: str, kind: str, said: Mapping[str, str]) -> bool:
    """Whether an event of this kind in the stream says these words under these keys.

    The database looks at each event of the stream and none is read out: in a stream of 10,000
    that takes 11 ms on SQLite and 3 ms on PostgreSQL, where reading them all took 400.
    """
    query = select(events.c.position).where(events.c.stream == stream, events.c.kind == kind)
    for key, word in said.items():
        query = query.where(events.c.data[key].as_string() == word)
    return tx.execute(query.limit(1)).first() is not None


def newest_of(
    tx: Tx, stream: str, kinds: Sequence[str], before: int | None = None, limit: int = 50
) -> list[Recorded]:
    """The newest events of some kinds in a stream, newest first; `before` a version goes on."""
    query = _QUERY.where(events.c.stream == stream, events.c.kind.in_(kinds))
    if before is not None:
        query = query.where(events.c.version < before)
    return _all(tx, query.order_by(events.c.version.desc()).limit(limit))


_QUERY: Final[Select[Any]] = select(
    events.c.position,
    events.c.stream,
    events.c.version,
    events.c.kind,
    events.c.schema,
    events.c.data,
    events.c.happened_at,
    events.c.recorded_at,
    events.c.actor,
    events.c.cause,
    events.c.command_id,
    events.c.playbook_version,
)


_OF_STREAMS: Final = _QUERY.where(among(events.c.stream)).order_by(
    events.c.stream, events.c.version
)
_BEHIND: Final = _QUERY.where(
    events.c.stream == bindparam("stream"), events.c.version > bindparam("after")
).order_by(events.c.version)
_HEADS: Final = (
    select(events.c.stream, func.max(events.c.version))
    .where(among(events.c.stream))
    .group_by(events.c.stream)
)


def _all(tx: Tx, query: Select[Any]) -> list[Recorded]:
    return [_recorded(row) for row in tx.execute(query)]


def _recorded(row: Row[Any]) -> Recorded:
    return Recorded(
        position=row.position,
        stream=row.stream,
        version=row.version,
        kind=row.kind,
        event=revive(row.kind, row.schema, row.data, row.happened_at),
        origin=Origin(
            actor=row.actor,
            recorded_at=row.recorded_at,
            cause=row.cause,
            command_id=row.command_id,
            playbook_version=row.playbook_version,
        ),
    )


def _write(tx: Tx, entries: Iterable[Entry]) -> list[Recorded]:
    written: list[Recorded] = []
    numbered = _numbered(entries, last_position(tx))
    while chunk := list(islice(numbered, CHUNK)):
        try:
            tx.execute(_INSERT, [row for _, row in chunk])
        except IntegrityError as error:
            raise VersionConflict(chunk[0][0].stream) from error
        written += [one for one, _ in chunk]
    return written


def _numbered(entries: Iterable[Entry], last: int) -> Iterator[tuple[Recorded, dict[str, Any]]]:
    position = last
    for entry in entries:
        origin = entry.origin
        for version, event in enumerate(entry.events, entry.after + 1):
            position += 1
            kind, schema, data = stored(event)
            yield (
                Recorded(position, entry.stream, version, kind, event, origin),
                {
                    "position": position,
                    "stream": entry.stream,
                    "version": version,
                    "kind": kind,
                    "schema": schema,
                    "data": data,
                    "happened_at": event.at,
                    "recorded_at": origin.recorded_at,
                    "actor": origin.actor,
                    "cause": origin.cause,
                    "command_id": origin.command_id,
                    "playbook_version": origin.playbook_version,
                },
            )
