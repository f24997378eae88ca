"""`sluice deal`: open a deal, and list them; the rest is in the files beside this one."""

from typing import Annotated, Any

import typer

from cli import output
from cli.asking import As, CommandId, DryRun, pairs, who
from cli.deal_looking import app as looking
from cli.deal_moves import app as moves
from cli.deal_talk import app as talk
from cli.opening import opened, wait
from cli.telling import plan, table, when

app = typer.Typer()


@app.command("open")
def open_(
    title: Annotated[str, typer.Option(help="What the deal is called among us")],
    contact: Annotated[
        list[str] | None, typer.Option(help="Address or id; the first is the primary one")
    ] = None,
    playbook: Annotated[str | None, typer.Option(help="[default: the house's]")] = None,
    stage: Annotated[str | None, typer.Option(help="[default: the first]")] = None,
    amount: Annotated[str | None, typer.Option(help="48000 or 48000.50")] = None,
    currency: Annotated[str | None, typer.Option(help="Three capitals: EUR")] = None,
    product: Annotated[str | None, typer.Option()] = None,
    source: Annotated[str | None, typer.Option(help="Where it came from")] = None,
    expected_close: Annotated[str | None, typer.Option(metavar="DATE")] = None,
    field: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE")] = None,
    account: Annotated[str | None, typer.Option(help="Company, by name or id")] = None,
    owner: Annotated[
        str | None, typer.Option(help="Address or id of a person [default: who asks]")
    ] = None,
    wrote_on: Annotated[
        str | None, typer.Option(metavar="DATE", help="The owner wrote already: touch 1 was then")
    ] = None,
    enroll: Annotated[
        bool, typer.Option("--enroll/--no-enroll", help="Start the stage's follow-ups")
    ] = True,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Open a deal and say what will go out when."""
    from operations import deals
    from operations.fitting import fit

    given: dict[str, Any] = {
        "title": title,
        "contacts": tuple(contact or ()),
        "playbook": playbook,
        "stage": stage,
        "amount": amount,
        "currency": currency,
        "product": product,
        "source": source,
        "expected_close": expected_close,
        "fields": pairs(field, "--field") or None,
        "account": account,
        "owner": owner,
        "wrote_on": wrote_on,
        "enroll": enroll,
    }
    opening = fit(deals.Opening, given)
    with opened() as house:
        actor = who(house, as_)
        if dry_run:
            would = deals.preview_opening(house, opening, actor=actor)
            output.say(
                {"dry_run": True, "would": would.would, "next": would.next},
                lambda: "\n".join([*would.would, "", plan(would.next)]),
            )
            return
        told = wait(deals.open_deal(house, opening, actor=actor, command_id=command_id))
    if not opening.contacts:
        output.note("nobody to write to: link a contact with sluice deal link")
    output.say(
        told,
        lambda: (
            f"Opened {told.deal_id} in {told.stage}.\n\n"
            + plan(told.next, "Nothing goes out by itself.")
        ),
    )


@app.command("list")
def list_(
    status: Annotated[str | None, typer.Option(help="open, won or lost")] = None,
    stage: Annotated[str | None, typer.Option()] = None,
    playbook: Annotated[str | None, typer.Option()] = None,
    owner: Annotated[str | None, typer.Option(help="Address or id of a person")] = None,
    contact: Annotated[str | None, typer.Option(help="Address or id")] = None,
    account: Annotated[str | None, typer.Option(help="Name or id")] = None,
    stagnant: Annotated[bool | None, typer.Option("--stagnant/--not-stagnant")] = None,
    paused: Annotated[bool | None, typer.Option("--paused/--not-paused")] = None,
    cursor: Annotated[str | None, typer.Option(help="Where the page before ended")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
) -> None:
    """List deals, the last changed first."""
    from domain.refusal import Malformed
    from operations import deals

    if status not in (None, "open", "won", "lost"):
        raise Malformed(f"'{status}' is no status: write open, won or lost", "--status")
    with opened() as house:
        page = deals.list_page(
            house,
            status=status,
            stage=stage,
            playbook=playbook,
            owner=owner,
            contact=contact,
            account=account,
            stagnant=stagnant,
            paused=paused,
            cursor=cursor,
            limit=limit,
        )
    rows = [
        (
            row.deal_id,
            row.stage,
            row.status,
            f"{row.amount} {row.currency or ''}".strip() if row.amount is not None else "",
            page.owners.get(row.owner_id or "", row.owner_id),
            when(row.next_due) if row.next_due else "",
            (row.title or "(erased)") + (f"  [{', '.join(row.stagnant)}]" if row.stagnant else ""),
        )
        for row in page.deals
    ]
    heads = ("deal", "stage", "status", "amount", "owner", "next", "title")
    output.say(page, lambda: table(heads, rows) if rows else "No deal is like that.")
    if page.cursor:
        output.note(f"more with: --cursor {page.cursor}")


app.add_typer(looking)
app.add_typer(moves)
app.add_typer(talk)
