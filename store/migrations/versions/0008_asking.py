"""Questions to contacts whether they agree to mail of a purpose."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the table and its index."""
    op.create_table(
        "consent_asks",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("source", sa.Text()),
        sa.Column("touch_id", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("token", name="pk_consent_asks"),
    )
    op.create_index("ix_consent_asks_contact", "consent_asks", ["contact_id", "asked_at"])
