"""Indexes with all that filters of the board and the ranking of quiet deals look at."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

_PLACE = ("updated_at", "deal_id")
_LOOKED_AT = ("status", "product", "amount", "currency", "account_id")


def upgrade() -> None:
    """Make the indexes anew, wider."""
    on_board, stagnant = sa.text("status != 'lost'"), sa.text("stagnant_since IS NOT NULL")
    of_stage = ("playbook", "stage")
    _again("ix_deals_board", (*of_stage, *_PLACE, *_LOOKED_AT), on_board)
    _again("ix_deals_board_owner", (*of_stage, "owner_id", *_PLACE, *_LOOKED_AT), on_board)
    found = (*of_stage, *_PLACE, *_LOOKED_AT, "stagnant_since")
    _again("ix_deals_board_stagnant", found, stagnant)
    ranked_by = ("playbook", "stage", "owner_id", "amount", "currency")
    _again("ix_deals_stagnant", ("stagnant_since", "deal_id", *ranked_by), stagnant)
    of_owner = (*of_stage, "owner_id", *_PLACE, *_LOOKED_AT, "stagnant_since")
    _make("ix_deals_board_owner_stagnant", of_owner, stagnant)


def _again(name: str, columns: tuple[str, ...], where: sa.TextClause) -> None:
    op.drop_index(name, "deals")
    _make(name, columns, where)


def _make(name: str, columns: tuple[str, ...], where: sa.TextClause) -> None:
    op.create_index(name, "deals", [*columns], sqlite_where=where, postgresql_where=where)
