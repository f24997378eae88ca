"""Commands: what became of one, by the id under which it was asked."""

from fastapi import APIRouter

from console.api.asking import Here, Id
from console.api.route import router
from operations import commands
from operations.commands import CommandView


def routes() -> APIRouter:
    """`/commands`."""
    api = router("/commands", "Commands")

    @api.get("/{command_id}")
    def show_command(house: Here, command_id: Id) -> CommandView:
        """Tell what became of a command: done, refused, or still waiting."""
        return commands.show(house, command_id)

    return api
