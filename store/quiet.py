"""Stagnant deals as they are ranked: thousands at once, so no more of each than ranking needs."""

from collections.abc import Sequence
from datetime import datetime
from itertools import starmap
from typing import Final, Literal, NamedTuple

from sqlalchemy import BigInteger, Integer, bindparam, select, type_coerce

from store.board import DealRow
from store.database import Tx
from store.tables import deals
from store.tables.selling import DEAL_IS_STAGNANT

By = Literal["owner", "stage"]
"""What stagnant deals are told apart by."""

UNITS: Final = 10_000
"""Units that make one of a currency."""


class Quiet(NamedTuple):
    """A stagnant deal: its amount in units (None: none), and when it passed its first limit.

    `place` is what it is told apart by: its owner (None: nobody), or `playbook:stage`.
    """

    deal_id: str
    place: str | None
    units: int | None
    currency: str | None
    stagnant_since: datetime


def quietest(tx: Tx, limit: int, by: By = "owner") -> Sequence[Quiet]:
    """The stagnant deals that have been flagged longest, in that order."""
    return list(starmap(Quiet, tx.execute(_LONGEST[by], {"most": limit}).all()))


_D: Final = deals.c
_UNITS: Final = type_coerce(_D.amount, BigInteger)
_LONGEST: Final = {
    by: select(_D.deal_id, place, _UNITS, _D.currency, _D.stagnant_since)
    .where(DEAL_IS_STAGNANT)
    .order_by(_D.stagnant_since, _D.deal_id)
    .limit(bindparam("most", type_=Integer))
    for by, place in (("owner", _D.owner_id), ("stage", _D.playbook + ":" + _D.stage))
}


def quiet_of(rows: Sequence[DealRow]) -> list[Quiet]:
    """Those of some deals that are stagnant, who has been flagged longest first."""
    found = [
        Quiet(
            row.deal_id,
            row.owner_id,
            int(row.amount * UNITS) if row.amount is not None else None,
            row.currency,
            row.stagnant_since,
        )
        for row in rows
        if row.stagnant_since is not None
    ]
    return sorted(found, key=lambda one: (one.stagnant_since, one.deal_id))
