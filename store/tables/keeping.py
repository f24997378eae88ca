"""Tables that are only ever added to: the ledger of events and the parts of playbooks."""

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, Table, Text, UniqueConstraint

from store.tables.metadata import guard, metadata
from store.types import Json, UtcDateTime

events: Final = Table(
    "events",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("stream", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("data", Json, nullable=False),
    Column("happened_at", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("cause", Text),
    Column("command_id", Text),
    Column("playbook_version", Text),
    UniqueConstraint("stream", "version"),
)

parts: Final = Table(
    "parts",
    metadata,
    Column("playbook", Text, primary_key=True),
    Column("part", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    Column("published_by", Text, nullable=False),
)

editions: Final = Table(
    "editions",
    metadata,
    Column("playbook", Text, primary_key=True),
    Column("edition", Integer, primary_key=True, autoincrement=False),
    Column("parts", Json, nullable=False),
    Column("source", Text),
    Column("published_at", UtcDateTime, nullable=False),
    Column("published_by", Text, nullable=False),
)

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

guard(events, EVENTS_GUARD)
guard(parts, PARTS_GUARD)
# PARTS_GUARD uses the function of EVENTS_GUARD.
parts.add_is_dependent_on(events)
