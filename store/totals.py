"""Stage totals: how many deals stand where, their worth, the stagnant. Kept as deals change."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Select, bindparam, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

from domain.deal import Deal
from store.database import Tx
from store.snapshot import known
from store.tables import deals, stage_totals

Key = tuple[str, str, str, str, str]
"""Playbook, stage, status, owner ("" for none) and currency ("" for none)."""

Change = tuple[int, Decimal, int]
"""By how much the numbers of deals, of amounts and of stagnant deals change."""

_KEYS: Final = ("playbook", "stage", "status", "owner_id", "currency")
_SUMS: Final = ("deals", "amount", "stagnant")


@dataclass(frozen=True, slots=True)
class Total:
    """How many deals of one kind there are, their amounts in one currency, the stagnant ones."""

    playbook: str
    stage: str
    status: str
    owner_id: str | None
    currency: str | None
    deals: int
    amount: Decimal
    stagnant: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How many deals stand in a stage with a status and a currency, whoever owns them."""

    stage: str
    status: str
    currency: str | None
    deals: int
    amount: Decimal


def by_stage(tx: Tx, playbook: str, owner_id: str | None = None) -> list[Standing]:
    """The totals of a playbook's stages, of one owner or of all together."""
    query = _STANDING if owner_id is None else _STANDING_OF_ONE
    told = {"playbook": playbook, "owner_id": owner_id}

    def ask(tx: Tx) -> list[Standing]:
        return [Standing(s, t, c or None, n, a) for s, t, c, n, a in tx.execute(query, told)]

    return known(tx, ("standing", playbook, owner_id), ask)


def stagnant(tx: Tx) -> int:
    """How many deals of the house are stagnant."""
    return int(tx.execute(STAGNANT).scalar_one())


def all_of(tx: Tx) -> list[Total]:
    """Every total that is kept."""
    query = select(stage_totals).order_by(*stage_totals.primary_key)
    return [_total(row) for row in tx.execute(query)]


def counted(tx: Tx) -> list[Total]:
    """What `all_of` must be, counted from the deals themselves: reads every deal."""
    keys = [func.coalesce(deals.c[name], "").label(name) for name in _KEYS]
    amount = func.coalesce(func.sum(deals.c.amount), 0, type_=deals.c.amount.type)
    flagged = func.count(deals.c.stagnant_since).label("stagnant")
    query: Select[Any] = select(*keys, func.count().label("deals"), amount.label("amount"), flagged)
    rows = tx.execute(query.group_by(*keys).order_by(*keys))
    return [_total(row) for row in rows]


def move(tx: Tx, deal: Deal) -> None:
    """Take the deal out of the total it is kept in and count it where it stands now."""
    kept = tx.execute(_KEPT, {"deal_id": deal.deal_id}).first()
    now, (_, worth, quiet) = _key(deal), _one(deal)
    if kept is None:
        _change(tx, {now: (1, worth, quiet)})
        return
    was = (kept.playbook, kept.stage, kept.status, kept.owner_id or "", kept.currency or "")
    before, flagged = kept.amount or Decimal(0), int(kept.stagnant_since is not None)
    if was != now:
        _change(tx, {was: (-1, -before, -flagged), now: (1, worth, quiet)})
    elif (before, flagged) != (worth, quiet):
        _change(tx, {now: (0, worth - before, quiet - flagged)})


def add(tx: Tx, fresh: Iterable[Deal]) -> None:
    """Count deals that were not there before."""
    sums: defaultdict[Key, Change] = defaultdict(lambda: (0, Decimal(0), 0))
    for deal in fresh:
        (count, amount, quiet), one = sums[_key(deal)], _one(deal)
        sums[_key(deal)] = (count + one[0], amount + one[1], quiet + one[2])
    _change(tx, sums)


def _one(deal: Deal) -> Change:
    return 1, deal.amount or Decimal(0), int(deal.stagnant_since is not None)


def _key(deal: Deal) -> Key:
    return (deal.playbook, deal.stage, deal.status, deal.owner_id or "", deal.currency or "")


def _change(tx: Tx, changes: dict[Key, Change]) -> None:
    rows = [
        dict(zip((*_KEYS, *_SUMS), (*key, *change), strict=True))
        for key, change in sorted(changes.items())
    ]
    if not rows:
        return
    tx.execute(_added(tx.dialect.name), rows)
    if any(count < 0 for count, _, _ in changes.values()):
        tx.execute(_EMPTY)


_T: Final = stage_totals.c
_STANDING: Final = (
    select(_T.stage, _T.status, _T.currency, func.sum(_T.deals), func.sum(_T.amount))
    .where(_T.playbook == bindparam("playbook"))
    .group_by(_T.stage, _T.status, _T.currency)
    .order_by(_T.stage, _T.status, _T.currency)
)
_STANDING_OF_ONE: Final = _STANDING.where(_T.owner_id == bindparam("owner_id"))
STAGNANT: Final = select(func.coalesce(func.sum(_T.stagnant), 0))
_KEPT: Final = select(
    *(deals.c[name] for name in _KEYS), deals.c.amount, deals.c.stagnant_since
).where(deals.c.deal_id == bindparam("deal_id"))
_EMPTY: Final = delete(stage_totals).where(stage_totals.c.deals == 0)


@lru_cache(maxsize=2)
def _added(dialect: str) -> Insert:
    made = (sqlite if dialect == "sqlite" else postgresql).insert(stage_totals)
    more = {name: stage_totals.c[name] + made.excluded[name] for name in _SUMS}
    added: Insert = made.on_conflict_do_update(index_elements=list(_KEYS), set_=more)
    return added


def _total(row: Any) -> Total:
    return Total(
        row.playbook,
        row.stage,
        row.status,
        row.owner_id or None,
        row.currency or None,
        row.deals,
        row.amount,
        row.stagnant,
    )
