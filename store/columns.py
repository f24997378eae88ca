"""Columns of the board under filters: looked for among the newest deals of each, never in all.

An index serves a column's order, its owner and its stagnation. What else is asked (product,
size, words) is looked for among so many deals at most, so that a filter that nothing meets costs
no more than one that everything meets.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    bindparam,
    func,
    literal,
    or_,
    select,
    union_all,
)

from domain.size import Size
from store.board import COLUMNS, Cursor, DealRow, behind, rows_of
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


def page(
    tx: Tx,
    playbook: str,
    stages: Sequence[str],
    filters: Filters,
    limit: int,
    after: Mapping[str, Cursor] | None = None,
) -> dict[str, Looked]:
    """One page of each column, last changed first, a column behind its cursor in `after`.

    `more` is where the next page begins: behind the last row, or where looking ended.
    """
    if not stages:
        return {}
    places = after or {}
    edges = _edges(tx, playbook, stages, filters, places)
    found = rows_of(tx, union_all(*(
        select(_first_of(_window(playbook, one, filters, places.get(one)), filters, limit))
        for one in stages
    )))  # fmt: skip
    # What was joined and put together has no order of its own.
    found.sort(key=lambda row: (row.updated_at, row.deal_id), reverse=True)
    shown: dict[str, Looked] = {}
    for stage in stages:
        rows, edge = [row for row in found if row.stage == stage], edges.get(stage)
        last = rows[limit - 1] if len(rows) > limit else None
        more = (last.updated_at, last.deal_id) if last else edge
        shown[stage] = Looked(rows[:limit], more, edge)
    return shown


def sums(tx: Tx, playbook: str, stages: Sequence[str], filters: Filters) -> list[Sum]:
    """How many deals meet the filters and what they are worth, among the newest of each column."""
    pieces = []
    for stage in stages:
        window = _window(playbook, stage, filters, None).subquery("newest")
        amount = func.coalesce(func.sum(window.c.amount), 0, type_=deals.c.amount.type)
        query = select(
            literal(stage).label("stage"), window.c.currency, func.count().label("deals"), amount
        )
        pieces.append(query.where(*_met(window, filters)).group_by(window.c.currency))
    return [Sum(*row) for row in tx.execute(union_all(*pieces))] if pieces else []


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


def _edges(
    tx: Tx,
    playbook: str,
    stages: Sequence[str],
    filters: Filters,
    places: Mapping[str, Cursor],
) -> dict[str, Cursor]:
    """The last deal that is looked at in the columns that go on behind it."""
    pieces = []
    for stage in stages:
        last = _ordered(_narrowest(playbook, stage, filters, places.get(stage), _PLACE))
        beyond = last.offset(LOOK - 1).limit(2).subquery("edge")
        pieces.append(select(literal(stage).label("stage"), beyond))
    found: dict[str, list[Cursor]] = {}
    for row in tx.execute(union_all(*pieces)):
        found.setdefault(row.stage, []).append((row.updated_at, row.deal_id))
    return {stage: max(two) for stage, two in found.items() if len(two) == 2}


_PLACE: Final = (deals.c.updated_at, deals.c.deal_id)
_SIFTED: Final = (*_PLACE, deals.c.product, deals.c.amount, deals.c.currency)


def _window(playbook: str, stage: str, filters: Filters, after: Cursor | None) -> Select[Any]:
    """The newest deals of a column, as many as are looked through, with what is looked at."""
    wanted = (*_SIFTED, deals.c.account_id) if filters.text else _SIFTED
    return _ordered(_narrowest(playbook, stage, filters, after, wanted)).limit(LOOK)


def _narrowest(
    playbook: str, stage: str, filters: Filters, after: Cursor | None, wanted: Sequence[Any]
) -> Select[Any]:
    """What an index answers."""
    query = select(*wanted).where(
        DEAL_ON_BOARD, deals.c.playbook == playbook, deals.c.stage == stage
    )
    if filters.owner_id is not None:
        query = query.where(deals.c.owner_id == filters.owner_id)
    if filters.stagnant:
        query = query.where(DEAL_IS_STAGNANT)
    return query.where(behind(after)) if after is not None else query


def _ordered(query: Select[Any]) -> Select[Any]:
    return query.order_by(deals.c.updated_at.desc(), deals.c.deal_id.desc())


def _first_of(window: Select[Any], filters: Filters, limit: int) -> Subquery:
    """The whole rows of the first that meet the filters, and one more."""
    newest = window.subquery("newest")
    met = select(newest.c.deal_id).where(*_met(newest, filters))
    met = met.order_by(newest.c.updated_at.desc(), newest.c.deal_id.desc()).limit(limit + 1)
    chosen = met.subquery("met")
    whole = select(*COLUMNS).join(chosen, chosen.c.deal_id == deals.c.deal_id)
    return whole.subquery("page")


def _met(window: Subquery, filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.product is not None:
        found.append(window.c.product == filters.product)
    if filters.size is not None:
        found.append(_of_size(window.c.amount, filters.size))
    if filters.text is not None:
        found.append(_says(window, filters.text))
    return found


def _of_size(amount: ColumnElement[Any], size: Size) -> ColumnElement[bool]:
    if size.least is None and size.below is None:
        return amount.is_(None)
    bounds = [amount >= size.least] if size.least is not None else []
    bounds += [amount < size.below] if size.below is not None else []
    return and_(*bounds)


def _says(window: Subquery, text: str) -> ColumnElement[bool]:
    """SQLite knows capitals of English letters alone; others are found as they are typed.

    A value for each row rather than `EXISTS`, for which PostgreSQL would read all titles at once.
    """
    title = select(deal_texts.c.text).where(
        deal_texts.c.deal_id == window.c.deal_id, deal_texts.c.name == TITLE
    )
    name = select(accounts.c.name).where(accounts.c.account_id == window.c.account_id)
    return or_(*(one.scalar_subquery().icontains(text, autoescape=True) for one in (title, name)))
