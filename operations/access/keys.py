"""Keys with which other programs ask: shown once, kept as hashes, each for a few things only."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.access import Permission
from domain.refusal import Malformed, NotFound, Refused
from operations.access.secrets import fresh, hashed, same
from operations.desk import reaching
from operations.house import House
from operations.logbook import note
from store.access import keys
from store.access.audit import KEY
from store.access.keys import ApiKey

PER_MINUTE: Final = 600
"""Requests that a key may make in a minute if nothing else is said."""

FRESH: Final = timedelta(minutes=1)
"""So exactly is kept when a key was used last."""

_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz23456789"
_PRESENTED: Final = re.compile(r"sluice_([a-z0-9]{10})_([\w-]{43})")
_NAME: Final = re.compile(r"[^\x00-\x1f\x7f]{1,80}")


class KeyView(BaseModel):
    """A key as the doors show it. `status` is active, expired or revoked."""

    model_config = ConfigDict(frozen=True)

    key_id: str
    name: str
    scopes: tuple[str, ...]
    per_minute: int
    status: str
    created_at: AwareDatetime
    created_by: str
    expires_at: AwareDatetime | None
    used_at: AwareDatetime | None
    revoked_at: AwareDatetime | None


class NewKey(KeyView):
    """A key that was just made; `secret` is what its program sends, and is never shown again."""

    secret: str


@dataclass(frozen=True, slots=True)
class Holder:
    """A program that showed its key: what it may do, and how often in a minute."""

    key_id: str
    permissions: frozenset[Permission]
    per_minute: int

    @property
    def actor(self) -> str:
        """How events and the audit log name it."""
        return f"{KEY}{self.key_id}"


def add(
    house: House,
    name: str,
    scopes: Sequence[str],
    *,
    actor: str,
    days: int | None = None,
    per_minute: int = PER_MINUTE,
) -> NewKey:
    """Make a key that may do what its scopes say, for so many days, or until it is revoked.

    Raises Malformed for a scope that there is not, or a name or number that cannot be.
    """
    chosen = _scopes(scopes)
    if not _NAME.fullmatch(name.strip()):
        raise Malformed("a key has a name of 1 to 80 characters, to know it by", "name")
    if days is not None and not 1 <= days <= 3650:
        raise Malformed("a key lasts 1 to 3650 days", "days")
    if not 1 <= per_minute <= 100_000:
        raise Malformed("a key may ask 1 to 100000 times a minute", "per_minute")
    secret, now = fresh(), house.time.wall()
    with reaching("the database"), house.store.write() as tx:
        key = ApiKey(
            key_id="".join(secrets.choice(_LETTERS) for _ in range(10)),
            secret_hash=hashed(secret),
            name=name.strip(),
            scopes=chosen,
            per_minute=per_minute,
            created_at=now,
            created_by=actor,
            expires_at=now + timedelta(days=days) if days is not None else None,
        )
        if not keys.add(tx, key):
            raise Refused("key_taken", "two keys were given the same id; ask again")
        note(tx, house, "add_key", actor=actor, stream=f"key/{key.key_id}")
    told = _view(house, key).model_dump()
    return NewKey(**told, secret=f"sluice_{key.key_id}_{secret}")


def list_all(house: House) -> list[KeyView]:
    """Every key, also those that are over, the newest first."""
    with reaching("the database"), house.store.read() as tx:
        return [_view(house, key) for key in keys.all_of(tx)]


def revoke(house: House, key_id: str, *, actor: str) -> KeyView:
    """End a key at once; one that was revoked before stays so. Raises NotFound."""
    with reaching("the database"), house.store.write() as tx:
        if keys.load(tx, key_id) is None:
            raise NotFound(f'there is no key "{key_id[:40]}"; list them with: sluice key list')
        if keys.revoke(tx, key_id, house.time.wall()):
            note(tx, house, "revoke_key", actor=actor, stream=f"key/{key_id}")
        key = keys.load(tx, key_id)
        assert key is not None
    return _view(house, key)


def holder(house: House, presented: str) -> Holder | None:
    """Who shows this key; None for one that opens nothing, whatever the reason.

    Raises EngineUnreachable.
    """
    match = _PRESENTED.fullmatch(presented)
    if match is None:
        return None
    key_id, secret = match.groups()
    now = house.time.wall()
    with reaching("the database"):
        with house.store.read() as tx:
            key = keys.load(tx, key_id)
        right = same(hashed(secret), key.secret_hash if key else hashed(key_id))
        if key is None or not right or _status(house, key) != "active":
            return None
        if key.used_at is None or now - key.used_at > FRESH:
            with house.store.write() as tx:
                keys.used(tx, key_id, now)
    known = frozenset(Permission(one) for one in key.scopes if one in tuple(Permission))
    return Holder(key_id, known, key.per_minute)


def _scopes(wanted: Sequence[str]) -> tuple[str, ...]:
    unknown = [one for one in wanted if one not in tuple(Permission)]
    if unknown or not wanted:
        named = f"'{unknown[0][:40]}' is no scope" if unknown else "a key needs a scope"
        raise Malformed(f"{named}; there are: {', '.join(Permission)}", "scope")
    return tuple(one.value for one in Permission if one in wanted)


def _view(house: House, key: ApiKey) -> KeyView:
    names = KeyView.model_fields.keys() - {"status"}
    return KeyView(status=_status(house, key), **{name: getattr(key, name) for name in names})


def _status(house: House, key: ApiKey) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is not None and key.expires_at <= house.time.wall():
        return "expired"
    return "active"
