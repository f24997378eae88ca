"""Tables of who may come in and what they did: passwords, invites, sessions, keys, the audit log.

Of every secret only a hash is kept, so that a copy of the database opens nothing.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from store.tables.keeping import events
from store.tables.metadata import guard, metadata
from store.types import Json, UtcDateTime

passwords: Final = Table(
    "passwords",
    metadata,
    Column("person_id", Text, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
)

invites: Final = Table(
    "invites",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("person_id", Text, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index("ix_invites_person", "person_id"),
)

sessions: Final = Table(
    "sessions",
    metadata,
    Column("session_hash", Text, primary_key=True),
    Column("person_id", Text, nullable=False),
    Column("begun_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Index("ix_sessions_person", "person_id"),
    Index("ix_sessions_seen", "seen_at"),
)

attempts: Final = Table(
    "attempts",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Index("ix_attempts_since", "since"),
)

api_keys: Final = Table(
    "api_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("secret_hash", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("scopes", Json, nullable=False),
    Column("per_minute", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
)

audit: Final = Table(
    "audit",
    metadata,
    Column("entry_id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("key_id", Text),
    Column("what", Text, nullable=False),
    Column("stream", Text),
    Column("command_id", Text),
    Column("outcome", Text, nullable=False),
    Column("code", Text),
    Index("ix_audit_actor", "actor", "entry_id"),
    Index("ix_audit_stream", "stream", "entry_id"),
    sqlite_autoincrement=True,
)

AUDIT_GUARD: Final = {
    "sqlite": [
        "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END",
        "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'audit entries are never deleted'); END",
        "CREATE TRIGGER audit_once BEFORE INSERT ON audit "
        "WHEN EXISTS (SELECT 1 FROM audit WHERE entry_id = NEW.entry_id) "
        "BEGIN SELECT RAISE(ABORT, 'audit entries are never replaced'); END",
    ],
    "postgresql": [
        "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    ],
}

guard(audit, AUDIT_GUARD)
# AUDIT_GUARD uses the function of the ledger's guard.
audit.add_is_dependent_on(events)
