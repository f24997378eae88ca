"""The ledger of events and the parts of playbooks."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from store.types import Json, UtcDateTime

revision = "0001"
down_revision = None

# SQLite's REPLACE deletes without asking a delete trigger, so inserting is guarded as well:
# an event can only be the next one, of its stream and of all.
EVENTS_GUARD: Final = {
    "sqlite": [
        "CREATE TRIGGER events_no_update BEFORE UPDATE ON events "
        "BEGIN SELECT RAISE(ABORT, 'events are never changed'); END",
        "CREATE TRIGGER events_no_delete BEFORE DELETE ON events "
        "BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END",
        "CREATE TRIGGER events_in_order BEFORE INSERT ON events "
        "WHEN NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM events) "
        "OR NEW.version IS NOT "
        "(SELECT coalesce(max(version), 0) + 1 FROM events WHERE stream = NEW.stream) "
        "BEGIN SELECT RAISE(ABORT, 'events are only added at the end'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% are never changed or deleted', TG_TABLE_NAME "
        "USING ERRCODE = 'restrict_violation'; END $$",
        "CREATE TRIGGER events_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON events "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    ],
}

PARTS_GUARD: Final = {
    "sqlite": [
        "CREATE TRIGGER parts_no_update BEFORE UPDATE ON parts "
        "BEGIN SELECT RAISE(ABORT, 'parts are never changed'); END",
        "CREATE TRIGGER parts_no_delete BEFORE DELETE ON parts "
        "BEGIN SELECT RAISE(ABORT, 'parts are never deleted'); END",
        "CREATE TRIGGER parts_once BEFORE INSERT ON parts "
        "WHEN EXISTS (SELECT 1 FROM parts WHERE playbook = NEW.playbook "
        "AND part = NEW.part AND version = NEW.version) "
        "BEGIN SELECT RAISE(ABORT, 'parts are never replaced'); END",
    ],
    "postgresql": [
        "CREATE TRIGGER parts_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON parts "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    ],
}


def upgrade() -> None:
    """Make the tables and their indexes."""
    _events()
    _parts()
    _editions()
    for guards in (EVENTS_GUARD, PARTS_GUARD):
        for statement in guards[op.get_bind().dialect.name]:
            op.execute(statement)


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("happened_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text()),
        sa.Column("command_id", sa.Text()),
        sa.Column("playbook_version", sa.Text()),
        sa.PrimaryKeyConstraint("position", name="pk_events"),
        sa.UniqueConstraint("stream", "version", name="uq_events_stream_version"),
    )


def _parts() -> None:
    op.create_table(
        "parts",
        sa.Column("playbook", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("playbook", "part", "version", name="pk_parts"),
    )


def _editions() -> None:
    op.create_table(
        "editions",
        sa.Column("playbook", sa.Text(), nullable=False),
        sa.Column("edition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("parts", Json, nullable=False),
        sa.Column("source", sa.Text()),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("playbook", "edition", name="pk_editions"),
    )
