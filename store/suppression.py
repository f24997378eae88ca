"""Addresses that must not be written to, by keyed hash, so that it outlives their erasure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import and_, delete, func, or_, select

from store.among import IDS, among
from store.database import Tx
from store.tables import suppression
from store.upserts import insert_if_absent

EVERYTHING: Final = "*"
UNSUBSCRIBED: Final = "unsubscribed"
"""The one reason that is the reader's own wish; every other bars the address for good."""
SOFT_BOUNCES: Final = "soft_bounces"
"""Mail came back for now as often as counts as gone."""
ERASED: Final = "erased"
"""The person asked to be forgotten: the address is not even taken in again."""


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Why, since when and for which purpose ("*": every one) an address is barred.

    `position` is that of the event in the ledger.
    """

    email_key: str
    scope: str
    reason: str
    since: datetime
    position: int | None

    @property
    def opted_out(self) -> bool:
        """Whether the reader asked for it, rather than a bounce, a complaint or a person."""
        return self.reason == UNSUBSCRIBED


def add(
    tx: Tx,
    email_key: str,
    reason: str,
    at: datetime,
    scope: str = EVERYTHING,
    position: int | None = None,
) -> bool:
    """Bar an address; False when it was barred for this scope before.

    A bar that is not the reader's wish takes the place of one that was.
    """
    row = {"email_key": email_key, "scope": scope, "reason": reason, "since": at}
    row["position"] = position
    if insert_if_absent(tx, suppression, row):
        return True
    kept = find(tx, email_key, scope)
    if kept is None or not kept.opted_out or reason == UNSUBSCRIBED:
        return False
    lift(tx, email_key, scope)
    return insert_if_absent(tx, suppression, row)


def lift(tx: Tx, email_key: str, scope: str = EVERYTHING) -> bool:
    """Take a bar away, as a person who signs up again asks for; False when there was none."""
    gone = delete(suppression).where(
        suppression.c.email_key == email_key, suppression.c.scope == scope
    )
    return tx.execute(gone).rowcount == 1


def find(tx: Tx, email_key: str, purpose: str) -> Suppressed | None:
    """What bars the address for this purpose; a bar of everything comes first."""
    query = (
        select(suppression)
        .where(suppression.c.email_key == email_key)
        .where(suppression.c.scope.in_((purpose, EVERYTHING)))
    )
    found = [Suppressed(**row) for row in tx.execute(query).mappings()]
    return min(found, key=lambda one: one.scope != EVERYTHING, default=None)


def newest(tx: Tx, limit: int, after: tuple[datetime, str, str] | None = None) -> list[Suppressed]:
    """Bars, the newest first; behind (since, key, scope)."""
    own = suppression.c
    query = select(suppression).order_by(own.since.desc(), own.email_key, own.scope)
    if after is not None:
        since, key, scope = after
        same_key = and_(own.email_key == key, own.scope > scope)
        same = and_(own.since == since, or_(own.email_key > key, same_key))
        query = query.where(or_(own.since < since, same))
    return [Suppressed(**row) for row in tx.execute(query.limit(limit)).mappings()]


def counts(tx: Tx) -> dict[tuple[str, str], int]:
    """How many bars there are, by scope and reason."""
    query = select(suppression.c.scope, suppression.c.reason, func.count())
    rows = tx.execute(query.group_by(suppression.c.scope, suppression.c.reason))
    return {(scope, reason): count for scope, reason, count in rows}


def of_keys(tx: Tx, email_keys: Sequence[str]) -> dict[str, list[Suppressed]]:
    """All bars of several addresses."""
    if not email_keys:
        return {}
    found: dict[str, list[Suppressed]] = {}
    for row in tx.execute(_OF_KEYS, {IDS: email_keys}).mappings():
        found.setdefault(row["email_key"], []).append(Suppressed(**row))
    return found


_OF_KEYS: Final = (
    select(suppression).where(among(suppression.c.email_key)).order_by(suppression.c.scope)
)
