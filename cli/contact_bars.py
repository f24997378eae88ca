"""`sluice contact suppress` and its way back: addresses that are not written to."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli import output
from cli.asking import As, CommandId, DryRun, Who, who
from cli.opening import opened
from cli.telling import table, when

if TYPE_CHECKING:
    from operations.barring import Bars

app = typer.Typer()

Reason = Annotated[str, typer.Option(help="One word; the ledger keeps it")]


@app.command()
def suppress(
    contact: Who,
    reason: Reason,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Never write to an address again, also to one that nobody here knows."""
    from operations import barring

    with opened() as house:
        actor = who(house, as_)
        told = barring.suppress(
            house, contact, reason=reason, actor=actor, command_id=command_id, dry_run=dry_run
        )
    data = told.model_dump() | ({"dry_run": True} if dry_run else {})
    reached = ", ".join([*told.deals, *told.nurtures])
    stops = f"; stopped: {reached}" if reached else ""
    known = f"barred already ({told.reason})" if told.already else f"barred: {told.reason}{stops}"
    output.say(data, f"{told.contact_id or 'nobody we know'}: {known}")


@app.command()
def unsuppress(
    contact: Who,
    reason: Reason,
    purpose: Annotated[str, typer.Option(help="marketing, service or sales; * for any mail")] = "*",
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Take a bar away; who may then be written to still depends on their consents."""
    from operations import barring

    with opened() as house:
        told = barring.unsuppress(
            house,
            contact,
            reason=reason,
            scope=purpose,
            actor=who(house, as_),
            command_id=command_id,
            dry_run=dry_run,
        )
    data = told.model_dump() | ({"dry_run": True} if dry_run else {})
    word = "would be" if dry_run else "is"
    output.say(data, f"{told.contact_id or 'nobody we know'}: {told.reason} {word} lifted")


@app.command()
def suppressed(
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
) -> None:
    """Count the addresses that are barred, and list the newest."""
    from operations import barring

    with opened() as house:
        found = barring.bars(house, limit)
    output.say(found, lambda: _list(found))


def _list(found: "Bars") -> str:
    if not found.newest:
        return "No address is barred."
    counted = table(("for", "because", "addresses"), found.counts)
    rows = [(when(one.since), one.contact_id or "(not known here)", one.scope, one.reason)
            for one in found.newest]  # fmt: skip
    return f"{counted}\n\n{table(('since', 'contact', 'for', 'because'), rows)}"
