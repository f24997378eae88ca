"""Tables of people: contacts and their consents, their companies, and the users of Sluice."""

from typing import Final

from sqlalchemy import Boolean, Column, Index, Table, Text, literal_column, true

from store.tables.metadata import metadata
from store.types import Json, UtcDateTime

accounts: Final = Table(
    "accounts",
    metadata,
    Column("account_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False, unique=True),
    Column("country", Text),
    Column("facts", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
)

# A forgotten contact keeps its row and its id, and nothing that tells who it was.
contacts: Final = Table(
    "contacts",
    metadata,
    Column("contact_id", Text, primary_key=True),
    Column("email", Text),
    Column("email_key", Text, unique=True),
    Column("name", Text),
    Column("zone", Text),
    Column("country", Text),
    Column("locale", Text),
    Column("account_id", Text),
    Column("facts", Json, nullable=False),
    Column("source", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("forgotten_at", UtcDateTime),
    Index("ix_contacts_account", "account_id"),
    Index("ix_contacts_created", "created_at", "contact_id"),
)

consents: Final = Table(
    "consents",
    metadata,
    Column("contact_id", Text, primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("basis", Text, nullable=False),
    Column("source", Text),
    Column("given_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("withdrawn_at", UtcDateTime),
)

people: Final = Table(
    "people",
    metadata,
    Column("person_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("zone", Text),
    Column("country", Text),
    Column("locale", Text),
    Column("manager_id", Text),
    Column("groups", Json, nullable=False),
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("created_at", UtcDateTime, nullable=False),
    Column("role", Text),
    Index("ix_people_email", "email"),
)
PERSON_IS_GROUPED: Final = people.c.active & (people.c.groups != literal_column("'[]'"))
Index(
    "ix_people_grouped",
    people.c.person_id,
    sqlite_where=PERSON_IS_GROUPED,
    postgresql_where=PERSON_IS_GROUPED,
)
