"""Tables of the machinery: commands and receipts, nudges, switches, enrollments of contacts."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text

from store.tables.metadata import metadata
from store.types import Json, UtcDateTime

commands: Final = Table(
    "commands",
    metadata,
    Column("command_id", Text, primary_key=True),
    Column("stream", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("body", Json),
    Column("kept_at", UtcDateTime, nullable=False),
    Column("receipt", Json),
    Column("answered_at", UtcDateTime),
    Index("ix_commands_stream", "stream"),
)
Index(
    "ix_commands_unanswered",
    commands.c.kept_at,
    commands.c.command_id,
    sqlite_where=commands.c.answered_at.is_(None),
    postgresql_where=commands.c.answered_at.is_(None),
)

nudges: Final = Table(
    "nudges",
    metadata,
    Column("nudge_id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("stream", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

switches: Final = Table(
    "switches",
    metadata,
    Column("name", Text, primary_key=True),
    Column("is_on", Boolean, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text),
)

nurtures: Final = Table(
    "nurtures",
    metadata,
    Column("enrollment_id", Text, primary_key=True),
    Column("playbook", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("part_version", Integer, nullable=False),
    Column("contact_id", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", Json, nullable=False),
    Column("status", Text, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("next_due", UtcDateTime),
    Column("armed_until", UtcDateTime),
    Index("ix_nurtures_contact", "contact_id", "started_at"),
    Index("ix_nurtures_part", "playbook", "part", "started_at", "enrollment_id"),
)
Index(
    "ix_nurtures_due",
    nurtures.c.next_due,
    nurtures.c.enrollment_id,
    sqlite_where=nurtures.c.next_due.is_not(None),
    postgresql_where=nurtures.c.next_due.is_not(None),
)

jobs: Final = Table(
    "jobs",
    metadata,
    Column("job_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("result", Json),
    Column("message", Text),
    Column("started_at", UtcDateTime, nullable=False),
    Column("beat_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Index("ix_jobs_started", "started_at"),
)
