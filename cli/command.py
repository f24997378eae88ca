"""`sluice command`: what became of a command, by its id."""

from typing import Annotated

import typer

from cli import output
from cli.opening import opened
from cli.telling import when

app = typer.Typer()


@app.command()
def show(command: Annotated[str, typer.Argument(metavar="COMMAND", help="Its id")]) -> None:
    """Show what became of a command."""
    from operations import commands

    with opened() as house:
        found = commands.show(house, command)
    text = f"{found.kind} of {found.stream} by {found.actor}, {when(found.kept_at)}: {found.status}"
    text += f" at version {found.version}" if found.version else ""
    text += f": {found.message}" if found.message else ""
    output.say(found, text)


@app.callback()
def commands() -> None:
    """What became of a command."""
