"""Unsubscribe tokens: the way out that stands in every mail, and to whom it belongs."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from domain.plain import unfit
from store.database import Tx
from store.tables import unsubscribe_tokens
from store.upserts import insert_if_absent


@dataclass(frozen=True, slots=True)
class Token:
    """An opaque token, the contact and the purpose it ends, and the stream that sent it."""

    token: str
    contact_id: str
    purpose: str
    stream: str | None
    created_at: datetime


def issue(tx: Tx, token: Token) -> bool:
    """Keep a token; False when it is kept already."""
    row = {name: getattr(token, name) for name in Token.__slots__}
    return insert_if_absent(tx, unsubscribe_tokens, row)


def find(tx: Tx, token: str) -> Token | None:
    """What the token stands for, None for one that was never issued."""
    if unfit(token) is not None:
        return None  # none of ours: such a text could not be kept
    query = select(unsubscribe_tokens).where(unsubscribe_tokens.c.token == token)
    row = tx.execute(query).mappings().first()
    return Token(**row) if row is not None else None


def erase_of(tx: Tx, contact_id: str) -> int:
    """Delete the tokens of a contact; says how many there were."""
    gone = delete(unsubscribe_tokens).where(unsubscribe_tokens.c.contact_id == contact_id)
    return tx.execute(gone).rowcount
