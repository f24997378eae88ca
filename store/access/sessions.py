"""Sessions of people, by the hash of their id, and counts of those who tried to sign in."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, delete, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from store.database import Tx
from store.tables import attempts, sessions
from store.upserts import put


@dataclass(frozen=True, slots=True)
class Signed:
    """A session: whose it is, when it began and when it was used last, in wall time."""

    session_hash: str
    person_id: str
    begun_at: datetime
    seen_at: datetime


def begin(tx: Tx, session: Signed) -> None:
    """Keep a new session."""
    put(tx, sessions, [{name: getattr(session, name) for name in Signed.__slots__}])


def find(tx: Tx, session_hash: str) -> Signed | None:
    """The session of that hash, whether or not it is over."""
    query = select(sessions).where(sessions.c.session_hash == session_hash)
    row = tx.execute(query).mappings().first()
    return Signed(**row) if row is not None else None


def seen(tx: Tx, session_hash: str, at: datetime) -> None:
    """Keep when the session was used last; one that ended meanwhile stays ended."""
    used = update(sessions).where(sessions.c.session_hash == session_hash)
    tx.execute(used.values(seen_at=at))


def end(tx: Tx, session_hash: str) -> int:
    """End one session; says how many ended."""
    return tx.execute(delete(sessions).where(sessions.c.session_hash == session_hash)).rowcount


def end_all(tx: Tx, person_id: str) -> int:
    """End every session of a person; says how many there were."""
    return tx.execute(delete(sessions).where(sessions.c.person_id == person_id)).rowcount


def sweep(tx: Tx, begun_before: datetime, seen_before: datetime) -> int:
    """Delete the sessions that are over."""
    over = or_(sessions.c.begun_at < begun_before, sessions.c.seen_at < seen_before)
    return tx.execute(delete(sessions).where(over)).rowcount


def try_again(tx: Tx, subject: str, now: datetime, window_began: datetime) -> int:
    """Count one more attempt of a subject and give the count since its window began.

    One statement, so that attempts at the same moment are all counted.
    """
    make = sqlite.insert if tx.dialect.name == "sqlite" else postgresql.insert
    statement = make(attempts).values(subject=subject, count=1, since=now)
    over = attempts.c.since <= window_began
    counted = statement.on_conflict_do_update(
        index_elements=["subject"],
        set_={
            "count": case((over, literal(1)), else_=attempts.c.count + 1),
            "since": case((over, statement.excluded.since), else_=attempts.c.since),
        },
    ).returning(attempts.c.count)
    return int(tx.execute(counted).scalar_one())


def forget_attempts(tx: Tx, subject: str | None = None, before: datetime | None = None) -> None:
    """Begin anew for a subject, or delete the counts of windows that are over."""
    which = attempts.c.subject == subject if subject else attempts.c.since < before
    tx.execute(delete(attempts).where(which))
