"""Telling other programs: endpoints of webhooks, and what became of each event."""

import sqlalchemy as sa
from alembic import op

from store.types import Json, UtcDateTime

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Make the tables and their indexes."""
    op.create_table(
        "webhooks",
        sa.Column("webhook_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("kinds", Json, nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("rotated_at", UtcDateTime()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("status_since", UtcDateTime(), nullable=False),
        sa.Column("because", sa.Text()),
        sa.Column("settled", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.BigInteger(), nullable=False),
        sa.Column("told_at", UtcDateTime()),
        sa.Column("ring", sa.Integer(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("next_at", UtcDateTime()),
        sa.Column("failing_since", UtcDateTime()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("webhook_id", name="pk_webhooks"),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("webhook_id", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcDateTime()),
        sa.Column("next_at", UtcDateTime()),
        sa.Column("attempts", Json, nullable=False),
        sa.PrimaryKeyConstraint("webhook_id", "position", name="pk_webhook_deliveries"),
    )
    _index("ix_webhook_deliveries_status", "status", "position")
    _index("ix_webhook_deliveries_age", "last_at")


def _index(name: str, *columns: str) -> None:
    op.create_index(name, "webhook_deliveries", ["webhook_id", *columns])
