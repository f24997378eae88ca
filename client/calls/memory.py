"""Memory: one method an operation."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import cast

from client.shapes.memory import Health
from client.wire import Wire


class MemoryCalls(Wire):
    """The ledger and what is made from it."""

    async def verify_memory(self) -> Health:
        """Compare the ledger with everything made from it; reads all of it, so ask seldom."""
        return cast("Health", await self._call("GET", "/verify"))
