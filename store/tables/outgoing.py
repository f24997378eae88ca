"""Tables of what is told to other programs: endpoints of webhooks, and what became of each event.

No secret is kept: an endpoint's is made from the secret of the house and the `generation`.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from store.tables.metadata import metadata
from store.types import Json, UtcDateTime

webhooks: Final = Table(
    "webhooks",
    metadata,
    Column("webhook_id", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("kinds", Json, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("rotated_at", UtcDateTime),
    Column("status", Text, nullable=False),
    Column("status_since", UtcDateTime, nullable=False),
    Column("because", Text),
    Column("settled", BigInteger, nullable=False),
    Column("told", BigInteger, nullable=False),
    Column("told_at", UtcDateTime),
    Column("ring", Integer, nullable=False),
    Column("rung", Integer, nullable=False),
    Column("next_at", UtcDateTime),
    Column("failing_since", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", Text, nullable=False),
)

webhook_deliveries: Final = Table(
    "webhook_deliveries",
    metadata,
    Column("webhook_id", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("last_at", UtcDateTime),
    Column("next_at", UtcDateTime),
    Column("attempts", Json, nullable=False),
    Index("ix_webhook_deliveries_status", "webhook_id", "status", "position"),
    Index("ix_webhook_deliveries_age", "webhook_id", "last_at"),
)
