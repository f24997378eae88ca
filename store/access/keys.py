"""Keys of other programs, by their public part; of the secret part only a hash."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update

from store.database import Tx
from store.tables import api_keys
from store.upserts import insert_if_absent


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key: what it may do, how often, until when. `key_id` is the part that may be shown."""

    key_id: str
    secret_hash: str
    name: str
    scopes: tuple[str, ...]
    per_minute: int
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    used_at: datetime | None = None
    revoked_at: datetime | None = None


def add(tx: Tx, key: ApiKey) -> bool:
    """Keep a new key; False, and nothing changed, when the id is taken."""
    return insert_if_absent(tx, api_keys, asdict(key))


def load(tx: Tx, key_id: str) -> ApiKey | None:
    """The key of that id, whether or not it still opens anything."""
    found = _all(tx, select(api_keys).where(api_keys.c.key_id == key_id))
    return found[0] if found else None


def all_of(tx: Tx) -> list[ApiKey]:
    """Every key, also those that are over, the newest first."""
    return _all(tx, select(api_keys).order_by(api_keys.c.created_at.desc(), api_keys.c.key_id))


def used(tx: Tx, key_id: str, at: datetime) -> None:
    """Keep when the key was used last."""
    tx.execute(update(api_keys).where(api_keys.c.key_id == key_id).values(used_at=at))


def revoke(tx: Tx, key_id: str, at: datetime) -> bool:
    """End a key; False, and nothing changed, when it was ended before."""
    which = (api_keys.c.key_id == key_id) & api_keys.c.revoked_at.is_(None)
    return tx.execute(update(api_keys).where(which).values(revoked_at=at)).rowcount == 1


def _all(tx: Tx, query: Select[Any]) -> list[ApiKey]:
    rows = tx.execute(query).mappings()
    return [ApiKey(**{**row, "scopes": tuple(row["scopes"])}) for row in rows]
