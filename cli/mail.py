"""`sluice mail`: what was sent, what was not and why, what is in doubt; stop and start it all."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import output
from cli.asking import As, CommandId, DryRun, who
from cli.opening import opened
from cli.telling import table, when

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operations.clicking import TrackedLink
    from operations.post.mail_room import MailLine, MailSwitch
    from operations.post.mailboxes import Halted

app = typer.Typer()

Which = Annotated[str, typer.Argument(metavar="MAIL", help="Message-ID or touch id")]


@app.command("list")
def list_(
    deal: Annotated[str | None, typer.Option(help="Of this deal")] = None,
    contact: Annotated[str | None, typer.Option(help="To this address or id")] = None,
    status: Annotated[
        str | None, typer.Option(help="planned, sent, refused, in_doubt, cancelled, missed …")
    ] = None,
    cursor: Annotated[str | None, typer.Option(help="Where the page before ended")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
) -> None:
    """List mails, the last planned first."""
    from operations.post import mail_room

    with opened() as house:
        page = mail_room.list_page(
            house,
            deal=deal,
            contact=contact,
            status=status,
            cursor=cursor,
            limit=limit,
        )
    output.say(page.mails, lambda: _table(page.mails))
    if page.cursor:
        output.note(f"more with: --cursor {page.cursor}")


@app.command()
def show(
    mail: Which,
    html: Annotated[bool, typer.Option("--html", help="The HTML part")] = False,
) -> None:
    """Show a mail as it went, or as it would go."""
    from operations.post import mail_room

    with opened() as house:
        found = mail_room.show(house, mail)
    one = found.mail
    told = [f"{one.status}" + (f": {one.reason}" if one.reason else "")]
    told += [f"slot {when(one.at)}" + (f", sent {when(one.sent_at)}" if one.sent_at else "")]
    told += [f"moved: {one.moved}"] if one.moved else []
    if found.approval is not None:
        same = "in the words that were approved"
        told += [same if found.approval.as_read else f"not {same}, because facts changed since"]
    told += [_link(one) for one in found.links]
    told += ["", *(f"{name}: {value}" for name, value in found.headers), ""]
    told += [(found.html if html else found.text) or "It is not written yet, or was erased."]
    output.say(found, lambda: "\n".join(told))


@app.command("in-doubt")
def in_doubt() -> None:
    """List mails of which nobody can know whether they arrived."""
    from operations.post import mail_room

    with opened() as house:
        found = mail_room.in_doubt(house)
    nothing = "No mail is in doubt."
    output.say(found, lambda: _table(found) if found else nothing)


@app.command()
def resolve(
    mail: Which,
    outcome: Annotated[
        str, typer.Argument(metavar="arrived|lost|again", help="What is known, or what to do")
    ],
    reason: Annotated[str, typer.Option(help="How it is known")] = "",
    at: Annotated[
        str | None, typer.Option(help="When it arrived, if not when it was handed over")
    ] = None,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Settle a doubt: it arrived, it was lost, or it goes again under the same id."""
    from operations.post import mail_room

    with opened() as house:
        told = mail_room.resolve(
            house,
            mail,
            outcome,
            actor=who(house, as_),
            reason=reason,
            at=at,
            command_id=command_id,
            dry_run=dry_run,
        )
    word = "would be" if dry_run else "is now"
    output.say(told, f"{told.message_id} {word} {told.status}")


@app.command()
def status() -> None:
    """Say whether mail may go, and which mailboxes are halted."""
    from operations.post import mail_room, mailboxes

    with opened() as house:
        found = mail_room.switch(house)
        halted = mailboxes.halted(house)
    told = [_switch(found), *(_halted(one) for one in halted)]
    body = found.model_dump(mode="json")
    body["halted"] = [one.model_dump(mode="json") for one in halted]
    output.say(body, "\n".join(told))


@app.command()
def stop(
    reason: Annotated[str | None, typer.Option(help="Shown to everybody who asks why")] = None,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Stop all mail: nothing enters the wire until `sluice mail start`."""
    from operations.post import mail_room

    with opened() as house:
        if dry_run:
            found = mail_room.switch(house)
            output.say({"dry_run": True, "stopped": found.stopped}, "All mail would stop.")
            return
        told = mail_room.stop(house, actor=who(house, as_), reason=reason, command_id=command_id)
    output.say(told, _switch(told))


@app.command()
def start(
    mailbox: Annotated[
        str | None, typer.Option(help="Only this one, which bounces or complaints have halted")
    ] = None,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Let mail go again; windows that passed meanwhile are missed, never a burst."""
    from operations.post import mail_room, mailboxes

    with opened() as house:
        if mailbox is not None:
            done = mailboxes.release(
                house, mailbox, actor=who(house, as_), command_id=command_id, dry_run=dry_run
            )
            word = "would" if dry_run else "may"
            told = f"The mailbox {mailbox} {word} send again; {done.woken} deals and series look"
            output.say(done, told)
            return
        if dry_run:
            found = mail_room.switch(house)
            output.say({"dry_run": True, "stopped": found.stopped}, "Mail would go again.")
            return
        flipped = mail_room.start(house, actor=who(house, as_), command_id=command_id)
    output.say(flipped, f"{_switch(flipped)}; {flipped.woken} deals and series look again")


def _halted(one: "Halted") -> str:
    what = "" if one.scope == "all" else f" for {one.scope} mail"
    return f"The mailbox {one.mailbox} is halted{what} since {when(one.since)}: {one.reason}"


def _link(one: "TrackedLink") -> str:
    often = f"{one.clicks} {'click' if one.clicks == 1 else 'clicks'}"
    first = f", first {when(one.first_at)}" if one.first_at else ""
    others = "".join(f", {n} not counted ({why})" for why, n in one.not_counted.items())
    return f"link {one.position} {one.url}: {often}{first}{others}"


def _switch(found: "MailSwitch") -> str:
    if not found.stopped:
        return "Mail goes"
    since = f" since {when(found.since)} by {found.by}" if found.since else ""
    return f"All mail is stopped{since}" + (f": {found.reason}" if found.reason else "")


def _table(found: "Sequence[MailLine]") -> str:
    rows: list[tuple[Any, ...]] = [
        (
            when(one.sent_at or one.at),
            one.status,
            one.template,
            one.deal_id or one.nurture_id,
            one.contact_id or one.person_id,
            one.subject or "",
            one.reason or one.moved or "",
        )
        for one in found
    ]
    heads = ("when", "status", "mail", "of", "to", "subject", "why")
    return table(heads, rows) if rows else "No mail is like that."
