"""`sluice event`: tell that something happened to a contact."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli import output
from cli.asking import As, DryRun, who
from cli.opening import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operations.contact_events import Happening

app = typer.Typer()


@app.command()
def event(
    name: Annotated[str, typer.Argument(metavar="EVENT", help="As playbooks name it")],
    contact: Annotated[str, typer.Option(help="An address or id")],
    key: Annotated[
        str | None, typer.Option(help="What tells this one from others, e.g. the trial's id")
    ] = None,
    dry_run: DryRun = False,
    as_: As = None,
) -> None:
    """Tell that something happened to a contact: it may start, go on with or stop a series."""
    from operations import contact_events

    with opened() as house:
        actor = who(house, as_)
        done = contact_events.report(house, name, contact, key=key, actor=actor, dry_run=dry_run)
    output.say(done, lambda: "\n".join(told(done, dry_run)))


def told(done: "Happening", dry_run: bool) -> "Iterator[str]":
    """What the event did."""
    from operations.nurturing.entry import in_words

    starts, tells = ("would start", "would tell") if dry_run else ("started", "told")
    if done.already:
        yield f"{done.event} {done.key} was reported before: nothing changes"
        return
    for its_id in done.started:
        yield f"{starts} nurture/{its_id}"
    for out in done.left_out:
        yield f"{out.playbook}/{out.nurture} does not start: {in_words(out.reason)}"
    for stream in done.told:
        yield f"{tells} {stream}"
    if not (done.started or done.left_out or done.told):
        yield f"{done.event} is noted; nothing starts on it, waits for it or stops on it"
