"""`sluice inbox`: mail that came in and waits for a person; attach it to a deal, or ignore it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import output
from cli.asking import As, CommandId, DryRun, who
from cli.opening import opened
from cli.telling import table, when

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operations.inbound.inbox import InboxLine
    from operations.inbound.polling import FolderRead

app = typer.Typer()

Which = Annotated[str, typer.Argument(metavar="MAIL", help="The id that the list shows")]


@app.command("list")
def list_(
    everything: Annotated[
        bool, typer.Option("--all", help="Also what is matched or settled")
    ] = False,
    deal: Annotated[str | None, typer.Option(help="What came in about this deal")] = None,
    cursor: Annotated[str | None, typer.Option(help="Where the page before ended")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
) -> None:
    """List mail that waits for a person, the newest first."""
    from operations.inbound import inbox

    with opened() as house:
        page = inbox.list_page(house, everything=everything, deal=deal, cursor=cursor, limit=limit)
    output.say(page.mails, lambda: _table(page.mails))
    if page.cursor:
        output.note(f"more with: --cursor {page.cursor}")


@app.command()
def show(mail: Which) -> None:
    """Show a mail, what it was taken for and why, and the deals that it may belong to."""
    from operations.inbound import inbox

    with opened() as house:
        found = inbox.show(house, mail)
    one = found.mail
    told = [f"{one.status}: {one.kind.replace('_', ' ')} ({one.why})"]
    told += [f"arrived {when(one.arrived_at)} by {one.source}"]
    told += [f"from {one.sender_name or ''} <{one.sender}>"] if one.sender else []
    told += [f"subject: {one.subject}"] if one.subject else []
    told += [f"contact {one.contact_id}"] if one.contact_id else []
    told += [f"deal {one.deal_id}, known by {one.how}"] if one.deal_id else []
    told += [f"may belong to {each.deal_id}: {each.title or ''}" for each in found.candidates]
    told += ["", found.text or "Its text is empty, or was erased."]
    output.say(found, lambda: "\n".join(told))


@app.command()
def attach(
    mail: Which,
    deal: Annotated[str, typer.Argument(metavar="DEAL", help="The deal that it belongs to")],
    contact: Annotated[
        str | None, typer.Option(help="Who wrote it: an address or id [by its address]")
    ] = None,
    meaning: Annotated[
        str | None,
        typer.Option("--as-a", metavar="reply|note", help="What it means [by its kind]"),
    ] = None,
    remember: Annotated[
        bool, typer.Option("--remember", help="Its address is one of the contact's from now on")
    ] = False,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Attach a mail to a deal. As a reply it stops what runs and starts our turn."""
    from operations.inbound import inbox

    with opened() as house:
        told = inbox.attach(
            house,
            mail,
            deal,
            actor=who(house, as_),
            contact=contact,
            meaning=meaning,
            remember=remember,
            command_id=command_id,
            dry_run=dry_run,
        )
    word = "would be attached" if dry_run else "is attached"
    output.say(told, f"{told.inbound_id} {word} to {told.deal_id} as a {told.meaning}")


@app.command()
def ignore(
    mail: Which, dry_run: DryRun = False, command_id: CommandId = None, as_: As = None
) -> None:
    """Say that a mail concerns nobody."""
    from operations.inbound import inbox

    with opened() as house:
        told = inbox.ignore(
            house, mail, actor=who(house, as_), command_id=command_id, dry_run=dry_run
        )
    word = "would be" if dry_run else "is"
    output.say(told, f"{told.inbound_id} {word} ignored")


@app.command()
def poll() -> None:
    """Read the mailboxes now, instead of at the next full minute."""
    from operations.inbound import polling

    with opened() as house:
        found = polling.read_now(house, lambda one: output.note(_read(one)))
    output.say(found, f"{sum(one.fresh for one in found)} new mails")
    if any(one.problem for one in found):
        raise typer.Exit(output.UNREACHABLE)


@app.command()
def folders() -> None:
    """Say how far each folder is read, and which cannot be."""
    from operations.inbound import polling

    with opened() as house:
        found = polling.folders(house)
    rows: list[tuple[Any, ...]] = [
        (one.mailbox, one.folder, one.last_uid, one.taken, when(one.polled_at), one.problem or "")
        for one in found
    ]
    heads = ("mailbox", "folder", "last UID", "mails", "read", "problem")
    output.say(found, lambda: table(heads, rows) if rows else "No folder was read so far.")


def _read(one: "FolderRead") -> str:
    if one.problem:
        return f"{one.mailbox} {one.folder}: {one.problem}"
    return f"{one.mailbox} {one.folder}: {one.looked} looked at, {one.fresh} new"


def _table(found: "Sequence[InboxLine]") -> str:
    rows: list[tuple[Any, ...]] = [
        (
            one.inbound_id,
            when(one.arrived_at),
            one.status,
            one.kind.replace("_", " "),
            one.sender or "",
            one.subject or "",
            one.deal_id or one.contact_id or "",
        )
        for one in found
    ]
    heads = ("id", "arrived", "status", "kind", "from", "subject", "of")
    return table(heads, rows) if rows else "Nothing waits here."
