"""What lists say of the next thing of a deal, and how many deals are stagnant, kept as sums.

In a house that is older than this the first is empty until the deal is next worked on, or until
`sluice rebuild`.
"""

import sqlalchemy as sa
from alembic import op

from store.types import Json

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Add the columns, and count the stagnant deals that there are."""
    op.add_column("deals", sa.Column("ahead", Json))
    zero = sa.text("'0'")
    op.add_column(
        "stage_totals", sa.Column("stagnant", sa.Integer(), nullable=False, server_default=zero)
    )
    op.execute(COUNTED)


COUNTED = """
UPDATE stage_totals SET stagnant = (
    SELECT count(*) FROM deals
    WHERE deals.stagnant_since IS NOT NULL
    AND deals.playbook = stage_totals.playbook AND deals.stage = stage_totals.stage
    AND deals.status = stage_totals.status
    AND coalesce(deals.owner_id, '') = stage_totals.owner_id
    AND coalesce(deals.currency, '') = stage_totals.currency
)
"""
