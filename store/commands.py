"""Commands on their way and their receipts: what makes a repeat harmless."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select, update

from store.database import Tx
from store.errors import CommandReused
from store.tables import commands
from store.upserts import insert_if_absent


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A command as it is kept. `body` may hold texts and is erasable (None then);
    `receipt` is the answer, None while there is none."""

    command_id: str
    stream: str
    kind: str
    actor: str
    fingerprint: str
    kept_at: datetime
    body: Mapping[str, Any] | None = None
    receipt: Mapping[str, Any] | None = None
    answered_at: datetime | None = None


def keep(tx: Tx, command: Kept) -> Kept:
    """Keep a command, or find it kept already, perhaps with its receipt.

    Raises CommandReused when the id is known with another fingerprint, or of another stream: the
    same words said of somebody else are not the same wish.
    """
    row = {name: getattr(command, name) for name in Kept.__slots__}
    if insert_if_absent(tx, commands, row):
        return command
    known = load(tx, command.command_id)
    asked = (command.stream, command.fingerprint)
    if known is None or (known.stream, known.fingerprint) != asked:
        raise CommandReused(command.command_id)
    return known


def load(tx: Tx, command_id: str, lock: bool = False) -> Kept | None:
    """The command of that id; with `lock` nobody answers it or takes it back meanwhile."""
    query = select(commands).where(commands.c.command_id == command_id)
    return next(iter(_all(tx, query.with_for_update() if lock else query)), None)


def receipt(tx: Tx, command_id: str) -> Mapping[str, Any] | None:
    """The command's answer; None while it has none, or when nobody knows it."""
    query = select(commands.c.receipt).where(commands.c.command_id == command_id)
    found: Mapping[str, Any] | None = tx.execute(query).scalar()
    return found


def answer(tx: Tx, command_id: str, receipt: Mapping[str, Any], at: datetime) -> bool:
    """Keep the command's one answer; False, and nothing changed, when it has one."""
    given = update(commands).where(
        commands.c.command_id == command_id, commands.c.answered_at.is_(None)
    )
    return tx.execute(given.values(receipt=dict(receipt), answered_at=at)).rowcount == 1


def take_back(tx: Tx, command_id: str) -> bool:
    """Forget a command that has no answer; False, and nothing changed, when it has one."""
    gone = delete(commands).where(
        commands.c.command_id == command_id, commands.c.answered_at.is_(None)
    )
    return tx.execute(gone).rowcount == 1


def unanswered(
    tx: Tx, before: datetime, limit: int = 100, *, stream: str | None = None
) -> list[Kept]:
    """Commands (of one stream) kept before a moment that still have no answer, oldest first."""
    query = select(commands).where(commands.c.answered_at.is_(None), commands.c.kept_at < before)
    if stream is not None:
        query = query.where(commands.c.stream == stream)
    return _all(tx, query.order_by(commands.c.kept_at, commands.c.command_id).limit(limit))


def erase(tx: Tx, stream: str) -> int:
    """Forget what was said in the answered commands of a stream; ids and receipts stay."""
    gone = update(commands).where(commands.c.stream == stream, commands.c.answered_at.is_not(None))
    return tx.execute(gone.values(body=None)).rowcount


def _all(tx: Tx, query: Select[Any]) -> list[Kept]:
    return [Kept(**row) for row in tx.execute(query).mappings()]
