"""Overviews: one method an operation."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import Literal, cast

from client.shapes.overviews import Board, Stagnant
from client.wire import Wire


class OverviewsCalls(Wire):
    """Many deals at once, as the board and the page of stagnant ones show them."""

    async def show_board(
        self,
        *,
        playbook: str | None = None,
        owner: str | None = None,
        product: str | None = None,
        size: str | None = None,
        stagnant: bool | None = None,
        stage: str | None = None,
        after: str | None = None,
    ) -> Board:
        """Show the columns of a pipeline: how many deals, their worth by currency, the newest."""
        return cast(
            "Board",
            await self._call(
                "GET",
                "/board",
                query={
                    "playbook": playbook,
                    "owner": owner,
                    "product": product,
                    "size": size,
                    "stagnant": stagnant,
                    "stage": stage,
                    "after": after,
                },
            ),
        )

    async def show_stagnant(
        self,
        *,
        by: Literal["owner", "stage"] | None = None,
        group: str | None = None,
        page: int | None = None,
    ) -> Stagnant:
        """Show the deals that have gone quiet, grouped, the costliest first, and what to do."""
        return cast(
            "Stagnant",
            await self._call("GET", "/stagnant", query={"by": by, "group": group, "page": page}),
        )
