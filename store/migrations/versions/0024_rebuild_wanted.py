"""A mark for houses whose deals were written before 0021: what they do next wants a rebuild."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0024"
down_revision = "0023"

_SWITCHES = sa.table(
    "switches",
    *(sa.column(name, sa.Text) for name in ("name", "by", "reason")),
    sa.column("is_on", sa.Boolean),
    sa.column("since", UtcDateTime),
)


def upgrade() -> None:
    """Set the mark where a deal has a moment and no words for it."""
    mark(op.get_bind())


def mark(connection: sa.Connection) -> None:
    """The switch of `store.switches` that a rebuild takes away."""
    asked = sa.text("SELECT 1 FROM deals WHERE next_due IS NOT NULL AND ahead IS NULL LIMIT 1")
    if connection.execute(asked).first() is not None:
        row = {"name": "rebuild_wanted", "is_on": True, "by": "sluice"}
        row |= {"since": datetime.now(UTC), "reason": "what deals do next is not written down"}
        connection.execute(sa.insert(_SWITCHES), row)
