"""Whether the engines are fit for work: the shape of the database, Temporal's search attributes."""

import asyncio
from typing import Final

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.service import RPCError, RPCStatusCode

from domain.refusal import Refused
from operations.desk import reaching
from operations.embedded import SEARCH_ATTRIBUTES
from operations.house import EngineUnreachable, House
from store import upgrading

_NOT_ASKED: Final = (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED)
"""A hosted namespace keeps its attributes in its owner's console and does not tell them here."""


def upgrade(house: House) -> str:
    """Bring the database to the newest shape and give the revision. Raises EngineUnreachable."""
    with reaching("the database"):
        return upgrading.upgrade(house.config.database_url)


def shape(house: House) -> tuple[str | None, str]:
    """The revision of the database (None without tables) and the one that this code expects."""
    with reaching("the database"):
        return upgrading.current(house.config.database_url), upgrading.newest()


def check_shape(house: House) -> None:
    """Raises Refused unless the database has the shape that this code expects."""
    found, wanted = shape(house)
    if found == wanted:
        return
    told = "has no tables" if found is None else f"is at {found}, this program expects {wanted}"
    raise Refused("not_migrated", f"the database {told}; run: sluice migrate")


async def missing_attributes(house: House) -> list[str]:
    """Search attributes that the namespace lacks, as `Name=Type`. Raises EngineUnreachable."""
    client = await house.temporal()
    asked = ListSearchAttributesRequest(namespace=client.namespace)
    try:
        known = await client.operator_service.list_search_attributes(asked)
    except RPCError as error:
        if error.status in _NOT_ASKED:
            return []
        raise EngineUnreachable("Temporal", error.message or error.status.name) from error
    names = known.custom_attributes
    return [f"{name}={kind}" for name, kind in SEARCH_ATTRIBUTES.items() if name not in names]


async def check_attributes(house: House) -> None:
    """Raises Refused naming the command that makes what the namespace lacks."""
    missing = await missing_attributes(house)
    if missing:
        namespace = house.config.temporal_namespace
        flags = " ".join(
            f"--name {name} --type {kind}" for name, kind in (one.split("=") for one in missing)
        )
        told = f"Temporal's namespace {namespace} lacks the search attributes {', '.join(missing)}"
        made = f"temporal operator search-attribute create --namespace {namespace} {flags}"
        raise Refused("search_attributes", f"{told}; make them with: {made}")


async def check(house: House) -> None:
    """Both checks. Raises Refused and EngineUnreachable."""
    await asyncio.to_thread(check_shape, house)
    await check_attributes(house)
