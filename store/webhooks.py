"""Endpoints of webhooks and how far each is told, and what became of each event it was told."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Select, delete, func, select, update

from domain.webhooks import RETRY_AFTER
from store.database import Tx
from store.tables import events, webhook_deliveries, webhooks
from store.upserts import insert_if_absent, put

Status = Literal["active", "paused", "disabled"]
State = Literal["waiting", "delivered", "dead"]

_E: Final = webhooks.c
_D: Final = webhook_deliveries.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where another program is told what happens. All times are wall time.

    `settled` is the position up to which every event that it wants is delivered or dead. `told`
    is up to where its workflow was woken, at `told_at`. `ring` counts how often it was to be
    woken in any case, `rung` how often it was. `next_at` is when what failed is tried again. No
    `kinds` means all.
    """

    webhook_id: str
    url: str
    description: str
    kinds: tuple[str, ...]
    status_since: datetime
    created_at: datetime
    created_by: str
    generation: int = 1
    rotated_at: datetime | None = None
    status: Status = "active"
    because: str | None = None
    settled: int = 0
    told: int = 0
    told_at: datetime | None = None
    ring: int = 0
    rung: int = 0
    next_at: datetime | None = None
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of one event at one endpoint.

    `tries` counts since it was first tried or last replayed, `attempts` are the newest ones:
    `at`, `ms`, and `status` with `excerpt`, or `problem`.
    """

    webhook_id: str
    position: int
    kind: str
    status: State = "waiting"
    tries: int = 0
    last_at: datetime | None = None
    next_at: datetime | None = None
    attempts: tuple[dict[str, Any], ...] = ()


def add(tx: Tx, endpoint: Endpoint) -> bool:
    """Keep a new endpoint; False, and nothing changed, when the id is taken."""
    return insert_if_absent(tx, webhooks, asdict(endpoint))


def load(tx: Tx, webhook_id: str, *, lock: bool = False) -> Endpoint | None:
    """The endpoint of that id; locked until the commit, if asked."""
    query = select(webhooks).where(_E.webhook_id == webhook_id)
    found = _endpoints(tx, query.with_for_update() if lock else query)
    return found[0] if found else None


def all_of(tx: Tx) -> list[Endpoint]:
    """Every endpoint, the oldest first."""
    return _endpoints(tx, select(webhooks).order_by(_E.created_at, _E.webhook_id))


def active(tx: Tx) -> list[Endpoint]:
    """Those that are told what happens."""
    return _endpoints(tx, select(webhooks).where(_E.status == "active").order_by(_E.webhook_id))


DISABLED: Final = select(func.count()).select_from(webhooks).where(_E.status == "disabled")
"""How many are told nothing because they said so, or took nothing."""


def troubled(tx: Tx, since: datetime) -> list[tuple[Endpoint, int]]:
    """Endpoints that want a person: each with the events that it failed to take for good since.

    Those that are disabled, and those with dead events; what somebody set aside is no trouble.
    """
    given_up = select(_D.webhook_id, func.count()).where(
        _D.status == "dead", _D.last_at >= since, _D.tries > len(RETRY_AFTER)
    )
    rows = tx.execute(given_up.group_by(_D.webhook_id))
    dead: dict[str, int] = {row[0]: int(row[1]) for row in rows}
    told = [(one, dead.get(one.webhook_id, 0)) for one in all_of(tx)]
    return [(one, count) for one, count in told if one.status == "disabled" or count]


def save(tx: Tx, webhook_id: str, **fresh: Any) -> None:
    """Change some facts of an endpoint."""
    tx.execute(update(webhooks).where(_E.webhook_id == webhook_id).values(**fresh))


def ring(tx: Tx, webhook_id: str, **fresh: Any) -> None:
    """Have the workflow of an endpoint woken, and change some facts of it."""
    save(tx, webhook_id, ring=_E.ring + 1, **fresh)


def looked(tx: Tx, seen: Endpoint, until: int, at: datetime, *, woken: bool) -> None:
    """Keep up to where it was looked for something that an endpoint wants; woken if there was."""
    which = (_E.webhook_id == seen.webhook_id) & (_E.told == seen.told)
    fresh: dict[str, Any] = {"told": until, "told_at": at}
    if woken:
        save(tx, seen.webhook_id, rung=seen.ring)
    elif seen.settled == seen.told:
        # Nothing that it wants lies in between.
        settle(tx, seen.webhook_id, until)
    tx.execute(update(webhooks).where(which).values(**fresh))


def settle(tx: Tx, webhook_id: str, position: int) -> None:
    """Keep that everything up to the position is settled; never goes back."""
    which = (_E.webhook_id == webhook_id) & (_E.settled < position)
    tx.execute(update(webhooks).where(which).values(settled=position))


def remove(tx: Tx, webhook_id: str) -> bool:
    """Forget an endpoint and all that it was told; says whether there was one."""
    tx.execute(delete(webhook_deliveries).where(_D.webhook_id == webhook_id))
    return tx.execute(delete(webhooks).where(_E.webhook_id == webhook_id)).rowcount == 1


def first_wanted(tx: Tx, after: int, until: int, kinds: Sequence[str]) -> int | None:
    """The first position behind `after` and up to `until` with an event of these kinds."""
    query = select(func.min(events.c.position)).where(
        events.c.position > after, events.c.position <= until
    )
    if kinds:
        query = query.where(events.c.kind.in_(kinds))
    found = tx.execute(query).scalar_one()
    return int(found) if found is not None else None


def delivery(tx: Tx, webhook_id: str, position: int) -> Delivery | None:
    """What became of the event at that position."""
    query = select(webhook_deliveries)
    found = _deliveries(tx, query.where(_D.webhook_id == webhook_id, _D.position == position))
    return found[0] if found else None


def deliveries(
    tx: Tx,
    webhook_id: str,
    *,
    status: State | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Delivery]:
    """What became of events, the newest first, from before a position on."""
    query = select(webhook_deliveries).where(_D.webhook_id == webhook_id)
    if status is not None:
        query = query.where(_D.status == status)
    if before is not None:
        query = query.where(_D.position < before)
    return _deliveries(tx, query.order_by(_D.position.desc()).limit(limit))


def head(tx: Tx, endpoint: Endpoint) -> Delivery | None:
    """The event that was tried in its turn and holds up those behind it."""
    return _first(tx, _waiting(endpoint).where(_D.position > endpoint.settled))


def replayed(tx: Tx, endpoint: Endpoint) -> Delivery | None:
    """Of the events that are told again out of their turn, the one that is due first."""
    return _first(tx, _waiting(endpoint).where(_D.position <= endpoint.settled))


def _waiting(endpoint: Endpoint) -> Select[Any]:
    query = select(webhook_deliveries).where(_D.webhook_id == endpoint.webhook_id)
    return query.where(_D.status == "waiting").order_by(_D.next_at, _D.position)


def _first(tx: Tx, query: Select[Any]) -> Delivery | None:
    found = _deliveries(tx, query.limit(1))
    return found[0] if found else None


def keep(tx: Tx, one: Delivery) -> None:
    """Keep what became of an event."""
    put(tx, webhook_deliveries, [asdict(one)])


def counts(tx: Tx) -> dict[tuple[str, str], int]:
    """How many deliveries there are, by endpoint and state."""
    query = select(_D.webhook_id, _D.status, func.count()).group_by(_D.webhook_id, _D.status)
    return {(row[0], row[1]): int(row[2]) for row in tx.execute(query)}


def prune(tx: Tx, webhook_id: str, before: datetime) -> int:
    """Forget what was settled before a moment; says how much that was."""
    old = (_D.webhook_id == webhook_id) & (_D.last_at < before) & (_D.status != "waiting")
    return tx.execute(delete(webhook_deliveries).where(old)).rowcount


def _endpoints(tx: Tx, query: Select[Any]) -> list[Endpoint]:
    rows = tx.execute(query).mappings()
    return [Endpoint(**{**row, "kinds": tuple(row["kinds"])}) for row in rows]


def _deliveries(tx: Tx, query: Select[Any]) -> list[Delivery]:
    rows = tx.execute(query).mappings()
    return [Delivery(**{**row, "attempts": tuple(row["attempts"])}) for row in rows]
