"""`sluice playbook`: check rules, see what a change would do, publish it, and show what holds."""

from typing import Annotated

import typer

from cli import output
from cli.asking import As, CommandId, DryRun, who
from cli.opening import opened, settings, written
from cli.telling import table, when

app = typer.Typer()

File = Annotated[str, typer.Argument(metavar="FILE", help="A file, or a name in the folder")]


@app.command()
def check(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE]…", help="Files or names [default: the whole folder]"),
    ] = None,
) -> None:
    """Check playbooks; needs neither engine nor database. All errors come at once."""
    from operations.authoring import files as playbook_files
    from operations.authoring import playbooks
    from operations.authoring.errors import PlaybookErrors, Problem

    told, published = settings(), written()
    names = files or [str(path) for path in playbook_files.files(told.playbooks)]
    found: list[playbooks.Checked] = []
    wrong: list[Problem] = []
    for name in names:
        try:
            found.append(playbooks.check(name, told.playbooks, told.templates, published))
        except PlaybookErrors as error:
            wrong += error.problems
    for one in found:
        for warning in one.warnings:
            output.note(f"warning: {warning}")
    if wrong:
        raise PlaybookErrors(wrong)
    output.say(found, "\n".join(f"{one.file}: {one.playbook} may be published" for one in found))


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="PLAYBOOK")],
    edition: Annotated[int | None, typer.Option(help="[default: the newest]")] = None,
) -> None:
    """Show a published playbook with its text."""
    from operations.authoring import playbooks

    with opened() as house:
        found = playbooks.show(house, name, edition)
    head = f"# {found.playbook}, edition {found.edition}, {when(found.published_at)}"
    head += f" by {found.published_by}"
    versions = "# " + ", ".join(f"{part}@{number}" for part, number in found.parts.items())
    if found.made:
        versions += "\n# published without its text: this is made from its parts"
    output.say(found, lambda: f"{head}\n{versions}\n{found.source}")


@app.command()
def history(
    name: Annotated[str, typer.Argument(metavar="PLAYBOOK")],
    before: Annotated[int | None, typer.Option(help="Compare this edition")] = None,
    after: Annotated[int | None, typer.Option(help="with this one [default: the newest]")] = None,
) -> None:
    """Show what was published of a playbook, or say in words how two editions differ."""
    from operations.authoring import editions

    with opened() as house:
        found = editions.history(house, name)
        if before is not None:
            latest = after if after is not None else found[0].edition
            changes = editions.between(house, name, before, latest)
    if before is not None:
        output.say(changes, lambda: "\n".join(one.text for one in changes) or "They say the same.")
        return
    rows = [
        (one.edition, when(one.published_at), one.published_by, ", ".join(one.changed))
        for one in found
    ]
    output.say(found, lambda: table(("edition", "published", "by", "changed"), rows))


@app.command()
def diff(file: File) -> None:
    """Say in words what publishing a file would change, and for whom."""
    from operations.authoring import playbooks

    with opened() as house:
        found = playbooks.diff(house, file)
    lines = [*found.texts, *(f"in flight: {each.text}" for each in found.in_flight)]
    same = f"{found.playbook} is published as it stands here (edition {found.edition})."
    output.say(found, lambda: "\n".join(lines) if lines else same)


@app.command()
def publish(
    file: File,
    dry_run: DryRun = False,
    based_on: Annotated[
        int | None,
        typer.Option(help="Refuse when another edition holds by now; 0: a new playbook"),
    ] = None,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Publish a file: what differs gets a new version, deals under way keep theirs."""
    from operations.authoring import playbooks

    with opened() as house:
        if dry_run:
            would = playbooks.diff(house, file)
            lines = [*would.texts, *(f"in flight: {each.text}" for each in would.in_flight)]
            data = {"dry_run": True, **would.model_dump()}
            output.say(data, "\n".join(lines) or "Nothing would change.")
            return
        actor = who(house, as_)
        with output.progress("deals in flight") as progress:
            told = playbooks.publish(
                house,
                file,
                actor=actor,
                command_id=command_id,
                progress=progress,
                based_on=based_on,
            )
    for warning in told.warnings:
        output.note(f"warning: {warning}")
    if told.changed:
        new = ", ".join(
            f"{part}@{told.parts[part]}" if part in told.parts else f"{part} is gone"
            for part in told.changed
        )
        text = f"Published {told.playbook}, edition {told.edition}: {new}"
        text += f"; {told.moved} deals have another date" if told.moved else ""
    else:
        text = f"{told.playbook} is published as it stands here (edition {told.edition})."
    output.say(told, text)


@app.command("list")
def list_() -> None:
    """List the published playbooks."""
    from operations.authoring import playbooks

    with opened() as house:
        found = playbooks.list_all(house)
    rows = [
        (one.playbook, one.edition, when(one.published_at), one.published_by, len(one.parts))
        for one in found
    ]
    heads = ("playbook", "edition", "published", "by", "parts")
    nothing = "None is published yet: sluice playbook publish FILE"
    output.say(found, lambda: table(heads, rows) if rows else nothing)
