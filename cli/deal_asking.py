"""How a command is put to a deal: asked or only tried, and answered the same way."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import output
from cli.asking import who
from cli.opening import opened, wait
from cli.telling import plan

if TYPE_CHECKING:
    from operations.house import House

DealId = Annotated[str, typer.Argument(metavar="DEAL", help="The deal's id (D-…)")]
Note = Annotated[str | None, typer.Option(help="A note; kept where it can be erased")]


def tell(
    deal: str,
    make: "Callable[[House], dict[str, Any]]",
    dry_run: bool,
    command_id: str | None,
    as_: str | None,
) -> None:
    """Ask a deal what `make` says, or say what would come of it."""
    from operations import deals
    from operations.fitting import command

    with opened() as house:
        actor = who(house, as_)
        asked = command({k: v for k, v in make(house).items() if v is not None})
        if dry_run:
            would = deals.preview(house, deal, asked)
            data = {"dry_run": True, **would.model_dump()}
            said = would.would or ("Nothing would change.",)
            output.say(data, lambda: "\n".join([*said, "", plan(would.next)]))
            return
        told = wait(deals.tell(house, deal, asked, actor=actor, command_id=command_id))
    stands = told.stage if told.status == "open" else f"{told.status}, {told.stage}"
    paused = ", paused" if told.paused else ""
    head = f"{told.deal_id} is in {stands}{paused} (version {told.version})."
    output.say(told, lambda: f"{head}\n\n{plan(told.next)}")


def on(house: "House", deal: str, text: str | None, flag: str, past: bool = False) -> Any:
    """A date that was typed; how the deal's calendar reads it is said on stderr."""
    from operations import deals

    if text is None:
        return None
    at, spoken = deals.moment(house, deal, text, flag, past=past)
    if len(text) <= 10:
        output.note(f"{flag} means {spoken}")
    return at


def contact_id(house: "House", given: str | None) -> str | None:
    from operations import contacts

    return contacts.id_of(house, given) if given is not None else None
