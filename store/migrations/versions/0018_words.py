"""Words of mails that are published in the console, in versions that are never changed."""

import sqlalchemy as sa
from alembic import op

from store.types import UtcDateTime

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Make the table; where nothing was published, the files hold."""
    op.create_table(
        "template_versions",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("locale", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("source", sa.Text),
        sa.Column("template_version", sa.Text, nullable=False),
        sa.Column("published_at", UtcDateTime, nullable=False),
        sa.Column("published_by", sa.Text, nullable=False),
    )
