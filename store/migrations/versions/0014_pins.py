"""To which versions open deals are pinned, so that it is counted without reading every deal."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_PARTS = ("pipeline", "calendar")


def upgrade() -> None:
    """Add the columns, fill them from the deals as they are kept, and make the indexes."""
    for part in _PARTS:
        op.add_column("deals", sa.Column(f"pinned_{part}", sa.Integer()))
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for part in _PARTS:
        found = f"json_extract(state, '$.pins.{part}')"
        if not is_sqlite:
            found = f"(state -> 'pins' ->> '{part}')::integer"
        op.execute(f"UPDATE deals SET pinned_{part} = {found}")
    is_open, active = sa.text("status = 'open'"), sa.text("status = 'active'")
    op.create_index(
        "ix_deals_pinned",
        "deals",
        ["playbook", "pinned_pipeline", "pinned_calendar", "stage"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index(
        "ix_enrollments_pinned",
        "enrollments",
        ["playbook", "part", "version"],
        sqlite_where=active,
        postgresql_where=active,
    )
