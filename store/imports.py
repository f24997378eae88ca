"""Where imported deals came from, so that a second import makes nothing twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from store.database import Tx
from store.tables import imports
from store.upserts import put

_IDS: Final = 500


@dataclass(frozen=True, slots=True)
class Imported:
    """A row of a source, the deal it became, and a digest of what the row said."""

    source: str
    source_id: str
    deal_id: str
    digest: str
    imported_at: datetime


def save(tx: Tx, rows: Sequence[Imported]) -> None:
    """Remember rows, new or read again."""
    put(tx, imports, [{name: getattr(row, name) for name in Imported.__slots__} for row in rows])


def known(tx: Tx, source: str, source_ids: Sequence[str]) -> dict[str, Imported]:
    """Those of the source's rows that were imported before, by their id in the source."""
    found: dict[str, Imported] = {}
    for start in range(0, len(source_ids), _IDS):
        query = select(imports).where(
            imports.c.source == source,
            imports.c.source_id.in_(source_ids[start : start + _IDS]),
        )
        found |= {row["source_id"]: Imported(**row) for row in tx.execute(query).mappings()}
    return found
