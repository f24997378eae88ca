"""An index of the won deals of a person, so that what was promised there is found for their day."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Make the index."""
    won = sa.text("status = 'won'")
    op.create_index(
        "ix_deals_won_owner",
        "deals",
        ["owner_id", "updated_at", "deal_id"],
        sqlite_where=won,
        postgresql_where=won,
    )
