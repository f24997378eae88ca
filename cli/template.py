"""`sluice template`: the words of mails, checked and seen before anybody gets them."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output
from cli.asking import As, CommandId, DryRun, who
from cli.opening import opened, settings, wait, written
from cli.telling import table, when

if TYPE_CHECKING:
    from operations.authoring.previews import Filled
    from operations.authoring.templates import Checked

app = typer.Typer()

Mail = Annotated[str, typer.Argument(metavar="MAIL")]
Deal = Annotated[str | None, typer.Option(help="Filled in for this deal")]
ContactOption = Annotated[str | None, typer.Option(help="For this address or id")]
LocaleOption = Annotated[str | None, typer.Option(help="[default: the reader's]")]


class Part(StrEnum):
    """What of a mail to show."""

    text = "text"
    html = "html"
    headers = "headers"


@app.command("list")
def list_() -> None:
    """List the mails that a playbook may name."""
    from operations.authoring import templates

    found = templates.list_all(settings().templates, written())
    rows = [
        (one.name, one.locale or "", one.purpose, one.context, one.about or one.subject)
        for one in found
    ]
    output.say(found, lambda: table(("mail", "", "purpose", "may name", "about"), rows))


@app.command()
def check(
    name: Annotated[str | None, typer.Argument(metavar="MAIL", help="[default: all]")] = None,
    locale: Annotated[str | None, typer.Option(help="Only as its readers get it")] = None,
) -> None:
    """Check the words of one mail or all, in every language; needs neither engine nor database.

    An error keeps a mail from going out; warnings and infos are told and pass.
    """
    from operations.authoring import templates

    found = templates.check(settings().templates, name, locale, written())
    if output.speaks_json():
        output.say(found)
    else:
        for weight in ("warning", "info"):
            for one in found.weighing(weight):
                output.note(f"{weight}: {one.text}")
    found.must_be_sound()
    if not output.speaks_json():
        output.say(found, _in_order(found))


@app.command()
def preview(
    name: Mail,
    deal: Deal = None,
    contact: ContactOption = None,
    locale: LocaleOption = None,
    part: Annotated[Part, typer.Option(help="What of it to show")] = Part.text,
    to: Annotated[Path | None, typer.Option(help="Write the HTML part into this file")] = None,
) -> None:
    """Show a mail filled in: with made-up people, or for a real deal or contact. Sends nothing."""
    from operations.authoring import previews

    if deal is None and contact is None:
        found = previews.preview(settings().templates, name, locale, written=written())
    else:
        with opened() as house:
            found = previews.preview_for(house, name, deal=deal, contact=contact, locale=locale)
    if to is not None:
        to.write_text(found.html, encoding="utf-8")
        output.note(f"wrote {to}")
    output.say(found, lambda: _part(found, part))


@app.command()
def show(name: Mail, locale: LocaleOption = None) -> None:
    """Show the words of a mail as they are written: the file, or what was published."""
    from operations.authoring import templates

    shown, text = templates.source(settings().templates, name, locale, written())
    output.say({"template": shown, "source": text}, text.rstrip("\n"))


@app.command()
def publish(
    file: Annotated[Path, typer.Argument(help="A file called MAIL.md or MAIL.de.md")],
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Publish the words of a mail: they hold at once, for the mails written from now on.

    The folder of mails stays as it is. A file with errors is refused.
    """
    from operations.authoring import wording

    name, locale = wording.named(file)
    text = wording.text_of(file)
    with opened() as house:
        if dry_run:
            would = wording.examine(house, name, locale, text, "")
            signs = {"gone": "- ", "new": "+ ", "same": "  ", "gap": "…"}
            lines = [f"{signs[one.kind]}{one.text}" for one in would.changes]
            for one in would.problems:
                output.note(f"{one.weight}: {one.text}")
            told = {"dry_run": True, **would.model_dump(mode="json")}
            output.say(told, "\n".join(lines) or "Nothing would change.")
            return
        done = wording.publish(
            house, name, locale, text, actor=who(house, as_), command_id=command_id
        )
    said = f"Published {done.name} in {done.locale}, version {done.version}"
    output.say(done, said if done.changed else f"{done.name} says so already in {done.locale}.")


@app.command()
def history(name: Mail, locale: LocaleOption = None) -> None:
    """Show what was published of a mail in a language, the newest first."""
    from operations.authoring import wording

    with opened() as house:
        found = wording.history(house, name, locale)
    rows = [
        (
            one.version,
            when(one.published_at),
            one.published_by,
            "the file" if one.from_file else one.template_version,
            "holds" if one.holds else "",
        )
        for one in found
    ]
    heads = ("version", "published", "by", "words", "")
    output.say(found, lambda: table(heads, rows) if rows else "Nothing: the file holds.")


@app.command("send-test")
def send_test(
    name: Mail,
    to: Annotated[str, typer.Option(help="One of our people, by address or id")],
    deal: Deal = None,
    contact: ContactOption = None,
    locale: LocaleOption = None,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Send a mail to one of our own people, marked as a test; never to a contact."""
    from operations.authoring import proofs

    with opened() as house:
        sending = proofs.send_test(
            house,
            name,
            to,
            actor=who(house, as_),
            deal=deal,
            contact=contact,
            locale=locale,
            command_id=command_id,
            dry_run=dry_run,
        )
        told = wait(sending)
    if dry_run:
        said = f'It would go to {told.to}: "{told.subject}"'
    elif told.status == "sent":
        said = f'Sent to {told.to}: "{told.subject}"'
    else:
        said = f"{told.status.replace('_', ' ')}: {told.message_id} to {told.to}"
    output.say(told, said)


def _in_order(found: "Checked") -> str:
    mails = len({one.name for one in found.mails})
    languages = len({one.locale for one in found.mails})
    told = f"{mails} mail{'s' if mails != 1 else ''} in order"
    return told + (f", in {languages} languages" if languages > 1 else "")


def _part(found: "Filled", part: Part) -> str:
    if part is Part.html:
        return found.html
    if part is Part.headers:
        return "\n".join(f"{name}: {value}" for name, value in found.headers)
    return f"Subject: {found.subject}\nPreheader: {found.preheader}\n\n{found.text}"
