"""What the board and the page of stagnant deals show, in one answer each."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from console.api.asking import Flag, Here, Number, Word
from console.api.route import router
from domain.refusal import NotFound
from operations import board, stagnant
from operations.board import Asked, Board
from operations.stagnant import Stagnant

Words = Annotated[str, Query(min_length=1, max_length=200)]


def routes() -> list[APIRouter]:
    """`/board` and `/stagnant`."""
    return [_board(), _stagnant()]


def _board() -> APIRouter:
    api = router("/board", "Overviews")

    @api.get("")
    def show_board(
        house: Here,
        playbook: Annotated[Word | None, Query(description="By default the house's")] = None,
        owner: Annotated[Word | None, Query(description="A person's id")] = None,
        product: Words | None = None,
        size: Annotated[Word | None, Query(description="A name of `sizes`")] = None,
        stagnant: Flag = False,
        stage: Annotated[Words | None, Query(description="The column that goes on")] = None,
        after: Annotated[Words | None, Query(description="Its `more`")] = None,
    ) -> Board:
        """Show the columns of a pipeline: how many deals, their worth by currency, the newest."""
        asked = Asked(owner_id=owner, product=product, size=size, stagnant=stagnant)
        found = board.show(house, playbook, asked=asked, stage=stage, after=after)
        if found is None:
            raise NotFound("no playbook with a pipeline is published", "playbook")
        return found

    return api


def _stagnant() -> APIRouter:
    api = router("/stagnant", "Overviews")

    @api.get("")
    def show_stagnant(
        house: Here,
        by: Literal["owner", "stage"] = "owner",
        group: Annotated[Words | None, Query(description="The `key` of a group")] = None,
        page: Annotated[Number, Query(ge=1, le=1_000)] = 1,
    ) -> Stagnant:
        """Show the deals that have gone quiet, grouped, the costliest first, and what to do."""
        return stagnant.show(house, by, group=group, page=page)

    return api
