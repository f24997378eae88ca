"""Commands: one method an operation."""

# Written by scripts/client.py from the description of the API; run it again.

from typing import cast

from client.shapes.commands import CommandView
from client.wire import Wire, segment


class CommandsCalls(Wire):
    """What became of what was asked."""

    async def show_command(self, command_id: str) -> CommandView:
        """Tell what became of a command: done, refused, or still waiting."""
        return cast("CommandView", await self._call("GET", f"/commands/{segment(command_id)}"))
