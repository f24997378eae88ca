"""Bulk: many commands in one request, each decided and answered by itself."""

import asyncio
import json
import logging
from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.requests import Request

from console.access import needs
from console.api import PREFIX
from console.api.asking import ID, Actor, Here
from console.api.deals import DealCommand
from console.api.problems import Problem, Waiting, problem, unreadable
from console.api.route import router
from domain.access import Permission
from operations import deals
from operations.deals import Opening, Told
from operations.desk import NotYetRecorded
from operations.house import House

log = logging.getLogger("sluice.api")

ITEMS_MAX: Final = 500
AT_ONCE: Final = 8
"""Commands of one request that are under way together."""


class Bulk(BaseModel):
    """Up to 500 things to ask. Each is `{"open": …}` or `{"deal_id": …, "command": …}`, with
    an `idempotency_key` if it may be repeated; what cannot be read is answered by itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    commands: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=ITEMS_MAX)]


class _Item(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    idempotency_key: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:+-]{8,80}$")] | None = None


class _Opens(_Item):
    open: Opening


class _Asks(_Item):
    deal_id: Annotated[str, Field(pattern=ID)]
    command: DealCommand


_OPENS: Final = TypeAdapter(_Opens)
_ASKS: Final = TypeAdapter(_Asks)


class Answered(BaseModel):
    """What became of one: its status, and what was told, why not, or where to ask later."""

    status: int
    told: Told | None = None
    problem: Problem | None = None
    waiting: Waiting | None = None


class BulkAnswer(BaseModel):
    """The answers, in the order of what was asked."""

    answers: list[Answered]


def routes() -> APIRouter:
    """`/bulk`."""
    api = router("/bulk", "Deals", Permission.READ_PERSONAL)

    @api.post("", dependencies=[needs(Permission.WORK_DEALS)])
    async def ask_in_bulk(house: Here, bulk: Bulk, actor: Actor, request: Request) -> BulkAnswer:
        """Ask many things at once; each is answered by itself, in order, with its own status.

        What is asked of one deal is asked in the order of the list; different deals do not
        wait for each other. A header Idempotency-Key is refused: each has one of its own.
        """
        if "idempotency-key" in request.headers:
            told = "give each of the commands its own idempotency_key instead"
            raise unreadable([("header.Idempotency-Key", told)])
        answers: list[Answered | None] = [None] * len(bulk.commands)
        several = asyncio.Semaphore(AT_ONCE)

        async def work(places: Sequence[int]) -> None:
            for place in places:
                async with several:
                    answers[place] = await _answered(house, bulk.commands[place], actor, place)

        async with asyncio.TaskGroup() as group:
            for places in _by_deal(bulk.commands):
                group.create_task(work(places))
        return BulkAnswer(answers=[one for one in answers if one is not None])

    return api


def _by_deal(items: Sequence[dict[str, Any]]) -> list[list[int]]:
    """The places of the list, those of one deal together; an opening stands alone."""
    found: dict[object, list[int]] = {}
    for place, item in enumerate(items):
        deal_id = item.get("deal_id")
        found.setdefault(deal_id if isinstance(deal_id, str) else place, []).append(place)
    return [*found.values()]


async def _answered(house: House, item: dict[str, Any], actor: str, place: int) -> Answered:
    instance = f"{PREFIX}/bulk#{place}"
    try:
        return await _asked(house, item, actor)
    except NotYetRecorded as late:
        waits = Waiting(command_id=late.command_id, deal_id=late.deal_id)
        return Answered(status=202, waiting=waits)
    except ValidationError as error:
        flaws = error.errors(include_url=False, include_input=False, include_context=False)
        told = problem(RequestValidationError(flaws), instance)
    except Exception as error:
        told = problem(error, instance)
        if told.status == 500:
            log.exception("an item of a bulk failed")
    return Answered(status=told.status, problem=told)


async def _asked(house: House, item: dict[str, Any], actor: str) -> Answered:
    if "open" in item:
        one = _OPENS.validate_json(json.dumps(item), strict=True)
        told = await deals.open_deal(house, one.open, actor=actor, command_id=one.idempotency_key)
        return Answered(status=201, told=told)
    its = _ASKS.validate_json(json.dumps(item), strict=True)
    told = await deals.tell(
        house, its.deal_id, its.command, actor=actor, command_id=its.idempotency_key
    )
    return Answered(status=200, told=told)
