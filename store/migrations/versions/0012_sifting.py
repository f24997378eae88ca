"""Indexes for the filters of the board: what they look at, owners, stagnant deals, products."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_ORDER = ("updated_at", "deal_id")


def upgrade() -> None:
    """Make the indexes; the board's own is made anew, with more columns."""
    on_board, stagnant = sa.text("status != 'lost'"), sa.text("stagnant_since IS NOT NULL")
    op.drop_index("ix_deals_board", "deals")
    looked_at = ("status", "product", "amount", "currency")
    _make("ix_deals_board", ("playbook", "stage", *_ORDER, *looked_at), on_board)
    _make("ix_deals_board_owner", ("playbook", "stage", "owner_id", *_ORDER), on_board)
    _make("ix_deals_board_stagnant", ("playbook", "stage", *_ORDER), stagnant)
    op.create_index("ix_deals_product", "deals", ["playbook", "product"])


def _make(name: str, columns: tuple[str, ...], where: sa.TextClause) -> None:
    op.create_index(name, "deals", [*columns], sqlite_where=where, postgresql_where=where)
