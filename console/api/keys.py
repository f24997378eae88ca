"""Keys: what other programs show; made with no more rights than their maker has."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from console.access import caller_of
from console.api.asking import Actor, Here, Id
from console.api.route import router
from domain.access import Permission
from operations.access import keys
from operations.access.keys import KeyView, NewKey


class KeyWanted(BaseModel):
    """What the program is, what it may do (scopes), for how many days, and how often."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=80)]
    scopes: Annotated[list[Permission], Field(min_length=1, max_length=40)]
    days: Annotated[int, Field(ge=1, le=3650)] | None = None
    per_minute: Annotated[int, Field(ge=1, le=100_000)] = keys.PER_MINUTE


class KeyList(BaseModel):
    """Every key, also those that are over, the newest first: a house has a few."""

    keys: list[KeyView]


def routes() -> APIRouter:
    """`/keys`."""
    api = router("/keys", "Keys", Permission.MANAGE_KEYS)

    @api.get("")
    def list_keys(house: Here) -> KeyList:
        """List the keys, also those that are over. Their secrets are kept nowhere."""
        return KeyList(keys=keys.list_all(house))

    @api.post("")
    def add_key(house: Here, key: KeyWanted, actor: Actor, request: Request) -> NewKey:
        """Make a key. Its secret is in this answer alone; nobody gives a scope they have not.

        It takes no Idempotency-Key, for the secret cannot be told twice: where the answer was
        lost, revoke the key and make another.
        """
        for scope in key.scopes:
            caller_of(request).must(scope)
        return keys.add(
            house, key.name, key.scopes, actor=actor, days=key.days, per_minute=key.per_minute
        )

    @api.post("/{key_id}/revoke")
    def revoke_key(house: Here, key_id: Id, actor: Actor) -> KeyView:
        """End a key at once; one that is revoked stays so."""
        return keys.revoke(house, key_id, actor=actor)

    return api
