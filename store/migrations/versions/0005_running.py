"""Commands, nudges, switches and nurture runs."""

import sqlalchemy as sa
from alembic import op

from store.types import Json, UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables and their indexes."""
    _commands()
    _nudges()
    _switches()
    _nurtures()


def _commands() -> None:
    op.create_table(
        "commands",
        sa.Column("command_id", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("body", Json),
        sa.Column("kept_at", UtcDateTime(), nullable=False),
        sa.Column("receipt", Json),
        sa.Column("answered_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("command_id", name="pk_commands"),
    )
    op.create_index("ix_commands_stream", "commands", ["stream"])
    op.create_index(
        "ix_commands_unanswered",
        "commands",
        ["kept_at", "command_id"],
        sqlite_where=sa.text("answered_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL"),
    )


def _nudges() -> None:
    op.create_table(
        "nudges",
        sa.Column("nudge_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("nudge_id", name="pk_nudges"),
        sqlite_autoincrement=True,
    )


def _switches() -> None:
    op.create_table(
        "switches",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("name", name="pk_switches"),
    )


def _nurtures() -> None:
    op.create_table(
        "nurtures",
        sa.Column("enrollment_id", sa.Text(), nullable=False),
        sa.Column("playbook", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("part_version", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", Json, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("next_due", UtcDateTime()),
        sa.Column("armed_until", UtcDateTime()),
        sa.PrimaryKeyConstraint("enrollment_id", name="pk_nurtures"),
    )
    op.create_index("ix_nurtures_contact", "nurtures", ["contact_id", "started_at"])
    op.create_index(
        "ix_nurtures_due",
        "nurtures",
        ["next_due", "enrollment_id"],
        sqlite_where=sa.text("next_due IS NOT NULL"),
        postgresql_where=sa.text("next_due IS NOT NULL"),
    )
    op.create_index(
        "ix_nurtures_part", "nurtures", ["playbook", "part", "started_at", "enrollment_id"]
    )
