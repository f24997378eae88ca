"""What people typed about deals: titles, notes, text fields. Beside the ledger, so erasable."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import delete, select

from store.database import Tx
from store.tables import deal_texts
from store.upserts import put

TITLE: Final = "title"
_IDS: Final = 500


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
    query = select(deal_texts.c.name, deal_texts.c.text)
    return dict(tx.execute(query.where(deal_texts.c.deal_id == deal_id)).all())


def titles(tx: Tx, deal_ids: Sequence[str]) -> dict[str, str]:
    """The titles of those of the deals that have one."""
    found: dict[str, str] = {}
    for start in range(0, len(deal_ids), _IDS):
        query = select(deal_texts.c.deal_id, deal_texts.c.text).where(
            deal_texts.c.name == TITLE, deal_texts.c.deal_id.in_(deal_ids[start : start + _IDS])
        )
        found |= dict(tx.execute(query).all())
    return found


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
