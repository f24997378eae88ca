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
    for part in _PARTS:
        op.execute(filling(part, op.get_bind().dialect.name))
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


def filling(part: str, dialect: str) -> str:
    """The statement that fills a column from the deals as they are kept."""
    found = f"json_extract(state, '$.pins.{part}')"
    if dialect != "sqlite":
        found = f"(state -> 'pins' ->> '{part}')::integer"
    return f"UPDATE deals SET pinned_{part} = {found}"
