"""An index of the mail that concerned nobody, so that what is old of it is found and forgotten."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the index."""
    ignored = sa.text("status = 'ignored'")
    op.create_index(
        "ix_inbound_ignored",
        "inbound",
        ["taken_at"],
        sqlite_where=ignored,
        postgresql_where=ignored,
    )
