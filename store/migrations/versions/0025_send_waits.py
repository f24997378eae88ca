"""What each mail waited for and how long; its row in the ledger knows the last wait alone."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Make the table; what waited before left no trace."""
    op.create_table(
        "send_waits",
        sa.Column("touch_id", sa.Text(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("touch_id", "since", name="pk_send_waits"),
    )
    op.create_index("ix_send_waits_stream", "send_waits", ["stream", "since"])
