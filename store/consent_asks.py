"""Questions to contacts whether they agree, and the tokens that answer them."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update

from domain.plain import unfit
from store.database import Tx
from store.tables import consent_asks
from store.upserts import insert_if_absent


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question: to whom, for which purpose, and until when an answer counts (business time)."""

    token: str
    contact_id: str
    purpose: str
    touch_id: str
    asked_at: datetime
    expires_at: datetime
    source: str | None = None
    confirmed_at: datetime | None = None


def add(tx: Tx, ask: Ask) -> bool:
    """Keep a question; False when it is kept already."""
    return insert_if_absent(tx, consent_asks, asdict(ask))


def find(tx: Tx, token: str) -> Ask | None:
    """The question of that token, None for one that was never asked."""
    if unfit(token) is not None:
        return None  # none of ours: such a text could not be kept
    row = tx.execute(select(consent_asks).where(consent_asks.c.token == token)).mappings().first()
    return Ask(**row) if row is not None else None


def count_since(tx: Tx, contact_id: str, since: datetime) -> int:
    """How often a contact was asked, for whatever, since a moment."""
    query = select(func.count()).where(
        consent_asks.c.contact_id == contact_id, consent_asks.c.asked_at >= since
    )
    return int(tx.execute(query).scalar_one())


def confirm(tx: Tx, token: str, at: datetime) -> bool:
    """Keep the answer; False when there was one, or when it comes too late."""
    given = update(consent_asks).where(
        consent_asks.c.token == token,
        consent_asks.c.confirmed_at.is_(None),
        consent_asks.c.expires_at > at,
    )
    return tx.execute(given.values(confirmed_at=at)).rowcount == 1


def erase_of(tx: Tx, contact_id: str) -> int:
    """Delete the questions to a contact; says how many there were."""
    gone = delete(consent_asks).where(consent_asks.c.contact_id == contact_id)
    return tx.execute(gone).rowcount
