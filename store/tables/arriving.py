"""Tables of the mail that comes in: what came, how far mailboxes are read, who may be meant."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    literal_column,
)

from store.tables.metadata import metadata
from store.types import UtcDateTime

# Who wrote, to whom and what is erasable; that a mail came, when and what it meant stays.
inbound: Final = Table(
    "inbound",
    metadata,
    Column("inbound_id", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("mailbox", Text),
    Column("folder", Text),
    Column("arrived_at", UtcDateTime, nullable=False),
    Column("taken_at", UtcDateTime, nullable=False),
    Column("kind", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("how", Text),
    Column("contact_id", Text),
    Column("deal_id", Text),
    Column("touch_id", Text),
    Column("message_id", Text),
    Column("sender_key", Text),
    Column("sender", Text),
    Column("sender_name", Text),
    Column("subject", Text),
    Column("text", Text),
    Column("raw", LargeBinary),
    Column("settled_by", Text),
    Column("settled_at", UtcDateTime),
    CheckConstraint(
        "status IN ('matched', 'unmatched', 'attached', 'ignored')",
        name="status",
    ),
    Index("ix_inbound_arrived", "arrived_at", "inbound_id"),
    Index("ix_inbound_contact", "contact_id", "arrived_at"),
    Index("ix_inbound_deal", "deal_id", "arrived_at"),
    Index("ix_inbound_message", "message_id"),
    Index("ix_inbound_sender", "sender_key"),
)

INBOUND_WAITS: Final = inbound.c.status == literal_column("'unmatched'")
Index(
    "ix_inbound_waits",
    inbound.c.arrived_at,
    inbound.c.inbound_id,
    sqlite_where=INBOUND_WAITS,
    postgresql_where=INBOUND_WAITS,
)

INBOUND_IGNORED: Final = inbound.c.status == literal_column("'ignored'")
Index(
    "ix_inbound_ignored",
    inbound.c.taken_at,
    sqlite_where=INBOUND_IGNORED,
    postgresql_where=INBOUND_IGNORED,
)

# How far each folder of each mailbox is read (RFC 9051: a UID counts under its UIDVALIDITY).
mailbox_cursors: Final = Table(
    "mailbox_cursors",
    metadata,
    Column("mailbox", Text, primary_key=True),
    Column("folder", Text, primary_key=True),
    Column("uid_validity", BigInteger, nullable=False),
    Column("last_uid", BigInteger, nullable=False),
    Column("polled_at", UtcDateTime),
    Column("problem", Text),
    Column("failing_since", UtcDateTime),
    Column("taken", Integer, nullable=False),
)

# The tokens in addresses of ours: of a deal for a rep's blind copy, of a mail for its bounces.
address_tokens: Final = Table(
    "address_tokens",
    metadata,
    Column("token", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("issued_at", UtcDateTime, nullable=False),
)

# Other addresses of a contact, by keyed hash.
contact_aliases: Final = Table(
    "contact_aliases",
    metadata,
    Column("email_key", Text, primary_key=True),
    Column("contact_id", Text, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    Column("added_by", Text, nullable=False),
    Index("ix_contact_aliases_contact", "contact_id"),
)
