"""What Temporal says of a deal's workflow, without a page ever waiting long for it."""

import asyncio
from dataclasses import dataclass
from time import monotonic
from typing import Final
from urllib.parse import quote

from operations import engine_view
from operations.engine_view import WorkflowView
from operations.house import EngineUnreachable, House

PATIENCE_S: Final = 0.3
"""How long a page waits for Temporal before it is shown without the state of the workflow."""

SILENT_S: Final = 10.0
"""For how long Temporal is not asked again after it did not answer."""


@dataclass(frozen=True, slots=True)
class Told:
    """The state of a workflow (None: Temporal does not answer), and where its own pages show it."""

    workflow: WorkflowView | None
    address: str | None


class Engine:
    """Asks Temporal for the pages of a console; `temporal_ui` is where its own pages are."""

    def __init__(self, house: House, temporal_ui: str | None) -> None:
        self._house = house
        self.ui = temporal_ui.rstrip("/") if temporal_ui else None
        self._silent_until = 0.0

    async def look(self, deal_id: str) -> Told:
        """The state of a deal's workflow, and the link to it."""
        return Told(await self._state(deal_id), self._address(deal_id))

    async def _state(self, deal_id: str) -> WorkflowView | None:
        if monotonic() < self._silent_until:
            return None
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await engine_view.of_deal(self._house, deal_id)
        except (EngineUnreachable, TimeoutError):
            self._silent_until = monotonic() + SILENT_S
            return None

    def _address(self, deal_id: str) -> str | None:
        if self.ui is None:
            return None
        namespace = quote(self._house.config.temporal_namespace, safe="")
        workflow = quote(f"deal/{deal_id}", safe="")
        return f"{self.ui}/namespaces/{namespace}/workflows/{workflow}"
