"""An index of the mails that came to nothing, so that the mail room finds the few among many."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Make the index."""
    nothing = sa.text("status IN ('refused', 'cancelled', 'missed')")
    op.create_index(
        "ix_sends_nothing",
        "sends",
        ["status", "planned_at", "touch_id"],
        sqlite_where=nothing,
        postgresql_where=nothing,
    )
