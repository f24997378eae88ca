"""The commands that move a deal, hold it, or change what is known of it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.asking import As, CommandId, DryRun, pairs
from cli.deal_asking import DealId, Note, contact_id, on, tell

if TYPE_CHECKING:
    from operations.house import House

app = typer.Typer()


@app.command()
def advance(
    deal: DealId,
    stage: str,
    override: Annotated[
        str | None, typer.Option(metavar="REASON", help="Pass a closed gate, for this reason")
    ] = None,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Move a deal on to a later stage, through every gate on the way."""
    asked = {"kind": "advance_deal", "stage": stage, "override": override}
    tell(deal, lambda house: asked, dry_run, command_id, as_)


@app.command()
def back(
    deal: DealId,
    stage: str,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Move a deal back to an earlier stage."""
    asked = {"kind": "move_back_deal", "stage": stage}
    tell(deal, lambda house: asked, dry_run, command_id, as_)


@app.command()
def win(
    deal: DealId,
    reason: Annotated[str | None, typer.Option(help="Why they bought")] = None,
    override: Annotated[str | None, typer.Option(metavar="REASON")] = None,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """The deal is won: the welcome begins and the deal is handed over."""
    asked = {"kind": "win_deal", "reason": reason, "override": override}
    tell(deal, lambda house: asked, dry_run, command_id, as_)


@app.command()
def lose(
    deal: DealId,
    reason: Annotated[str, typer.Option(help="One of the playbook's reasons: price, timing …")],
    note: Note = None,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """The deal is lost; the playbook says what follows from the reason."""
    asked = {"kind": "lose_deal", "reason": reason, "note": note}
    tell(deal, lambda house: asked, dry_run, command_id, as_)


@app.command()
def reopen(
    deal: DealId,
    stage: Annotated[str | None, typer.Option(help="[default: the one it had]")] = None,
    note: Note = None,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Take a closed deal up again."""
    asked = {"kind": "reopen_deal", "stage": stage, "note": note}
    tell(deal, lambda house: asked, dry_run, command_id, as_)


@app.command()
def pause(
    deal: DealId,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="[default: until resumed]")
    ] = None,
    note: Note = None,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Hold back every touch; what the pause swallows is missed, never a burst."""

    def asked(house: "House") -> dict[str, Any]:
        return {"kind": "pause_deal", "until": on(house, deal, until, "--until"), "note": note}

    tell(deal, asked, dry_run, command_id, as_)


@app.command()
def resume(
    deal: DealId, dry_run: DryRun = False, command_id: CommandId = None, as_: As = None
) -> None:
    """Let touches go again."""
    tell(deal, lambda house: {"kind": "resume_deal"}, dry_run, command_id, as_)


@app.command()
def assign(
    deal: DealId,
    owner: Annotated[str, typer.Argument(help="Address or id of a person")],
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Say who answers for the deal."""

    def asked(house: "House") -> dict[str, Any]:
        from operations import people

        return {"kind": "assign_owner", "owner_id": people.show(house, owner).person_id}

    tell(deal, asked, dry_run, command_id, as_)


@app.command()
def change(
    deal: DealId,
    title: Annotated[str | None, typer.Option()] = None,
    amount: Annotated[str | None, typer.Option()] = None,
    currency: Annotated[str | None, typer.Option()] = None,
    product: Annotated[str | None, typer.Option()] = None,
    source: Annotated[str | None, typer.Option()] = None,
    expected_close: Annotated[str | None, typer.Option(metavar="DATE")] = None,
    field: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE")] = None,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Say more, or something else, about the deal."""
    asked = {
        "kind": "change_details",
        "title": title,
        "amount": amount,
        "currency": currency,
        "product": product,
        "source": source,
        "expected_close": expected_close,
        "fields": pairs(field, "--field") or None,
    }
    tell(deal, lambda house: asked, dry_run, command_id, as_)


@app.command()
def link(
    deal: DealId,
    contact: Annotated[str, typer.Argument(help="Address or id")],
    role: Annotated[str, typer.Option(help="primary, decider, user …")] = "primary",
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Add a person of the other side."""

    def asked(house: "House") -> dict[str, Any]:
        return {"kind": "link_contact", "contact_id": contact_id(house, contact), "role": role}

    tell(deal, asked, dry_run, command_id, as_)


@app.command()
def account(
    deal: DealId,
    name: Annotated[str, typer.Argument(help="The company, by name or id")],
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Say which company the deal belongs to; one that nobody knows is made."""

    def asked(house: "House") -> dict[str, Any]:
        from operations import accounts, deals

        deals.show(house, deal)
        found = accounts.show(house, name) if dry_run else accounts.add(house, name)
        return {"kind": "set_account", "account_id": found.account_id}

    tell(deal, asked, dry_run, command_id, as_)


@app.command()
def enroll(
    deal: DealId,
    cadence: str,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Start a cadence of the playbook on the deal."""
    asked = {"kind": "enroll_deal", "cadence": cadence}
    tell(deal, lambda house: asked, dry_run, command_id, as_)


@app.command()
def stop(
    deal: DealId,
    sequence: Annotated[
        str | None, typer.Argument(help="One cadence or nurture [default: all]")
    ] = None,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Stop what writes to the contacts of the deal."""

    def asked(house: "House") -> dict[str, Any]:
        from operations import deals

        part = deals.part_named(house, deal, sequence) if sequence else None
        return {"kind": "stop_enrollments", "reason": "by_hand", "part": part}

    tell(deal, asked, dry_run, command_id, as_)


@app.command()
def looked(
    deal: DealId, dry_run: DryRun = False, command_id: CommandId = None, as_: As = None
) -> None:
    """The fault that asked for attention was looked at; mail may go again."""
    tell(deal, lambda house: {"kind": "clear_attention"}, dry_run, command_id, as_)
