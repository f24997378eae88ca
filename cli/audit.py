"""`sluice audit`: the log of everything that was asked, by whom, and what became of it."""

from typing import Annotated

import typer

from cli import output
from cli.opening import opened
from cli.telling import table, when

app = typer.Typer()


@app.command("list")
def list_(
    actor: Annotated[
        str | None, typer.Option(help="One actor: a person's id, key/KEY, a system user")
    ] = None,
    about: Annotated[
        str | None, typer.Option(metavar="STREAM", help="deal/D-…, contact/C-…, person/P-…")
    ] = None,
    cursor: Annotated[str | None, typer.Option(help="From an earlier page: older ones")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
) -> None:
    """List what was asked, the newest first. Times are those of this machine's clock."""
    from operations.access import auditing

    with opened() as house:
        page = auditing.list_page(house, actor=actor, stream=about, cursor=cursor, limit=limit)
    rows = [
        (when(one.at), one.actor, one.what, one.stream, one.outcome, one.code)
        for one in page.entries
    ]
    more = f"\nOlder ones: --cursor {page.cursor}" if page.cursor else ""
    heads = ("at", "who", "what", "about", "outcome", "code")
    output.say(page, lambda: table(heads, rows) + more if rows else "Nothing was asked yet.")


@app.callback()
def audit() -> None:
    """Who did what through which door."""
