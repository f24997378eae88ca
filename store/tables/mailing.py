"""Tables of the mail room: the send ledger, who must not be written to, and the way out."""

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

sends: Final = Table(
    "sends",
    metadata,
    Column("touch_id", Text, primary_key=True),
    Column("stream", Text, nullable=False),
    Column("deal_id", Text),
    Column("nurture_id", Text),
    Column("contact_id", Text),
    Column("person_id", Text),
    Column("enrollment_id", Text),
    Column("step", Text),
    Column("template", Text, nullable=False),
    Column("template_version", Text),
    Column("purpose", Text, nullable=False),
    Column("playbook_version", Text),
    Column("message_id", Text, nullable=False),
    Column("in_reply_to", Text),
    Column("subject", Text),
    Column("payload", LargeBinary),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("reply", Text),
    Column("owner", Text),
    Column("attempts", Integer, nullable=False),
    Column("not_before", UtcDateTime),
    Column("slot_at", UtcDateTime),
    Column("window_opens", UtcDateTime),
    Column("window_closes", UtcDateTime),
    Column("moved", Text),
    Column("planned_at", UtcDateTime, nullable=False),
    Column("claimed_at", UtcDateTime),
    Column("data_at", UtcDateTime),
    Column("finished_at", UtcDateTime),
    Column("sent_at", UtcDateTime),
    Column("mailbox", Text),
    Column("sender", Text),
    Column("recipient_domain", Text),
    Column("left_at", UtcDateTime),
    Column("came_back", Text),
    Column("held_by", Text),
    Column("rank", Integer),
    Column("in_doubt", Text),
    CheckConstraint(
        "status IN ('planned', 'claimed', 'data', 'sent', 'refused', 'in_doubt', "
        "'cancelled', 'missed')",
        name="status",
    ),
    Index("ix_sends_stream", "stream", "planned_at"),
    Index("ix_sends_contact", "contact_id", "sent_at"),
    Index("ix_sends_message", "message_id"),
    Index("ix_sends_planned", "planned_at", "touch_id"),
)

SEND_IS_UNSETTLED: Final = sends.c.status.in_(
    [literal_column(f"'{status}'") for status in ("planned", "claimed", "data", "in_doubt")]
)
Index(
    "ix_sends_unsettled",
    sends.c.status,
    sends.c.planned_at,
    sends.c.touch_id,
    sqlite_where=SEND_IS_UNSETTLED,
    postgresql_where=SEND_IS_UNSETTLED,
)

SEND_CAME_TO_NOTHING: Final = sends.c.status.in_(
    [literal_column(f"'{status}'") for status in ("refused", "cancelled", "missed")]
)
Index(
    "ix_sends_nothing",
    sends.c.status,
    sends.c.planned_at,
    sends.c.touch_id,
    sqlite_where=SEND_CAME_TO_NOTHING,
    postgresql_where=SEND_CAME_TO_NOTHING,
)

# What left is counted for the limits, what waits for one is found by its queue.
SEND_LEFT: Final = sends.c.left_at.is_not(None)
for _name, _of in (
    ("mailbox", sends.c.mailbox),
    ("domain", sends.c.recipient_domain),
    ("contact", sends.c.contact_id),
):
    Index(
        f"ix_sends_left_{_name}",
        _of,
        sends.c.left_at,
        sqlite_where=SEND_LEFT,
        postgresql_where=SEND_LEFT,
    )
SEND_IS_HELD: Final = sends.c.held_by.is_not(None)
Index(
    "ix_sends_held",
    sends.c.held_by,
    sends.c.not_before,
    sqlite_where=SEND_IS_HELD,
    postgresql_where=SEND_IS_HELD,
)

# What a mail waits for now stands in its row; here stands what it waited for, and until when.
send_waits: Final = Table(
    "send_waits",
    metadata,
    Column("touch_id", Text, primary_key=True),
    Column("since", UtcDateTime, primary_key=True),
    Column("until", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("stream", Text, nullable=False),
    Index("ix_send_waits_stream", "stream", "since"),
)

# Keyed by a keyed hash of the address, so that it outlives the erasure of who it was.
suppression: Final = Table(
    "suppression",
    metadata,
    Column("email_key", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("position", BigInteger),
)

unsubscribe_tokens: Final = Table(
    "unsubscribe_tokens",
    metadata,
    Column("token", Text, primary_key=True),
    Column("contact_id", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("stream", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Index("ix_unsubscribe_tokens_contact", "contact_id"),
)

consent_asks: Final = Table(
    "consent_asks",
    metadata,
    Column("token", Text, primary_key=True),
    Column("contact_id", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("source", Text),
    Column("touch_id", Text, nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("confirmed_at", UtcDateTime),
    Index("ix_consent_asks_contact", "contact_id", "asked_at"),
)

links: Final = Table(
    "links",
    metadata,
    Column("link_id", Text, primary_key=True),
    Column("touch_id", Text, nullable=False),
    Column("contact_id", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("url", Text, nullable=False),
    Index("ix_links_touch", "touch_id", "position"),
    Index("ix_links_contact", "contact_id"),
)

clicks: Final = Table(
    "clicks",
    metadata,
    Column("link_id", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("why_not", Text),
)

erasures: Final = Table(
    "erasures",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("contact_id", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

# The language is "" for the default one; a source of NULL says that the file that ships holds.
template_versions: Final = Table(
    "template_versions",
    metadata,
    Column("name", Text, primary_key=True),
    Column("locale", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("source", Text),
    Column("template_version", Text, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    Column("published_by", Text, nullable=False),
)
