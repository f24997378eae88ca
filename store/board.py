"""Lists of deals: the board's columns, filtered lists page by page, what is due, what is quiet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    and_,
    bindparam,
    or_,
    select,
    union_all,
)

from store import texts
from store.among import IDS, among
from store.database import Tx
from store.tables import deal_contacts, deals
from store.tables.selling import DEAL_HAS_DUE, DEAL_IS_OPEN, DEAL_IS_STAGNANT, DEAL_ON_BOARD


@dataclass(frozen=True, slots=True)
class DealRow:
    """A deal as lists show it. `stagnant` holds the reasons; `title` may be erased (None)."""

    deal_id: str
    version: int
    playbook: str
    stage: str
    status: str
    lost_reason: str | None
    owner_id: str | None
    account_id: str | None
    amount: Decimal | None
    currency: str | None
    product: str | None
    source: str | None
    opened_at: datetime
    stage_entered_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    expected_close: date | None
    stagnant: list[str]
    stagnant_since: datetime | None
    paused: bool
    our_turn_since: datetime | None
    attention: str | None
    next_due: datetime | None
    armed_until: datetime | None
    title: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which deals a list is to show; what is None does not matter."""

    status: str | None = None
    playbook: str | None = None
    stage: str | None = None
    owner_id: str | None = None
    account_id: str | None = None
    contact_id: str | None = None
    stagnant: bool | None = None
    paused: bool | None = None


Cursor = tuple[datetime, str]
"""Where a page ended: the last row's moment and id."""

COLUMNS: Final = [
    *(deals.c[field.name] for field in fields(DealRow) if field.name != "title"),
    texts.title_of(deals.c.deal_id).label("title"),
]
"""What a query selects that `rows_of` is to read, in the order of DealRow's fields."""


def page(
    tx: Tx, wanted: Wanted | None = None, *, after: Cursor | None = None, limit: int = 50
) -> tuple[list[DealRow], Cursor | None]:
    """One page of deals, last changed first, and where the next one begins (None: no more)."""
    return _newest(tx, select(*COLUMNS).where(*_conditions(wanted or Wanted())), after, limit)


def board(
    tx: Tx,
    playbook: str,
    stages: Sequence[str],
    owner_id: str | None = None,
    limit: int = 50,
    after: Mapping[str, Cursor] | None = None,
    further: int | None = None,
) -> dict[str, tuple[list[DealRow], Cursor | None]]:
    """One page of each column, open and won deals, and where the next begins (None: no more).

    Last changed first; a column goes on behind its cursor in `after`, with `further` deals (None:
    as many as the others). One question for all of them, each answered from its own piece of the
    index.
    """
    if not stages:
        return {}
    places = after or {}
    query = _columns(owner_id is not None, tuple(stage in places for stage in stages))
    most = {stage: (further or limit) if stage in places else limit for stage in stages}
    told: dict[str, Any] = {"playbook": playbook, "owner_id": owner_id}
    told |= of_columns(stages, places, most)
    rows = rows_of(tx, query, told)
    return {
        stage: _page([row for row in rows if row.stage == stage], most[stage]) for stage in stages
    }


def of_columns(
    stages: Sequence[str], places: Mapping[str, Cursor], most: Mapping[str, int]
) -> dict[str, Any]:
    """The parameters of each column by its number: stage, cursor, and one more than are shown."""
    told: dict[str, Any] = {}
    for number, stage in enumerate(stages):
        told[f"stage_{number}"], told[f"most_{number}"] = stage, most[stage] + 1
        if stage in places:
            told[f"at_{number}"], told[f"deal_id_{number}"] = places[stage]
    return told


@lru_cache(maxsize=64)
def _columns(of_owner: bool, turned: tuple[bool, ...]) -> CompoundSelect[Any]:
    """The statement for so many columns, some of them turned; made once, which costs more."""
    return union_all(*(_piece(of_owner, number, on) for number, on in enumerate(turned)))


def _piece(of_owner: bool, number: int, turned: bool) -> Select[Any]:
    stage: ColumnElement[str] = bindparam(f"stage_{number}")
    query = select(*COLUMNS).where(
        DEAL_ON_BOARD, deals.c.playbook == bindparam("playbook"), deals.c.stage == stage
    )
    if of_owner:
        query = query.where(deals.c.owner_id == bindparam("owner_id"))
    if turned:
        query = query.where(behind_of(number))
    newest = query.order_by(deals.c.updated_at.desc(), deals.c.deal_id.desc())
    # A limit inside a union needs brackets, which SQLite knows only as a subquery.
    return select(newest.limit(bindparam(f"most_{number}", type_=Integer)).subquery("page"))


def stagnant(tx: Tx, owner_id: str | None = None, limit: int = 50) -> list[DealRow]:
    """Stagnant deals, those that have been flagged longest first."""
    query = select(*COLUMNS).where(DEAL_IS_STAGNANT)
    if owner_id is not None:
        query = query.where(deals.c.owner_id == owner_id)
    return rows_of(tx, query.order_by(deals.c.stagnant_since, deals.c.deal_id).limit(limit))


def of_ids(tx: Tx, deal_ids: Sequence[str]) -> dict[str, DealRow]:
    """The deals of those ids that exist, a page of them."""
    if not deal_ids:
        return {}
    return {row.deal_id: row for row in rows_of(tx, _OF_IDS, {IDS: deal_ids})}


_OF_IDS: Final = select(*COLUMNS).where(among(deals.c.deal_id))


def of_owner(tx: Tx, owner_id: str, limit: int = 1_000) -> list[DealRow]:
    """The open deals of a person, last changed first."""
    query = select(*COLUMNS).where(DEAL_IS_OPEN, deals.c.owner_id == owner_id)
    newest = query.order_by(deals.c.updated_at.desc(), deals.c.deal_id.desc())
    return rows_of(tx, newest.limit(limit))


def waiting(tx: Tx, owner_id: str, limit: int = 1_000) -> list[DealRow]:
    """Open deals of a person that wait for our answer or have gone quiet, last changed first."""
    waits = or_(deals.c.our_turn_since.is_not(None), deals.c.stagnant_since.is_not(None))
    query = select(*COLUMNS).where(DEAL_IS_OPEN, deals.c.owner_id == owner_id, waits)
    newest = query.order_by(deals.c.updated_at.desc(), deals.c.deal_id.desc())
    return rows_of(tx, newest.limit(limit))


def due(
    tx: Tx,
    until: datetime,
    *,
    owner_id: str | None = None,
    after: Cursor | None = None,
    limit: int = 500,
) -> list[DealRow]:
    """Deals with something to do until a moment, the earliest first, behind a cursor."""
    query = select(*COLUMNS).where(DEAL_HAS_DUE, deals.c.next_due <= until)
    if owner_id is not None:
        query = query.where(deals.c.owner_id == owner_id)
    if after is not None:
        at, deal_id = after
        later = and_(deals.c.next_due == at, deals.c.deal_id > deal_id)
        query = query.where(or_(deals.c.next_due > at, later))
    return rows_of(tx, query.order_by(deals.c.next_due, deals.c.deal_id).limit(limit))


def row(tx: Tx, deal_id: str) -> DealRow | None:
    """One deal as lists show it."""
    found = rows_of(tx, select(*COLUMNS).where(deals.c.deal_id == deal_id))
    return found[0] if found else None


def ids(tx: Tx, after: str = "", limit: int = 1_000, playbook: str | None = None) -> list[str]:
    """Ids of all deals, or of those of a playbook, in order, behind an id: for batches."""
    query = select(deals.c.deal_id).where(deals.c.deal_id > after)
    if playbook is not None:
        query = query.where(deals.c.playbook == playbook)
    return list(tx.execute(query.order_by(deals.c.deal_id).limit(limit)).scalars())


def _newest(
    tx: Tx, query: Select[Any], after: Cursor | None, limit: int
) -> tuple[list[DealRow], Cursor | None]:
    return _page(rows_of(tx, _first(query, after, limit)), limit)


def _first(query: Select[Any], after: Cursor | None, limit: int) -> Select[Any]:
    """One row more than a page, which says whether there is another."""
    if after is not None:
        query = query.where(behind(after))
    return query.order_by(deals.c.updated_at.desc(), deals.c.deal_id.desc()).limit(limit + 1)


def _page(rows: list[DealRow], limit: int) -> tuple[list[DealRow], Cursor | None]:
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], (last.updated_at, last.deal_id)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for name in ("playbook", "stage", "owner_id", "account_id", "paused"):
        value = getattr(wanted, name)
        if value is not None:
            found.append(deals.c[name] == value)
    if wanted.status is not None:
        # The literal condition lets the partial indexes serve the common case.
        found.append(DEAL_IS_OPEN if wanted.status == "open" else deals.c.status == wanted.status)
    if wanted.stagnant is not None:
        found.append(DEAL_IS_STAGNANT if wanted.stagnant else deals.c.stagnant_since.is_(None))
    if wanted.contact_id is not None:
        of_contact = select(deal_contacts.c.deal_id).where(
            deal_contacts.c.contact_id == wanted.contact_id
        )
        found.append(deals.c.deal_id.in_(of_contact))
    return found


def behind(after: tuple[Any, Any]) -> ColumnElement[bool]:
    """What stands behind a cursor, last changed first."""
    at, deal_id = after
    same = and_(deals.c.updated_at == at, deals.c.deal_id < deal_id)
    return or_(deals.c.updated_at < at, same)


def behind_of(number: int) -> ColumnElement[bool]:
    """The same of a cursor whose halves are given as `at_N` and `deal_id_N`."""
    at = bindparam(f"at_{number}", type_=deals.c.updated_at.type)
    return behind((at, bindparam(f"deal_id_{number}")))


def rows_of(
    tx: Tx, query: Select[Any] | CompoundSelect[Any], told: Mapping[str, Any] | None = None
) -> list[DealRow]:
    """The deals of a query of COLUMNS (with the parameters `told`)."""
    return [DealRow(*one) for one in tx.execute(query, told)]
