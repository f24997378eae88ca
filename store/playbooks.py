"""Published playbooks: numbered, immutable parts, and editions that say which hold together."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final, cast

from pydantic import BaseModel
from sqlalchemy import Row, Select, func, insert, null, select

from domain.ids import digest
from domain.playbooks.parts import part_model, part_text
from domain.refusal import NotFound
from store.among import IDS, among
from store.database import Tx
from store.ledger import take_turn
from store.snapshot import once
from store.tables import editions, parts


@dataclass(frozen=True, slots=True)
class Edition:
    """One publication of a playbook: the version of each part that holds from then on.

    `changed` names the parts that this publication gave a new version; `source` is the file's
    text as it was published.
    """

    playbook: str
    edition: int
    parts: dict[str, int]
    published_at: datetime
    published_by: str
    changed: tuple[str, ...] = ()
    source: str | None = None


@dataclass(frozen=True, slots=True)
class PartVersion:
    """One version of a part: who published it, and when."""

    playbook: str
    part: str
    version: int
    published_at: datetime
    published_by: str


def publish(
    tx: Tx,
    playbook: str,
    new: Mapping[str, BaseModel],
    by: str,
    at: datetime,
    source: str | None = None,
) -> Edition:
    """Keep the parts of a playbook; only those that differ from the newest get a new version.

    Publishing what holds already changes nothing and answers the newest edition.
    """
    take_turn(tx)
    before = newest(tx, playbook)
    kept = before.parts if before else {}
    last = _last_versions(tx, playbook)
    versions: dict[str, int] = {}
    changed: list[str] = []
    for name, part in new.items():
        text = part_text(part)
        mark = digest(text)
        same = kept.get(name) is not None and _mark(tx, playbook, name, kept[name]) == mark
        versions[name] = kept[name] if same else last.get(name, 0) + 1
        if not same:
            changed.append(name)
            _keep(tx, (playbook, name, versions[name]), text, mark, by, at)
    if before is not None and versions == kept:
        return before
    number = before.edition + 1 if before else 1
    row = {"playbook": playbook, "edition": number, "parts": versions, "source": source}
    tx.execute(insert(editions).values(**row, published_at=at, published_by=by))
    return Edition(playbook, number, versions, at, by, tuple(changed), source)


def newest(tx: Tx, playbook: str) -> Edition | None:
    """The edition that holds now, None for a playbook that was never published."""
    return once(tx, "editions", [playbook], _newest).get(playbook)


def _newest(tx: Tx, playbooks: Collection[str]) -> dict[str, Edition]:
    rows = tx.execute(_NEWEST_OF, {IDS: playbooks})
    return {row.playbook: _edition(row) for row in rows}


def newest_at(tx: Tx, playbook: str, at: datetime) -> Edition | None:
    """The edition that held at a moment (business time); the first one before there was any."""
    known = select(editions).where(editions.c.playbook == playbook)
    query = known.where(editions.c.published_at <= at).order_by(editions.c.edition.desc())
    row = tx.execute(query.limit(1)).first()
    if row is None:
        row = tx.execute(known.order_by(editions.c.edition).limit(1)).first()
    return _edition(row) if row is not None else None


def edition(tx: Tx, playbook: str, number: int) -> Edition | None:
    """The edition of that number."""
    query = select(editions).where(editions.c.playbook == playbook, editions.c.edition == number)
    row = tx.execute(query).first()
    return _edition(row) if row is not None else None


def all_of(tx: Tx) -> list[Edition]:
    """The newest edition of every playbook, by name."""
    return [_edition(row) for row in tx.execute(_NEWEST)]


_LATER: Final = editions.alias("later")
_LAST: Final = select(func.max(_LATER.c.edition)).where(_LATER.c.playbook == editions.c.playbook)
_NEWEST: Final = (
    select(editions)
    .where(editions.c.edition == _LAST.scalar_subquery())
    .order_by(editions.c.playbook)
)
_NEWEST_OF: Final = _NEWEST.where(among(editions.c.playbook))


def history(tx: Tx, playbook: str, limit: int = 100) -> list[Edition]:
    """The editions of a playbook, the newest first, without their texts."""
    columns: list[Any] = [column for column in editions.c if column.name != "source"]
    query: Select[Any] = select(*columns, null().label("source"))
    query = query.where(editions.c.playbook == playbook)
    found = tx.execute(query.order_by(editions.c.edition.desc()).limit(limit))
    return [_edition(row) for row in found]


def versions(tx: Tx, playbook: str | None = None) -> list[PartVersion]:
    """Every version of the parts of one playbook, or of all, the newest first."""
    columns = [parts.c[field.name] for field in fields(PartVersion)]
    query = select(*columns).order_by(parts.c.playbook, parts.c.part, parts.c.version.desc())
    if playbook is not None:
        query = query.where(parts.c.playbook == playbook)
    return [PartVersion(*row) for row in tx.execute(query)]


def part(tx: Tx, playbook: str, name: str, version: int) -> BaseModel:
    """One version of a part, as its model. Raises NotFound."""
    return load_parts(tx, playbook, {(name, version)})[name, version]


def load_parts(
    tx: Tx, playbook: str, wanted: set[tuple[str, int]]
) -> dict[tuple[str, int], BaseModel]:
    """Several parts by (name, version), with one question. Raises NotFound for a missing one."""
    names = sorted({name for name, _ in wanted})
    numbers = sorted({version for _, version in wanted})
    query: Select[Any] = select(parts.c.part, parts.c.version, parts.c.body).where(
        parts.c.playbook == playbook, parts.c.part.in_(names), parts.c.version.in_(numbers)
    )
    found = {
        (row.part, row.version): part_model(row.part).model_validate_json(row.body)
        for row in tx.execute(query)
        if (row.part, row.version) in wanted
    }
    for name, version in sorted(wanted - found.keys()):
        raise NotFound(f"there is no {name} version {version} of the playbook {playbook}")
    return found


def _keep(tx: Tx, key: tuple[str, str, int], text: str, mark: str, by: str, at: datetime) -> None:
    playbook, name, version = key
    row = {"playbook": playbook, "part": name, "version": version, "body": text, "digest": mark}
    tx.execute(insert(parts).values(**row, published_at=at, published_by=by))


def _mark(tx: Tx, playbook: str, name: str, version: int) -> str | None:
    query = select(parts.c.digest).where(
        parts.c.playbook == playbook, parts.c.part == name, parts.c.version == version
    )
    return cast("str | None", tx.execute(query).scalar())


def _last_versions(tx: Tx, playbook: str) -> dict[str, int]:
    query = select(parts.c.part, func.max(parts.c.version)).where(parts.c.playbook == playbook)
    return dict(tx.execute(query.group_by(parts.c.part)).all())


def _edition(row: Row[Any]) -> Edition:
    return Edition(
        row.playbook,
        row.edition,
        dict(row.parts),
        row.published_at,
        row.published_by,
        source=row.source,
    )
