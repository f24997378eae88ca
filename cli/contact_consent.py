"""`sluice contact consent`: what a contact agreed to is given, asked for and taken back."""

from datetime import datetime
from typing import Annotated

import typer

from cli import output
from cli.asking import As, CommandId, DryRun, Who, who
from cli.opening import opened, wait
from cli.telling import when

app = typer.Typer(help="What they agreed to: give, ask, withdraw")


@app.command()
def give(
    contact: Who,
    said: Annotated[str, typer.Argument(metavar="PURPOSE:BASIS", help="marketing:fair-2026")],
    source: Annotated[str | None, typer.Option(help="Where they said so, in one word")] = None,
    until: Annotated[
        datetime | None, typer.Option(metavar="DATE", help="It ends by itself then (UTC)")
    ] = None,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """They agreed to mail of a purpose; an earlier wish to get none of it ends."""
    from datetime import UTC

    from operations import contacts

    with opened() as house:
        told = contacts.consent(
            house,
            contact,
            said,
            actor=who(house, as_),
            source=source,
            expires_at=until.replace(tzinfo=UTC) if until else None,
            command_id=command_id,
            dry_run=dry_run,
        )
    ends = f", until {when(until.replace(tzinfo=UTC))}" if until else ""
    text = f"{told.contact_id} may be written to for {told.purpose} ({told.basis}){ends}"
    output.say(told, text)


@app.command("ask")
def ask_(
    contact: Who,
    purpose: Annotated[str, typer.Argument(help="marketing, service or sales")] = "marketing",
    source: Annotated[str | None, typer.Option(help="Where they said so, in one word")] = None,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Ask them by mail; they agree by a button behind its link (double opt-in)."""
    from operations import asking_consent

    with opened() as house:
        asked = asking_consent.ask(
            house,
            contact,
            purpose,
            actor=who(house, as_),
            source=source,
            command_id=command_id,
            dry_run=dry_run,
        )
        told = wait(asked)
    word = "would be asked" if dry_run else f"asked ({told.status.replace('_', ' ')})"
    output.say(
        told, f"{told.contact_id}: {word}; it can be confirmed until {when(told.expires_at)}"
    )


@app.command()
def withdraw(
    contact: Who,
    purpose: Annotated[str, typer.Argument(help="marketing, service or sales; * for all")],
    how: Annotated[str, typer.Option(help="How they said so, in one word")] = "by_hand",
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """They took a consent back: what rests on it stops. Bars no address."""
    from operations import consenting

    with opened() as house:
        told = consenting.withdraw(
            house,
            contact,
            purpose,
            actor=who(house, as_),
            how=how,
            command_id=command_id,
            dry_run=dry_run,
        )
    data = told.model_dump() | ({"dry_run": True} if dry_run else {})
    reached = ", ".join([*told.deals, *told.nurtures])
    stops = f"; {'would stop' if dry_run else 'stopped'}: {reached}" if reached else ""
    known = "there was no such consent" if told.already else f"consent withdrawn{stops}"
    output.say(data, f"{told.contact_id}: {known}")
