"""Mail that comes in, how far mailboxes are read, tokens in addresses, further addresses."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables and their indexes."""
    _inbound()
    _cursors()
    _tokens()
    _aliases()


def _inbound() -> None:
    op.create_table(
        "inbound",
        sa.Column("inbound_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("mailbox", sa.Text()),
        sa.Column("folder", sa.Text()),
        sa.Column("arrived_at", UtcDateTime(), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("how", sa.Text()),
        sa.Column("contact_id", sa.Text()),
        sa.Column("deal_id", sa.Text()),
        sa.Column("touch_id", sa.Text()),
        sa.Column("message_id", sa.Text()),
        sa.Column("sender_key", sa.Text()),
        sa.Column("sender", sa.Text()),
        sa.Column("sender_name", sa.Text()),
        sa.Column("subject", sa.Text()),
        sa.Column("text", sa.Text()),
        sa.Column("raw", sa.LargeBinary()),
        sa.Column("settled_by", sa.Text()),
        sa.Column("settled_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("inbound_id", name="pk_inbound"),
        sa.CheckConstraint(
            "status IN ('matched', 'unmatched', 'attached', 'ignored')",
            name=op.f("ck_inbound_status"),
        ),
    )
    op.create_index("ix_inbound_arrived", "inbound", ["arrived_at", "inbound_id"])
    op.create_index("ix_inbound_contact", "inbound", ["contact_id", "arrived_at"])
    op.create_index("ix_inbound_deal", "inbound", ["deal_id", "arrived_at"])
    op.create_index("ix_inbound_message", "inbound", ["message_id"])
    op.create_index("ix_inbound_sender", "inbound", ["sender_key"])
    op.create_index(
        "ix_inbound_waits",
        "inbound",
        ["arrived_at", "inbound_id"],
        sqlite_where=sa.text("status = 'unmatched'"),
        postgresql_where=sa.text("status = 'unmatched'"),
    )


def _cursors() -> None:
    op.create_table(
        "mailbox_cursors",
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("polled_at", UtcDateTime()),
        sa.Column("problem", sa.Text()),
        sa.Column("failing_since", UtcDateTime()),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("mailbox", "folder", name="pk_mailbox_cursors"),
    )


def _tokens() -> None:
    op.create_table(
        "address_tokens",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_address_tokens"),
    )


def _aliases() -> None:
    op.create_table(
        "contact_aliases",
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("email_key", name="pk_contact_aliases"),
    )
    op.create_index("ix_contact_aliases_contact", "contact_aliases", ["contact_id"])
