"""Open promises, one row each, so that whoever promised finds them in whosever deal they are."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

from store.types import Json, UtcDateTime

revision = "0020"
down_revision = "0019"

_BATCH: Final = 1_000

_PROMISES: Final = sa.table(
    "promises",
    sa.column("deal_id", sa.Text),
    sa.column("promise_id", sa.Text),
    sa.column("person_id", sa.Text),
    sa.column("due_at", UtcDateTime),
    sa.column("note_id", sa.Text),
)


def upgrade() -> None:
    """Make the table, fill it, and drop the index by which won deals were searched for them."""
    op.create_table(
        "promises",
        sa.Column("deal_id", sa.Text(), nullable=False),
        sa.Column("promise_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("note_id", sa.Text()),
        sa.PrimaryKeyConstraint("deal_id", "promise_id", name="pk_promises"),
    )
    op.create_index("ix_promises_person", "promises", ["person_id", "due_at", "promise_id"])
    fill(op.get_bind())
    op.drop_index("ix_deals_won_owner", "deals")


def fill(connection: sa.Connection) -> None:
    """A row for each promise in the deals as they are kept."""
    rows = _rows(connection)
    while some := list(islice(rows, _BATCH)):
        connection.execute(sa.insert(_PROMISES), some)


def _rows(connection: sa.Connection) -> Iterator[dict[str, Any]]:
    """Of deals that are not lost; only states in which something is promised are read out."""
    deals = sa.table(
        "deals",
        *(sa.column(name, sa.Text) for name in ("deal_id", "owner_id", "status")),
        sa.column("state", Json),
    )
    length = "jsonb_array_length(state -> 'promises')"
    if connection.dialect.name == "sqlite":
        length = "json_array_length(state, '$.promises')"
    query = sa.select(deals).where(deals.c.status != "lost", sa.text(f"{length} > 0"))
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
                }
