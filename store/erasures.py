"""Which people were forgotten, and when: the mark by which words are seen to be out of date.

A mail is made of texts in one transaction and kept in a later one. Whoever keeps it asks, in the
transaction that does, whether somebody was forgotten in between: the words may speak of them.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import func, insert, select, text

from store.database import Tx
from store.tables import erasures

_TURN: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('erasures', 0))")
_BESIDE: Final = text("SELECT pg_advisory_xact_lock_shared(hashtextextended('erasures', 0))")


def add(tx: Tx, contact_id: str, at: datetime) -> None:
    """Say that the contact is forgotten in this transaction. `at` is wall time.

    Comes before the erasing looks for words: who keeps a mail is done by then, or sees the mark.
    A SQLite writer is alone anyway.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(_TURN)
    tx.execute(insert(erasures).values(contact_id=contact_id, at=at))


def last(tx: Tx) -> int:
    """The number of the newest erasure, 0 before the first."""
    return int(tx.execute(select(func.coalesce(func.max(erasures.c.number), 0))).scalar_one())


def none_since(tx: Tx, seen: int) -> bool:
    """Whether nobody was forgotten after that one, nor will be until this transaction ends."""
    if tx.dialect.name == "postgresql":
        tx.execute(_BESIDE)
    return last(tx) == seen
