"""From which mailbox a mail goes, to which domain, when it left, and what it waits for."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0007"
down_revision = "0006"

LEFT = "left_at IS NOT NULL"
HELD = "held_by IS NOT NULL"


def upgrade() -> None:
    """Add the columns, tell of old mails when they left, and make the indexes."""
    for column in (
        sa.Column("mailbox", sa.Text()),
        sa.Column("sender", sa.Text()),
        sa.Column("recipient_domain", sa.Text()),
        sa.Column("left_at", UtcDateTime()),
        sa.Column("came_back", sa.Text()),
        sa.Column("held_by", sa.Text()),
        sa.Column("rank", sa.Integer()),
        sa.Column("in_doubt", sa.Text()),
    ):
        op.add_column("sends", column)
    op.execute(
        "UPDATE sends SET left_at = coalesce(sent_at, not_before, slot_at, planned_at) "
        "WHERE status IN ('data', 'sent', 'in_doubt')"
    )
    _index("ix_sends_left_mailbox", ["mailbox", "left_at"], LEFT)
    _index("ix_sends_left_domain", ["recipient_domain", "left_at"], LEFT)
    _index("ix_sends_left_contact", ["contact_id", "left_at"], LEFT)
    _index("ix_sends_held", ["held_by", "not_before"], HELD)


def _index(name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, "sends", columns, sqlite_where=condition, postgresql_where=condition)
