"""`sluice template`: the words of mails, checked and seen before anybody gets them."""

from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.opening import opened, settings
from cli.telling import table

app = typer.Typer()


@app.command("list")
def list_() -> None:
    """List the mails that a playbook may name."""
    from operations.authoring import templates

    found = templates.list_all(settings().templates)
    rows = [
        (one.name, one.locale or "", one.purpose, one.context, one.about or one.subject)
        for one in found
    ]
    output.say(found, lambda: table(("mail", "", "purpose", "may name", "about"), rows))


@app.command()
def check(
    name: Annotated[str | None, typer.Argument(metavar="MAIL", help="[default: all]")] = None,
) -> None:
    """Check the words of one mail or all; needs neither engine nor database."""
    from operations.authoring import templates

    found = templates.check(settings().templates, name)
    output.say(found, f"{len(found)} mail{'s' if len(found) != 1 else ''} in order")


@app.command()
def preview(
    name: Annotated[str, typer.Argument(metavar="MAIL")],
    deal: Annotated[str | None, typer.Option(help="Filled in for this deal")] = None,
    contact: Annotated[str | None, typer.Option(help="For this address or id")] = None,
    locale: Annotated[str | None, typer.Option(help="[default: the reader's]")] = None,
    html: Annotated[bool, typer.Option("--html", help="The HTML part")] = False,
    to: Annotated[Path | None, typer.Option(help="Write the HTML part into this file")] = None,
) -> None:
    """Show a mail filled in: with made-up people, or for a real deal or contact. Sends nothing."""
    from operations.authoring import templates

    if deal is None and contact is None:
        found = templates.preview(settings().templates, name, locale)
    else:
        with opened() as house:
            found = templates.preview_for(house, name, deal=deal, contact=contact, locale=locale)
    if to is not None:
        to.write_text(found.html, encoding="utf-8")
        output.note(f"wrote {to}")
    head = f"Subject: {found.subject}\nPreheader: {found.preheader}\n\n"
    output.say(found, lambda: found.html if html else head + found.text)
