"""Stagnant deals as they are ranked: thousands at once, so no more of each than ranking needs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import BigInteger, select, type_coerce

from store.board import DealRow
from store.database import Tx
from store.tables import deals
from store.tables.selling import DEAL_IS_STAGNANT

UNITS: Final = 10_000
"""Units that make one of a currency."""


class Quiet(NamedTuple):
    """A stagnant deal: its amount in units (None: none), and when it passed its first limit."""

    deal_id: str
    playbook: str
    stage: str
    owner_id: str | None
    units: int | None
    currency: str | None
    stagnant_since: datetime


def quietest(tx: Tx, limit: int) -> Sequence[Quiet]:
    """The stagnant deals that have been flagged longest, in that order."""
    d = deals.c
    units = type_coerce(d.amount, BigInteger)
    named = (d.deal_id, d.playbook, d.stage, d.owner_id, units, d.currency, d.stagnant_since)
    query = select(*named).where(DEAL_IS_STAGNANT).order_by(d.stagnant_since, d.deal_id)
    return [Quiet._make(row) for row in tx.execute(query.limit(limit)).all()]


def quiet_of(rows: Sequence[DealRow]) -> list[Quiet]:
    """Those of some deals that are stagnant."""
    return [
        Quiet(
            row.deal_id,
            row.playbook,
            row.stage,
            row.owner_id,
            int(row.amount * UNITS) if row.amount is not None else None,
            row.currency,
            row.stagnant_since,
        )
        for row in rows
        if row.stagnant_since is not None
    ]
