"""How far each folder of each mailbox is read, and whether reading it fails."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import select

from store.database import Tx
from store.tables import mailbox_cursors
from store.upserts import put


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """The last UID taken under a UIDVALIDITY. `problem` is why the last look failed, if it did.

    Times are wall time; `taken` counts mails.
    """

    mailbox: str
    folder: str
    uid_validity: int = 0
    last_uid: int = 0
    polled_at: datetime | None = None
    problem: str | None = None
    failing_since: datetime | None = None
    taken: int = 0


def load(tx: Tx, mailbox: str, folder: str) -> Cursor | None:
    """How far a folder is read; None for one that never was."""
    query = select(mailbox_cursors).where(
        mailbox_cursors.c.mailbox == mailbox, mailbox_cursors.c.folder == folder
    )
    row = tx.execute(query).mappings().first()
    return Cursor(**row) if row is not None else None


def all_of(tx: Tx) -> list[Cursor]:
    """Every folder that was ever looked at."""
    query = select(mailbox_cursors).order_by(mailbox_cursors.c.mailbox, mailbox_cursors.c.folder)
    return [Cursor(**row) for row in tx.execute(query).mappings()]


def save(tx: Tx, cursor: Cursor) -> None:
    """Keep how far a folder is read; somebody else who is further under the same UIDs stays."""
    known = load(tx, cursor.mailbox, cursor.folder)
    if known is not None and known.uid_validity == cursor.uid_validity:
        cursor = replace(cursor, last_uid=max(known.last_uid, cursor.last_uid))
    put(tx, mailbox_cursors, [asdict(cursor)])


def failed(tx: Tx, mailbox: str, folder: str, problem: str, at: datetime) -> None:
    """Write down why a folder could not be read; since when stays from the first failure."""
    known = load(tx, mailbox, folder) or Cursor(mailbox=mailbox, folder=folder)
    save(tx, replace(known, problem=problem, failing_since=known.failing_since or at))
