"""What people typed about deals: titles, notes, text fields. Beside the ledger, so erasable."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import ColumnElement, ScalarSelect, delete, literal_column, select

from store.among import IDS, among
from store.database import Tx
from store.snapshot import once
from store.tables import deal_texts
from store.upserts import put

TITLE: Final = "title"


def save(tx: Tx, deal_id: str, texts: Mapping[str, str]) -> None:
    """Keep texts of a deal by name: `title`, `field:<name>`, or a note's id."""
    save_many(tx, {deal_id: texts})


def save_many(tx: Tx, texts: Mapping[str, Mapping[str, str]]) -> None:
    """Keep texts of many deals at once, by deal id and name."""
    rows = [
        {"deal_id": deal_id, "name": name, "text": text}
        for deal_id, named in texts.items()
        for name, text in named.items()
    ]
    put(tx, deal_texts, rows)


def of(tx: Tx, deal_id: str) -> dict[str, str]:
    """All texts of a deal by name."""
    return dict(once(tx, "texts", [deal_id], _read).get(deal_id, {}))


def _read(tx: Tx, deal_ids: Collection[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for deal_id, name, text in tx.execute(_OF_DEALS, {IDS: deal_ids}):
        found.setdefault(deal_id, {})[name] = text
    return found


def titles(tx: Tx, deal_ids: Sequence[str]) -> dict[str, str]:
    """The titles of those of the deals that have one."""
    return dict(tx.execute(_TITLES, {IDS: deal_ids}).all()) if deal_ids else {}


def title_of(deal_id: ColumnElement[str]) -> ScalarSelect[str | None]:
    """The title as a column of a query about deals."""
    one = select(_T.text).where(_T.name == literal_column(f"'{TITLE}'"), _T.deal_id == deal_id)
    return one.scalar_subquery()


_T: Final = deal_texts.c
_OF_DEALS: Final = select(_T.deal_id, _T.name, _T.text).where(among(_T.deal_id))
_TITLES: Final = select(_T.deal_id, _T.text).where(_T.name == TITLE, among(_T.deal_id))


def erase(tx: Tx, deal_id: str, names: Sequence[str] | None = None) -> int:
    """Delete the texts of a deal, all or those named; says how many there were."""
    gone = delete(deal_texts).where(deal_texts.c.deal_id == deal_id)
    if names is not None:
        gone = gone.where(deal_texts.c.name.in_(names))
    return tx.execute(gone).rowcount


def named(tx: Tx, deal_ids: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """Texts of some deals by their names, which are ids of their own (at most some hundreds)."""
    if not names:
        return {}
    query = select(deal_texts.c.name, deal_texts.c.text).where(
        deal_texts.c.deal_id.in_(deal_ids), deal_texts.c.name.in_(names)
    )
    return dict(tx.execute(query).all())
