"""Contacts, companies and people."""

import sqlalchemy as sa
from alembic import op

from store.types import Json, UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables and their indexes."""
    _accounts()
    _contacts()
    _consents()
    _people()


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("country", sa.Text()),
        sa.Column("facts", Json, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_accounts"),
        sa.UniqueConstraint("name_key", name="uq_accounts_name_key"),
    )


def _contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text()),
        sa.Column("email_key", sa.Text()),
        sa.Column("name", sa.Text()),
        sa.Column("zone", sa.Text()),
        sa.Column("country", sa.Text()),
        sa.Column("locale", sa.Text()),
        sa.Column("account_id", sa.Text()),
        sa.Column("facts", Json, nullable=False),
        sa.Column("source", sa.Text()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("forgotten_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("contact_id", name="pk_contacts"),
        sa.UniqueConstraint("email_key", name="uq_contacts_email_key"),
    )
    op.create_index("ix_contacts_account", "contacts", ["account_id"])
    op.create_index("ix_contacts_created", "contacts", ["created_at", "contact_id"])


def _consents() -> None:
    op.create_table(
        "consents",
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("source", sa.Text()),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime()),
        sa.Column("withdrawn_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("contact_id", "purpose", name="pk_consents"),
    )


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text()),
        sa.Column("zone", sa.Text()),
        sa.Column("country", sa.Text()),
        sa.Column("locale", sa.Text()),
        sa.Column("manager_id", sa.Text()),
        sa.Column("groups", Json, nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name="pk_people"),
    )
    op.create_index("ix_people_email", "people", ["email"])
