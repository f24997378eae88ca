"""Test mails to our own people: rows of the send ledger that belong to no deal and no nurture."""

from datetime import datetime
from typing import Final

from sqlalchemy import func, or_, select

from store.database import Tx
from store.tables import sends

PURPOSE: Final = "test"


def stream_of(person_id: str) -> str:
    """The stream of a person's test mails, apart from the mail that is meant for them."""
    return f"person/{person_id}/tests"


def count_since(tx: Tx, person_id: str, since: datetime) -> int:
    """How many test mails to a person were begun since a moment of wall time."""
    begun = or_(sends.c.claimed_at >= since, sends.c.claimed_at.is_(None))
    theirs = (sends.c.stream == stream_of(person_id), sends.c.status != "cancelled")
    query = select(func.count()).select_from(sends).where(*theirs, begun)
    return int(tx.execute(query).scalar_one())
