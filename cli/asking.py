"""What every command that writes can be asked: try only, under which id, and in whose name."""

import getpass
import os
import re
from typing import TYPE_CHECKING, Annotated

import typer

from cli.opening import actor
from domain.refusal import Malformed

if TYPE_CHECKING:
    from operations.house import House

Who = Annotated[str, typer.Argument(metavar="CONTACT", help="Address or id (C-…)")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen and keep nothing")]
CommandId = Annotated[
    str | None,
    typer.Option("--command-id", metavar="ID", help="The same id asks the same thing only once"),
]
As = Annotated[
    str | None,
    typer.Option(
        "--as", metavar="ACTOR", help="Who asks: a person's id or address [SLUICE_ACTOR, or you]"
    ),
]


def who(house: "House", given: str | None) -> str:
    """Who asks, as the ledger names them: `--as`, else SLUICE_ACTOR, else the system's user.

    Raises NotFound for an address that nobody here has.
    """
    from operations.people import actor_id

    if given is not None or "SLUICE_ACTOR" in os.environ:
        return actor_id(house, given or actor())
    return re.sub(r"[^\w.+:-]", "_", getpass.getuser())[:80] or "cli"


def pairs(given: list[str] | None, flag: str) -> dict[str, str]:
    """`name=value` options as a dictionary. Raises Malformed."""
    found: dict[str, str] = {}
    for each in given or ():
        name, sign, value = each.partition("=")
        if not sign or not name:
            raise Malformed(f"'{each[:60]}' is no name=value", flag)
        found[name.strip()] = value
    return found
