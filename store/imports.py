"""Where imported deals came from, so that a second import makes nothing twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, update

from store.among import IDS, among
from store.database import Tx
from store.tables import deals, imports
from store.tables.selling import DEAL_IS_STAGNANT
from store.upserts import put


@dataclass(frozen=True, slots=True)
class Imported:
    """A row of a source, the deal it became, and a digest of what the row said."""

    source: str
    source_id: str
    deal_id: str
    digest: str
    imported_at: datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """One import: where its rows came from, and when it began (wall time)."""

    source: str
    at: datetime

    @property
    def name(self) -> str:
        """The import in one word, as events and the send ledger name it."""
        return f"import:{self.source}@{self.at.isoformat()}"

    @classmethod
    def named(cls, name: str) -> "Arrival":
        """The import of that name. Raises ValueError for any other word."""
        source, _, at = name.removeprefix("import:").rpartition("@")
        return cls(source, datetime.fromisoformat(at))


def save(tx: Tx, rows: Sequence[Imported]) -> None:
    """Remember rows that became deals."""
    put(tx, imports, [{name: getattr(row, name) for name in Imported.__slots__} for row in rows])


def known(tx: Tx, source: str, source_ids: Sequence[str]) -> dict[str, Imported]:
    """Those of the source's rows that were imported before, by their id in the source."""
    query = select(imports).where(imports.c.source == source, among(imports.c.source_id))
    rows = tx.execute(query, {IDS: source_ids}).mappings()
    return {row["source_id"]: Imported(**row) for row in rows}


def reread(tx: Tx, digests: Mapping[str, str]) -> None:
    """Remember what rows say now, by their deal's id; when they came stays as it is."""
    if digests:
        said = update(imports).where(imports.c.deal_id == bindparam("its_id"))
        rows = [{"its_id": deal_id, "said": text} for deal_id, text in digests.items()]
        tx.execute(said.values(digest=bindparam("said")), rows)


def stagnant(tx: Tx, arrival: Arrival, owner_id: str) -> list[str]:
    """Deals of an owner that came with an import and are stagnant now."""
    query = (
        select(deals.c.deal_id)
        .join(imports, imports.c.deal_id == deals.c.deal_id)
        .where(DEAL_IS_STAGNANT, deals.c.owner_id == owner_id)
        .where(imports.c.source == arrival.source, imports.c.imported_at == arrival.at)
    )
    return list(tx.execute(query.order_by(deals.c.deal_id)).scalars())
