"""Deals and what hangs on them."""

import sqlalchemy as sa
from alembic import op

from store.types import Json, Money, UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables and their indexes."""
    _deals()
    _stage_totals()
    _deal_contacts()
    _deal_texts()
    _tasks()
    _enrollments()
    _imports()


def _deals() -> None:
    op.create_table(
        "deals",
        sa.Column("deal_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", Json, nullable=False),
        sa.Column("playbook", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("lost_reason", sa.Text()),
        sa.Column("owner_id", sa.Text()),
        sa.Column("account_id", sa.Text()),
        sa.Column("amount", Money()),
        sa.Column("currency", sa.Text()),
        sa.Column("product", sa.Text()),
        sa.Column("source", sa.Text()),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("stage_entered_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime()),
        sa.Column("expected_close", sa.Date()),
        sa.Column("stagnant", Json, nullable=False),
        sa.Column("stagnant_since", UtcDateTime()),
        sa.Column("paused", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("our_turn_since", UtcDateTime()),
        sa.Column("attention", sa.Text()),
        sa.Column("next_due", UtcDateTime()),
        sa.Column("armed_until", UtcDateTime()),
        sa.CheckConstraint("status IN ('open', 'won', 'lost')", name=op.f("ck_deals_status")),
        sa.PrimaryKeyConstraint("deal_id", name="pk_deals"),
    )
    op.create_index("ix_deals_account", "deals", ["account_id"])
    op.create_index(
        "ix_deals_board",
        "deals",
        ["playbook", "stage", "updated_at", "deal_id"],
        sqlite_where=sa.text("status != 'lost'"),
        postgresql_where=sa.text("status != 'lost'"),
    )
    op.create_index(
        "ix_deals_due",
        "deals",
        ["next_due", "deal_id"],
        sqlite_where=sa.text("next_due IS NOT NULL"),
        postgresql_where=sa.text("next_due IS NOT NULL"),
    )
    op.create_index(
        "ix_deals_owner",
        "deals",
        ["owner_id", "updated_at", "deal_id"],
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index(
        "ix_deals_stagnant",
        "deals",
        ["stagnant_since", "deal_id"],
        sqlite_where=sa.text("stagnant_since IS NOT NULL"),
        postgresql_where=sa.text("stagnant_since IS NOT NULL"),
    )
    op.create_index("ix_deals_status", "deals", ["status", "updated_at", "deal_id"])
    op.create_index("ix_deals_updated", "deals", ["updated_at", "deal_id"])


def _stage_totals() -> None:
    op.create_table(
        "stage_totals",
        sa.Column("playbook", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("deals", sa.Integer(), nullable=False),
        sa.Column("amount", Money(), nullable=False),
        sa.PrimaryKeyConstraint(
            "playbook", "stage", "status", "owner_id", "currency", name="pk_stage_totals"
        ),
    )


def _deal_contacts() -> None:
    op.create_table(
        "deal_contacts",
        sa.Column("deal_id", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("deal_id", "contact_id", name="pk_deal_contacts"),
    )
    op.create_index("ix_deal_contacts_contact", "deal_contacts", ["contact_id"])


def _deal_texts() -> None:
    op.create_table(
        "deal_texts",
        sa.Column("deal_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("deal_id", "name", name="pk_deal_texts"),
    )


def _tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("deal_id", sa.Text()),
        sa.Column("enrollment_id", sa.Text()),
        sa.Column("step", sa.Text()),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text()),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime()),
        sa.CheckConstraint("status IN ('open', 'done', 'dropped')", name=op.f("ck_tasks_status")),
        sa.PrimaryKeyConstraint("task_id", name="pk_tasks"),
    )
    op.create_index("ix_tasks_deal", "tasks", ["deal_id"])
    op.create_index(
        "ix_tasks_person",
        "tasks",
        ["person_id", "due_at", "task_id"],
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )


def _enrollments() -> None:
    op.create_table(
        "enrollments",
        sa.Column("enrollment_id", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("deal_id", sa.Text()),
        sa.Column("contact_id", sa.Text()),
        sa.Column("playbook", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("enrollment_id", name="pk_enrollments"),
    )
    op.create_index("ix_enrollments_contact", "enrollments", ["contact_id", "status"])
    op.create_index(
        "ix_enrollments_part", "enrollments", ["playbook", "part", "status", "enrollment_id"]
    )
    op.create_index("ix_enrollments_stream", "enrollments", ["stream"])


def _imports() -> None:
    op.create_table(
        "imports",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("deal_id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("source", "source_id", name="pk_imports"),
        sa.UniqueConstraint("deal_id", name="uq_imports_deal_id"),
    )
