"""The send ledger, suppression and the way out."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables and their indexes."""
    _sends()
    _suppression()
    _unsubscribe_tokens()


def _sends() -> None:
    op.create_table(
        "sends",
        sa.Column("touch_id", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("deal_id", sa.Text()),
        sa.Column("nurture_id", sa.Text()),
        sa.Column("contact_id", sa.Text()),
        sa.Column("person_id", sa.Text()),
        sa.Column("enrollment_id", sa.Text()),
        sa.Column("step", sa.Text()),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("template_version", sa.Text()),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("playbook_version", sa.Text()),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("in_reply_to", sa.Text()),
        sa.Column("subject", sa.Text()),
        sa.Column("payload", sa.LargeBinary()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("reply", sa.Text()),
        sa.Column("owner", sa.Text()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", UtcDateTime()),
        sa.Column("slot_at", UtcDateTime()),
        sa.Column("window_opens", UtcDateTime()),
        sa.Column("window_closes", UtcDateTime()),
        sa.Column("moved", sa.Text()),
        sa.Column("planned_at", UtcDateTime(), nullable=False),
        sa.Column("claimed_at", UtcDateTime()),
        sa.Column("data_at", UtcDateTime()),
        sa.Column("finished_at", UtcDateTime()),
        sa.Column("sent_at", UtcDateTime()),
        sa.CheckConstraint(
            "status IN ('planned', 'claimed', 'data', 'sent', 'refused', "
            "'in_doubt', 'cancelled', 'missed')",
            name=op.f("ck_sends_status"),
        ),
        sa.PrimaryKeyConstraint("touch_id", name="pk_sends"),
    )
    op.create_index("ix_sends_contact", "sends", ["contact_id", "sent_at"])
    op.create_index("ix_sends_message", "sends", ["message_id"])
    op.create_index("ix_sends_planned", "sends", ["planned_at", "touch_id"])
    op.create_index("ix_sends_stream", "sends", ["stream", "planned_at"])
    op.create_index(
        "ix_sends_unsettled",
        "sends",
        ["status", "planned_at", "touch_id"],
        sqlite_where=sa.text("status IN ('planned', 'claimed', 'data', 'in_doubt')"),
        postgresql_where=sa.text("status IN ('planned', 'claimed', 'data', 'in_doubt')"),
    )


def _suppression() -> None:
    op.create_table(
        "suppression",
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("position", sa.BigInteger()),
        sa.PrimaryKeyConstraint("email_key", "scope", name="pk_suppression"),
    )


def _unsubscribe_tokens() -> None:
    op.create_table(
        "unsubscribe_tokens",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_unsubscribe_tokens"),
    )
    op.create_index("ix_unsubscribe_tokens_contact", "unsubscribe_tokens", ["contact_id"])
