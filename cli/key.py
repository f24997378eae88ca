"""`sluice key`: the keys with which other programs use the API."""

from typing import Annotated

import typer

from cli import output
from cli.asking import As, who
from cli.opening import opened
from cli.telling import table, when
from domain.access import Permission

app = typer.Typer()

_SCOPES = ", ".join(Permission)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="To know it by: what the program is")],
    scope: Annotated[
        list[str], typer.Option(help=f"What it may do; may be repeated. One of: {_SCOPES}")
    ],
    days: Annotated[
        int | None, typer.Option(help="How long it lasts; otherwise until it is revoked")
    ] = None,
    per_minute: Annotated[
        int, typer.Option(help="Requests in a minute, over one process of the console")
    ] = 600,
    as_: As = None,
) -> None:
    """Make a key. It is shown this once and kept nowhere."""
    from operations.access import keys

    with opened() as house:
        actor = who(house, as_)
        told = keys.add(house, name, scope, actor=actor, days=days, per_minute=per_minute)
    over = f", until {when(told.expires_at)}" if told.expires_at else ""
    text = f"{told.secret}\nKey {told.key_id} may {', '.join(told.scopes)}{over}. "
    output.say(told, text + "Copy it now: it is never shown again.")


@app.command("list")
def list_() -> None:
    """List the keys, also those that are over. Their secrets are kept nowhere."""
    from operations.access import keys

    with opened() as house:
        found = keys.list_all(house)
    rows = [
        (
            one.key_id,
            one.name,
            one.status,
            ", ".join(one.scopes),
            when(one.expires_at) if one.expires_at else "",
            when(one.used_at) if one.used_at else "never",
        )
        for one in found
    ]
    heads = ("key", "name", "status", "scopes", "until", "last used")
    nobody = "None yet: sluice key add NAME --scope read"
    output.say(found, lambda: table(heads, rows) if rows else nobody)


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Its id, as in the list")],
    as_: As = None,
) -> None:
    """End a key at once."""
    from operations.access import keys

    with opened() as house:
        told = keys.revoke(house, key, actor=who(house, as_))
    output.say(told, f"key {told.key_id} is revoked")
