"""Words of mails that were published here: numbered versions, of which the newest holds."""

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import func, insert, select, tuple_

from store.database import Tx
from store.ledger import take_turn
from store.tables import template_versions as kept


@dataclass(frozen=True, slots=True)
class TemplateVersion:
    """One version of a mail in a language ("" for the default one).

    `source` is None where the file that ships holds again; `template_version` is how mails made
    of it name their words.
    """

    name: str
    locale: str
    version: int
    source: str | None
    template_version: str
    published_at: datetime
    published_by: str


_COLUMNS = [kept.c[field.name] for field in fields(TemplateVersion)]


def count(tx: Tx) -> int:
    """How many versions there are of anything: grows with each, as none is ever taken away."""
    return int(tx.execute(select(func.count()).select_from(kept)).scalar_one())


def newest(tx: Tx) -> list[TemplateVersion]:
    """The version that holds of each mail and language that was ever published here."""
    last = select(kept.c.name, kept.c.locale, func.max(kept.c.version)).group_by(
        kept.c.name, kept.c.locale
    )
    query = select(*_COLUMNS).where(tuple_(kept.c.name, kept.c.locale, kept.c.version).in_(last))
    found = tx.execute(query.order_by(kept.c.name, kept.c.locale))
    return [TemplateVersion(*row) for row in found]


def history(tx: Tx, name: str, locale: str, limit: int = 100) -> list[TemplateVersion]:
    """The versions of a mail in a language, the newest first."""
    query = select(*_COLUMNS).where(kept.c.name == name, kept.c.locale == locale)
    found = tx.execute(query.order_by(kept.c.version.desc()).limit(limit))
    return [TemplateVersion(*row) for row in found]


def version(tx: Tx, name: str, locale: str, number: int) -> TemplateVersion | None:
    """The version of that number."""
    query = select(*_COLUMNS).where(
        kept.c.name == name, kept.c.locale == locale, kept.c.version == number
    )
    row = tx.execute(query).first()
    return TemplateVersion(*row) if row is not None else None


def add(tx: Tx, fresh: TemplateVersion) -> None:
    """Keep a version; its number is the caller's, taken after `take_turn`."""
    tx.execute(insert(kept).values({one.name: getattr(fresh, one.name) for one in fields(fresh)}))


def next_number(tx: Tx, name: str, locale: str) -> int:
    """The number of the next version; nobody else takes it before the commit."""
    take_turn(tx)
    query = select(func.max(kept.c.version)).where(kept.c.name == name, kept.c.locale == locale)
    return int(tx.execute(query).scalar() or 0) + 1
