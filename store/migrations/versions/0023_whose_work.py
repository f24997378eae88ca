"""Indexes for what one person owns and for who is in a group; promises in lost deals, marked so."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

from store.types import Json, UtcDateTime

revision = "0023"
down_revision = "0022"

_BATCH: Final = 1_000

_PROMISES: Final = sa.table(
    "promises",
    *(sa.column(name, sa.Text) for name in ("deal_id", "promise_id", "person_id", "note_id")),
    sa.column("due_at", UtcDateTime),
    sa.column("lost", sa.Boolean),
)


def upgrade() -> None:
    """Make the indexes and the column, and fill that for the deals that are lost."""
    op.create_index("ix_deals_owned", "deals", ["owner_id", "status", "deal_id"])
    op.create_index(
        "ix_people_grouped",
        "people",
        ["person_id"],
        # As the query says it: a partial index serves only the same words.
        sqlite_where=sa.text("active = 1 AND groups != '[]'"),
        postgresql_where=sa.text("active AND groups != '[]'"),
    )
    op.add_column(
        "promises", sa.Column("lost", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    fill(op.get_bind())


def fill(connection: sa.Connection) -> None:
    """A row for each promise in the lost deals as they are kept."""
    rows = _rows(connection)
    while some := list(islice(rows, _BATCH)):
        connection.execute(sa.insert(_PROMISES), some)


def _rows(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    deals = sa.table(
        "deals",
        *(sa.column(name, sa.Text) for name in ("deal_id", "owner_id", "status")),
        sa.column("state", Json),
    )
    length = "jsonb_array_length(state -> 'promises')"
    if connection.dialect.name == "sqlite":
        length = "json_array_length(state, '$.promises')"
    query = sa.select(deals).where(deals.c.status == "lost", sa.text(f"{length} > 0"))
    for deal in connection.execute(query).all():
        for one in deal.state["promises"]:
            person_id = one["owner_id"] or deal.owner_id
            if person_id is not None:
                yield {
                    "deal_id": deal.deal_id,
                    "promise_id": one["promise_id"],
                    "person_id": person_id,
                    "due_at": datetime.fromisoformat(one["due_at"]),
                    "note_id": one["note_id"],
                    "lost": True,
                }
