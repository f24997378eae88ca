"""Columns of the board under filters: looked for among the newest deals of each, never in all.

An index serves a column's order, its owner and its stagnation. What else is asked (product,
size, words) is looked for among so many deals at most, so that a filter that nothing meets costs
no more than one that everything meets.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    Subquery,
    Text,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from domain.size import Size
from store.board import Cursor, DealRow, behind_of, of_columns, of_ids
from store.database import Tx
from store.tables import accounts, deal_texts, deals
from store.tables.selling import DEAL_IS_STAGNANT, DEAL_ON_BOARD
from store.texts import TITLE

LOOK: Final = 3_000
"""How many of a column's newest deals are looked through at most."""

PRODUCTS: Final = 100
"""How many products are offered to choose from at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which deals of a column are meant; what is None does not matter.

    `text` is a piece of a deal's title or of its account's name.
    """

    owner_id: str | None = None
    product: str | None = None
    size: Size | None = None
    stagnant: bool = False
    text: str | None = None

    @property
    def counted(self) -> bool:
        """Whether the kept totals answer it: they know the owner and nothing further."""
        return not (self.product or self.size or self.stagnant or self.text)


@dataclass(frozen=True, slots=True)
class Sum:
    """How many deals of a stage and a currency (None: no amount) meet the filters."""

    stage: str
    currency: str | None
    deals: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found in a column; `edge` is where looking ended before the column did."""

    rows: list[DealRow]
    more: Cursor | None
    edge: Cursor | None


def sift(
    tx: Tx,
    playbook: str,
    stages: Sequence[str],
    filters: Filters,
    limit: int,
    after: Mapping[str, Cursor] | None = None,
    further: int | None = None,
) -> tuple[dict[str, Looked], list[Sum]]:
    """One page of each column, last changed first, and what all that was found adds up to.

    A column goes on behind its cursor in `after`, with `further` deals (None: as many as the
    others); sums are always of the newest. `more` is where
    the next page begins: behind the last row, or where looking ended.
    """
    if not stages:
        return {}, []
    places = after or {}
    shape = _Shape.of(filters, tuple(stage in places for stage in stages))
    most = {stage: (further or limit) if stage in places else limit for stage in stages}
    told = _parameters(playbook, filters) | of_columns(stages, places, most)
    ends: dict[int, list[Cursor]] = {}
    for number, at, deal_id in tx.execute(_edges(shape), told):
        ends.setdefault(number, []).append((at, deal_id))
    found: dict[int, list[str]] = {}
    sums: list[Sum] = []
    for number, deal_id, _, currency, count, amount in tx.execute(_sifted(shape), told).all():
        if deal_id is not None:
            found.setdefault(number, []).append(deal_id)
        else:
            sums.append(Sum(stages[number], currency, count, amount))
    rows = of_ids(tx, [deal_id for ids in found.values() for deal_id in ids])
    shown: dict[str, Looked] = {}
    for number, stage in enumerate(stages):
        some, end = [rows[one] for one in found.get(number, ())], ends.get(number, [])
        # What was put together has no order of its own.
        some.sort(key=lambda row: (row.updated_at, row.deal_id), reverse=True)
        edge = max(end) if len(end) == 2 else None
        last = some[most[stage] - 1] if len(some) > most[stage] else None
        more = (last.updated_at, last.deal_id) if last else edge
        shown[stage] = Looked(some[: most[stage]], more, edge)
    return shown, sums


def products(tx: Tx, playbook: str) -> list[str]:
    """The products that deals of a playbook are about, by name: one look at the index for each."""
    return sorted(tx.execute(_products(), {"playbook": playbook}).scalars())


@cache
def _products() -> Select[Any]:
    of_playbook = deals.c.playbook == bindparam("playbook")
    least = select(func.min(deals.c.product).label("name"), literal(1).label("nth"))
    found = least.where(of_playbook).cte("found", recursive=True)
    following = select(func.min(deals.c.product)).where(of_playbook, deals.c.product > found.c.name)
    step = select(following.correlate(found).scalar_subquery(), found.c.nth + 1)
    found = found.union_all(step.where(found.c.name.is_not(None), found.c.nth < PRODUCTS))
    return select(found.c.name).where(found.c.name.is_not(None))


@dataclass(frozen=True, slots=True)
class _Shape:
    """What decides how the statements read; a statement is made once and then filled in."""

    turned: tuple[bool, ...]
    owner: bool
    product: bool
    least: bool
    below: bool
    no_amount: bool
    stagnant: bool
    text: bool

    @classmethod
    def of(cls, filters: Filters, turned: tuple[bool, ...]) -> "_Shape":
        size = filters.size
        least, below = size is not None and size.least, size is not None and size.below
        return cls(
            turned=turned,
            owner=filters.owner_id is not None,
            product=filters.product is not None,
            least=least not in (False, None),
            below=below not in (False, None),
            no_amount=size is not None and least is None and below is None,
            stagnant=filters.stagnant,
            text=filters.text is not None,
        )


def _parameters(playbook: str, filters: Filters) -> dict[str, Any]:
    size = filters.size
    return {
        "playbook": playbook,
        "owner_id": filters.owner_id,
        "product": filters.product,
        "least": size.least if size else None,
        "below": size.below if size else None,
        "text": f"%{re.sub(_SPECIAL, _SPELLED, filters.text)}%" if filters.text else None,
        "look": LOOK,
        "last": LOOK - 1,
    }


_SPECIAL: Final = re.compile(r"([/%_])")
_SPELLED: Final = r"/\1"


@lru_cache(maxsize=128)
def _edges(shape: _Shape) -> CompoundSelect[Any]:
    """The last deals that are looked at in each column, two where it goes on behind the first."""
    pieces = []
    for number, turned in enumerate(shape.turned):
        last = _ordered(_narrowest(shape, number, turned, _PLACE))
        beyond = last.offset(_number("last")).limit(2).subquery("edge")
        pieces.append(select(literal_column(str(number)), beyond))
    return union_all(*pieces)


@lru_cache(maxsize=128)
def _sifted(shape: _Shape) -> CompoundSelect[Any]:
    """The first that meet the filters in each column, then how many do and their amounts.

    One look for both: a part of a statement that is named twice is worked out once.
    """
    cards, sums = [], []
    for number, turned in enumerate(shape.turned):
        met = _met(shape, number, False).cte(f"met_{number}")
        shown = _met(shape, number, True).cte(f"behind_{number}") if turned else met
        place: ColumnElement[Any] = literal_column(str(number))
        deal_id = shown.c.deal_id
        first = select(deal_id, shown.c.updated_at)
        first = first.order_by(shown.c.updated_at.desc(), deal_id.desc())
        page = first.limit(_number(f"most_{number}")).subquery("page")
        nothing = literal(0, type_=deals.c.amount.type)
        cards.append(select(place, page, cast(null(), Text), literal_column("0"), nothing))
        amount = func.coalesce(func.sum(met.c.amount), 0, type_=deals.c.amount.type)
        totals = select(place, null(), null(), met.c.currency, func.count(), amount)
        sums.append(totals.group_by(met.c.currency))
    return union_all(*cards, *sums)


_PLACE: Final = (deals.c.updated_at, deals.c.deal_id)
_LOOKED_AT: Final = (*_PLACE, deals.c.product, deals.c.amount, deals.c.currency, deals.c.account_id)


def _met(shape: _Shape, number: int, turned: bool) -> Select[Any]:
    """Those of the newest of a column, as many as are looked through, that meet the filters."""
    window = _ordered(_narrowest(shape, number, turned, _LOOKED_AT)).limit(_number("look"))
    newest = window.subquery("newest")
    n, kind = newest.c, deals.c.amount.type
    found: list[ColumnElement[bool]] = []
    if shape.product:
        found.append(n.product == bindparam("product"))
    if shape.least:
        found.append(n.amount >= bindparam("least", type_=kind))
    if shape.below:
        found.append(n.amount < bindparam("below", type_=kind))
    if shape.no_amount:
        found.append(n.amount.is_(None))
    if shape.text:
        found.append(_says(newest))
    return select(n.deal_id, n.updated_at, n.amount, n.currency).where(*found)


def _narrowest(shape: _Shape, number: int, turned: bool, wanted: Sequence[Any]) -> Select[Any]:
    """What an index answers."""
    stage: ColumnElement[str] = bindparam(f"stage_{number}")
    query = select(*wanted).where(
        DEAL_ON_BOARD, deals.c.playbook == bindparam("playbook"), deals.c.stage == stage
    )
    if shape.owner:
        query = query.where(deals.c.owner_id == bindparam("owner_id"))
    if shape.stagnant:
        query = query.where(DEAL_IS_STAGNANT)
    return query.where(behind_of(number)) if turned else query


def _ordered(query: Select[Any]) -> Select[Any]:
    return query.order_by(deals.c.updated_at.desc(), deals.c.deal_id.desc())


def _number(name: str) -> Any:
    return bindparam(name, type_=Integer)


def _says(window: Subquery) -> ColumnElement[bool]:
    """SQLite knows capitals of English letters alone; others are found as they are typed.

    A value for each row rather than `EXISTS`, for which PostgreSQL would read all titles at once.
    """
    title = select(deal_texts.c.text).where(
        deal_texts.c.deal_id == window.c.deal_id, deal_texts.c.name == literal_column(f"'{TITLE}'")
    )
    name = select(accounts.c.name).where(accounts.c.account_id == window.c.account_id)
    wanted = func.lower(bindparam("text", type_=Text))
    return or_(*(
        func.lower(one.scalar_subquery()).like(wanted, escape="/") for one in (title, name)
    ))  # fmt: skip
