"""The commands that tell what was said between us and the other side."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.asking import As, CommandId, DryRun
from cli.deal_asking import DealId, Note, contact_id, on, tell

if TYPE_CHECKING:
    from operations.house import House

app = typer.Typer()

Moment = Annotated[str | None, typer.Option(metavar="DATE", help="When it was [default: now]")]


@app.command()
def log(
    deal: DealId,
    activity: Annotated[
        str, typer.Argument(metavar="KIND", help="call, meeting, demo, note, email …")
    ],
    note: Note = None,
    at: Moment = None,
    contact: Annotated[str | None, typer.Option(help="Address or id")] = None,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Record what somebody did about the deal."""

    def asked(house: "House") -> dict[str, Any]:
        made = {"kind": "log_activity", "activity": activity, "note": note}
        return made | {
            "contact_id": contact_id(house, contact),
            "at": on(house, deal, at, "--at", past=True),
        }

    tell(deal, asked, dry_run, command_id, as_)


@app.command()
def reply(
    deal: DealId,
    channel: Annotated[str, typer.Option(help="email, phone, linkedin …")] = "email",
    note: Note = None,
    at: Moment = None,
    contact: Annotated[str | None, typer.Option(help="Address or id")] = None,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """The other side answered: follow-ups stop, and it is our turn."""

    def asked(house: "House") -> dict[str, Any]:
        made = {"kind": "record_reply", "channel": channel, "note": note}
        return made | {
            "contact_id": contact_id(house, contact),
            "at": on(house, deal, at, "--at", past=True),
        }

    tell(deal, asked, dry_run, command_id, as_)


@app.command()
def away(
    deal: DealId,
    back: Annotated[str | None, typer.Option(metavar="DATE", help="When they are back")] = None,
    contact: Annotated[str | None, typer.Option(help="Address or id")] = None,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """A machine answered that the contact is away: no reply, and the next steps wait."""

    def asked(house: "House") -> dict[str, Any]:
        return {
            "kind": "note_absence",
            "contact_id": contact_id(house, contact),
            "back_at": on(house, deal, back, "--back"),
        }

    tell(deal, asked, dry_run, command_id, as_)


@app.command()
def promise(
    deal: DealId,
    what: Annotated[str, typer.Option(help="What was promised")],
    due: Annotated[str, typer.Option(metavar="DATE")],
    owner: Annotated[str | None, typer.Option(help="[default: the deal's owner]")] = None,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Somebody of ours promised something until a date: reminds before it, flags after it."""

    def asked(house: "House") -> dict[str, Any]:
        from operations import people

        owner_id = people.show(house, owner).person_id if owner else None
        made = {"kind": "make_promise", "what": what, "owner_id": owner_id}
        return made | {"due_at": on(house, deal, due, "--due")}

    tell(deal, asked, dry_run, command_id, as_)


@app.command("keep-promise")
def keep_promise(
    deal: DealId,
    promise_id: Annotated[str, typer.Argument(metavar="PROMISE")],
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """A promise was kept."""
    asked = {"kind": "keep_promise", "promise_id": promise_id}
    tell(deal, lambda house: asked, dry_run, command_id, as_)


@app.command("wait")
def wait_(
    deal: DealId,
    until: Annotated[str, typer.Option(metavar="DATE", help="A bare date: its working day begins")],
    note: Note = None,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Silence is agreed until a date ("call me in March"): no mail, and not stagnant."""

    def asked(house: "House") -> dict[str, Any]:
        return {"kind": "agree_wait", "until": on(house, deal, until, "--until"), "note": note}

    tell(deal, asked, dry_run, command_id, as_)
