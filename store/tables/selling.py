"""Tables of deals and what hangs on them: texts, contacts, totals, tasks, promises, sources."""

from typing import Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    false,
    literal_column,
)

from store.tables.metadata import metadata
from store.types import Json, Money, UtcDateTime

# State is the folded deal; every other column is a copy of something in it, to find it by.
deals: Final = Table(
    "deals",
    metadata,
    Column("deal_id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", Json, nullable=False),
    Column("playbook", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("lost_reason", Text),
    Column("owner_id", Text),
    Column("account_id", Text),
    Column("amount", Money),
    Column("currency", Text),
    Column("product", Text),
    Column("source", Text),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("stage_entered_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("expected_close", Date),
    Column("stagnant", Json, nullable=False),
    Column("stagnant_since", UtcDateTime),
    Column("paused", Boolean, nullable=False, server_default=false()),
    Column("our_turn_since", UtcDateTime),
    Column("attention", Text),
    Column("next_due", UtcDateTime),
    Column("armed_until", UtcDateTime),
    Column("pinned_pipeline", Integer),
    Column("pinned_calendar", Integer),
    # What lists say of the thing that is due next; computed with `next_due`, never alone.
    Column("ahead", Json),
    CheckConstraint("status IN ('open', 'won', 'lost')", name="status"),
)

# A partial index serves only queries that carry the same words: use these in queries too.
DEAL_IS_OPEN: Final = deals.c.status == literal_column("'open'")
DEAL_ON_BOARD: Final = deals.c.status != literal_column("'lost'")
DEAL_IS_STAGNANT: Final = deals.c.stagnant_since.is_not(None)
DEAL_HAS_DUE: Final = deals.c.next_due.is_not(None)

# What filters of the board look at, so that they read an index alone.
SIFTED_BY: Final = (
    deals.c.status,
    deals.c.product,
    deals.c.amount,
    deals.c.currency,
    deals.c.account_id,
)
Index(
    "ix_deals_board",
    deals.c.playbook,
    deals.c.stage,
    deals.c.updated_at,
    deals.c.deal_id,
    *SIFTED_BY,
    sqlite_where=DEAL_ON_BOARD,
    postgresql_where=DEAL_ON_BOARD,
)
Index(
    "ix_deals_board_owner",
    deals.c.playbook,
    deals.c.stage,
    deals.c.owner_id,
    deals.c.updated_at,
    deals.c.deal_id,
    *SIFTED_BY,
    sqlite_where=DEAL_ON_BOARD,
    postgresql_where=DEAL_ON_BOARD,
)
Index(
    "ix_deals_board_stagnant",
    deals.c.playbook,
    deals.c.stage,
    deals.c.updated_at,
    deals.c.deal_id,
    *SIFTED_BY,
    deals.c.stagnant_since,
    sqlite_where=DEAL_IS_STAGNANT,
    postgresql_where=DEAL_IS_STAGNANT,
)
Index(
    "ix_deals_board_owner_stagnant",
    deals.c.playbook,
    deals.c.stage,
    deals.c.owner_id,
    deals.c.updated_at,
    deals.c.deal_id,
    *SIFTED_BY,
    deals.c.stagnant_since,
    sqlite_where=DEAL_IS_STAGNANT,
    postgresql_where=DEAL_IS_STAGNANT,
)
Index("ix_deals_product", deals.c.playbook, deals.c.product)
Index(
    "ix_deals_owner",
    deals.c.owner_id,
    deals.c.updated_at,
    deals.c.deal_id,
    sqlite_where=DEAL_IS_OPEN,
    postgresql_where=DEAL_IS_OPEN,
)
Index(
    "ix_deals_stagnant",
    deals.c.stagnant_since,
    deals.c.deal_id,
    # What ranking looks at.
    deals.c.playbook,
    deals.c.stage,
    deals.c.owner_id,
    deals.c.amount,
    deals.c.currency,
    sqlite_where=DEAL_IS_STAGNANT,
    postgresql_where=DEAL_IS_STAGNANT,
)
Index(
    "ix_deals_due",
    deals.c.next_due,
    deals.c.deal_id,
    sqlite_where=DEAL_HAS_DUE,
    postgresql_where=DEAL_HAS_DUE,
)
# What somebody owns, ended deals as well: for when they leave.
Index("ix_deals_owned", deals.c.owner_id, deals.c.status, deals.c.deal_id)
# Who is pinned to which version, and in which stage: counted from the index alone.
Index(
    "ix_deals_pinned",
    deals.c.playbook,
    deals.c.pinned_pipeline,
    deals.c.pinned_calendar,
    deals.c.stage,
    sqlite_where=DEAL_IS_OPEN,
    postgresql_where=DEAL_IS_OPEN,
)
Index("ix_deals_updated", deals.c.updated_at, deals.c.deal_id)
Index("ix_deals_status", deals.c.status, deals.c.updated_at, deals.c.deal_id)
Index("ix_deals_account", deals.c.account_id)

# One row for every combination that has a deal; kept in the transaction that changes a deal.
stage_totals: Final = Table(
    "stage_totals",
    metadata,
    Column("playbook", Text, primary_key=True),
    Column("stage", Text, primary_key=True),
    Column("status", Text, primary_key=True),
    Column("owner_id", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("deals", Integer, nullable=False),
    Column("amount", Money, nullable=False),
    Column("stagnant", Integer, nullable=False, server_default="0"),
)

deal_contacts: Final = Table(
    "deal_contacts",
    metadata,
    Column("deal_id", Text, primary_key=True),
    Column("contact_id", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("place", Integer, nullable=False),
    Index("ix_deal_contacts_contact", "contact_id"),
)

# Titles, notes and text fields: everything of a deal that a person may have typed. Erasable.
deal_texts: Final = Table(
    "deal_texts",
    metadata,
    Column("deal_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("text", Text, nullable=False),
)

tasks: Final = Table(
    "tasks",
    metadata,
    Column("task_id", Text, primary_key=True),
    Column("stream", Text, nullable=False),
    Column("deal_id", Text),
    Column("enrollment_id", Text),
    Column("step", Text),
    Column("verb", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("person_id", Text),
    Column("role", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("settled_at", UtcDateTime),
    CheckConstraint("status IN ('open', 'done', 'dropped')", name="status"),
    Index("ix_tasks_deal", "deal_id"),
)
TASK_IS_OPEN: Final = tasks.c.status == literal_column("'open'")
Index(
    "ix_tasks_person",
    tasks.c.person_id,
    tasks.c.due_at,
    tasks.c.task_id,
    sqlite_where=TASK_IS_OPEN,
    postgresql_where=TASK_IS_OPEN,
)

# What is promised and not kept yet; in a lost deal nobody owes it unless that is reopened.
promises: Final = Table(
    "promises",
    metadata,
    Column("deal_id", Text, primary_key=True),
    Column("promise_id", Text, primary_key=True),
    Column("person_id", Text, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("note_id", Text),
    Column("lost", Boolean, nullable=False, server_default=false()),
    Index("ix_promises_person", "person_id", "due_at", "promise_id"),
)

# Every enrollment of deals and contacts, to find who is in what, and in which version of it.
enrollments: Final = Table(
    "enrollments",
    metadata,
    Column("enrollment_id", Text, primary_key=True),
    Column("stream", Text, nullable=False),
    Column("deal_id", Text),
    Column("contact_id", Text),
    Column("playbook", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("started_at", UtcDateTime, nullable=False),
    Index("ix_enrollments_contact", "contact_id", "status"),
    Index("ix_enrollments_part", "playbook", "part", "status", "enrollment_id"),
    Index("ix_enrollments_stream", "stream"),
)

ENROLLMENT_IS_ACTIVE: Final = enrollments.c.status == literal_column("'active'")
Index(
    "ix_enrollments_pinned",
    enrollments.c.playbook,
    enrollments.c.part,
    enrollments.c.version,
    sqlite_where=ENROLLMENT_IS_ACTIVE,
    postgresql_where=ENROLLMENT_IS_ACTIVE,
)

imports: Final = Table(
    "imports",
    metadata,
    Column("source", Text, primary_key=True),
    Column("source_id", Text, primary_key=True),
    Column("deal_id", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("imported_at", UtcDateTime, nullable=False),
    UniqueConstraint("deal_id"),
)
