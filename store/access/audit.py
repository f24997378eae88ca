"""The audit log: who did what through which door. Only ever added to, ids alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from store.database import Tx
from store.tables import audit

KEY: Final = "key/"
"""How the name of an actor begins that is a key of another program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that was asked, or was refused before it could be asked.

    `outcome` is done, refused or forbidden, and `code` says by which rule. `entry_id` is 0 until
    the log has given one.
    """

    at: datetime
    actor: str
    what: str
    outcome: str
    stream: str | None = None
    command_id: str | None = None
    code: str | None = None
    key_id: str | None = None
    entry_id: int = 0


def add(tx: Tx, entry: Entry) -> None:
    """Add an entry; the key of an actor that is one is told apart."""
    row = {name: getattr(entry, name) for name in Entry.__slots__ if name != "entry_id"}
    if entry.actor.startswith(KEY):
        row["key_id"] = entry.actor.removeprefix(KEY)
    tx.execute(audit.insert(), row)


def page(
    tx: Tx,
    *,
    before: int | None = None,
    actor: str | None = None,
    stream: str | None = None,
    limit: int = 100,
) -> list[Entry]:
    """Entries (of one actor, about one stream), the newest first, from before an id on."""
    query = select(audit).order_by(audit.c.entry_id.desc()).limit(limit)
    if before is not None:
        query = query.where(audit.c.entry_id < before)
    if actor is not None:
        query = query.where(audit.c.actor == actor)
    if stream is not None:
        query = query.where(audit.c.stream == stream)
    return [Entry(**row) for row in tx.execute(query).mappings()]
