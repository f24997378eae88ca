"""Stage totals: how many deals stand where, and what they are worth. Kept as deals change."""

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
from store.tables import deals, stage_totals

Key = tuple[str, str, str, str, str]
"""Playbook, stage, status, owner ("" for none) and currency ("" for none)."""

_KEYS: Final = ("playbook", "stage", "status", "owner_id", "currency")


@dataclass(frozen=True, slots=True)
class Total:
    """How many deals of one kind there are, and the sum of their amounts in one currency."""

    playbook: str
    stage: str
    status: str
    owner_id: str | None
    currency: str | None
    deals: int
    amount: Decimal


def list_of(tx: Tx, playbook: str, owner_id: str | None = None) -> list[Total]:
    """The totals of a playbook's stages, of one owner or of all, by stage and status."""
    query = select(stage_totals).where(stage_totals.c.playbook == playbook)
    if owner_id is not None:
        query = query.where(stage_totals.c.owner_id == owner_id)
    return [_total(row) for row in tx.execute(query.order_by(*stage_totals.primary_key))]


def all_of(tx: Tx) -> list[Total]:
    """Every total that is kept."""
    query = select(stage_totals).order_by(*stage_totals.primary_key)
    return [_total(row) for row in tx.execute(query)]


def counted(tx: Tx) -> list[Total]:
    """What `all_of` must be, counted from the deals themselves: reads every deal."""
    keys = [func.coalesce(deals.c[name], "").label(name) for name in _KEYS]
    amount = func.coalesce(func.sum(deals.c.amount), 0, type_=deals.c.amount.type)
    query: Select[Any] = select(*keys, func.count().label("deals"), amount.label("amount"))
    rows = tx.execute(query.group_by(*keys).order_by(*keys))
    return [_total(row) for row in rows]


def move(tx: Tx, deal: Deal) -> None:
    """Take the deal out of the total it is kept in and count it where it stands now."""
    kept = tx.execute(_KEPT, {"deal_id": deal.deal_id}).first()
    now, worth = _key(deal), deal.amount or Decimal(0)
    if kept is None:
        _change(tx, {now: (1, worth)})
        return
    was = (kept.playbook, kept.stage, kept.status, kept.owner_id or "", kept.currency or "")
    before = kept.amount or Decimal(0)
    if was == now:
        if before != worth:
            _change(tx, {now: (0, worth - before)})
        return
    _change(tx, {was: (-1, -before), now: (1, worth)})


def add(tx: Tx, fresh: Iterable[Deal]) -> None:
    """Count deals that were not there before."""
    sums: defaultdict[Key, tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for deal in fresh:
        count, amount = sums[_key(deal)]
        sums[_key(deal)] = (count + 1, amount + (deal.amount or Decimal(0)))
    _change(tx, sums)


def _key(deal: Deal) -> Key:
    return (deal.playbook, deal.stage, deal.status, deal.owner_id or "", deal.currency or "")


def _change(tx: Tx, changes: dict[Key, tuple[int, Decimal]]) -> None:
    rows = [
        {**dict(zip(_KEYS, key, strict=True)), "deals": count, "amount": amount}
        for key, (count, amount) in sorted(changes.items())
    ]
    if not rows:
        return
    tx.execute(_added(tx.dialect.name), rows)
    if any(count < 0 for count, _ in changes.values()):
        tx.execute(_EMPTY)


_KEPT: Final = select(*(deals.c[name] for name in _KEYS), deals.c.amount).where(
    deals.c.deal_id == bindparam("deal_id")
)
_EMPTY: Final = delete(stage_totals).where(stage_totals.c.deals == 0)


@lru_cache(maxsize=2)
def _added(dialect: str) -> Insert:
    made = (sqlite if dialect == "sqlite" else postgresql).insert(stage_totals)
    more = {name: stage_totals.c[name] + made.excluded[name] for name in ("deals", "amount")}
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
    )
