"""Long work that an admin asked for: how far it is, and what it came to."""

import sqlalchemy as sa
from alembic import op

from store.types import Json, UtcDateTime

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Make the table and its index."""
    op.create_table(
        "jobs",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("result", Json),
        sa.Column("message", sa.Text()),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("beat_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("job_id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_started", "jobs", ["started_at"])
