"""`sluice webhook`: other programs that are told what happens, as it happens."""

from typing import Annotated

import typer

from cli import output
from cli.asking import As, CommandId, DryRun, who
from cli.opening import opened, wait
from cli.telling import table, when

app = typer.Typer()

Webhook = Annotated[str, typer.Argument(metavar="WEBHOOK", help="Its id (WH-…), as in the list")]


@app.command()
def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where to send: https://…")],
    kind: Annotated[
        list[str] | None,
        typer.Option(help="Only this kind of event; may be said several times [default: all]"),
    ] = None,
    description: Annotated[str, typer.Option(help="What the program is")] = "",
    after: Annotated[
        int | None,
        typer.Option(min=0, metavar="POSITION", help="Begin behind this event [default: now]"),
    ] = None,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Tell a program what happens. Its secret is shown this once."""
    from operations.webhooks import endpoints

    with opened() as house:
        told = endpoints.add(
            house,
            url,
            actor=who(house, as_),
            kinds=kind or (),
            description=description,
            after=after,
            command_id=command_id,
            dry_run=dry_run,
        )
    if told.secret is None:
        output.say(told, f"{told.url} would be told what happens")
        return
    what = f"{', '.join(told.kinds)}" if told.kinds else "every event"
    text = f"{told.secret}\n{told.webhook_id} is told {what}. "
    output.say(told, text + "Copy the secret now: it is never shown again.")


@app.command("list")
def list_() -> None:
    """List the webhooks and how far each is told."""
    from operations.webhooks import endpoints

    with opened() as house:
        found = endpoints.list_all(house)
    rows = [
        (
            one.webhook_id,
            one.url,
            one.status + (f" ({one.because})" if one.because else ""),
            one.behind,
            one.waiting,
            one.dead,
            ", ".join(one.kinds) or "all",
        )
        for one in found
    ]
    heads = ("webhook", "url", "status", "behind", "waiting", "dead", "kinds")
    output.say(found, lambda: table(heads, rows) if rows else "None yet: sluice webhook add URL")


@app.command()
def show(
    webhook: Webhook,
    status: Annotated[
        str | None, typer.Option(help="Only deliveries that are: waiting, delivered or dead")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
) -> None:
    """Show one webhook and what became of the newest events, with every attempt."""
    from operations.webhooks import deliveries, endpoints

    with opened() as house:
        told = endpoints.show(house, webhook)
        page = deliveries.list_page(house, webhook, status=status, limit=limit)
    facts = told.model_dump(exclude_none=True)
    lines = [f"{name:<14}{value}" for name, value in facts.items()]
    for one in page.deliveries:
        again = f", again {when(one.next_at)}" if one.next_at else ""
        lines.append(f"{one.position}  {one.kind}: {one.status}{again}")
        lines += [
            f"    {when(each.at)}  {each.problem or each.status}  {each.ms} ms  {each.excerpt}"
            for each in one.attempts
        ]
    output.say({**told.model_dump(), "deliveries": page.deliveries}, lines)


@app.command()
def rotate(webhook: Webhook, as_: As = None) -> None:
    """Give it a new secret, shown this once; for 24 hours the one before it signs too."""
    from operations.webhooks import endpoints

    with opened() as house:
        told = endpoints.rotate(house, webhook, actor=who(house, as_))
    text = "Copy it now: it is never shown again. For 24 hours both secrets sign."
    output.say(told, f"{told.secret}\n{text}")


@app.command()
def pause(webhook: Webhook, as_: As = None) -> None:
    """Tell it nothing until it is resumed. Nothing is lost meanwhile."""
    from operations.webhooks import endpoints

    with opened() as house:
        told = endpoints.pause(house, webhook, actor=who(house, as_))
    output.say(told, f"{told.webhook_id} is paused; go on with: sluice webhook resume")


@app.command()
def resume(webhook: Webhook, as_: As = None) -> None:
    """Go on where it was left, also after it was disabled."""
    from operations.webhooks import endpoints

    with opened() as house:
        told = endpoints.resume(house, webhook, actor=who(house, as_))
    output.say(told, f"{told.webhook_id} is active; {told.behind} events behind")


@app.command()
def replay(
    webhook: Webhook,
    position: Annotated[
        list[int] | None,
        typer.Option(help="The event at this position; may be repeated [default: all dead ones]"),
    ] = None,
    as_: As = None,
) -> None:
    """Tell events again, under the same ids: those at positions, or all that are dead."""
    from operations.webhooks import deliveries

    with opened() as house:
        actor = who(house, as_)
        told = deliveries.replay(house, webhook, actor=actor, positions=position or ())
    output.say(told, f"{told.replayed} events are told again")


@app.command()
def skip(webhook: Webhook, as_: As = None) -> None:
    """Set aside the event that holds up those behind it. It can be replayed."""
    from operations.webhooks import deliveries

    with opened() as house:
        told = deliveries.skip(house, webhook, actor=who(house, as_))
    output.say(told, f"the event at {told.position} is set aside; those behind it go on")


@app.command()
def remove(webhook: Webhook, as_: As = None) -> None:
    """Forget it, and what it was told."""
    from operations.webhooks import endpoints

    with opened() as house:
        told = endpoints.remove(house, webhook, actor=who(house, as_))
    output.say(told, f"{told.webhook_id} is removed")


@app.command("test")
def try_(webhook: Webhook, as_: As = None) -> None:
    """Send a message that tells nothing, now, and say what became of it."""
    from operations.webhooks import deliveries

    with opened() as house:
        told = wait(deliveries.test(house, webhook, actor=who(house, as_)))
    text = f"{told.problem or told.status} after {told.ms} ms  {told.excerpt}".rstrip()
    output.say(told, text)
    if not told.taken:
        raise typer.Exit(output.UNREACHABLE)
