"""`sluice verify`, `rebuild`, `backup`: the memory checked, made anew, and copied."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output
from cli.asking import DryRun
from cli.opening import opened, wait

if TYPE_CHECKING:
    from operations.upkeep import Progress

app = typer.Typer()


@app.command()
def verify() -> None:
    """Compare the ledger with everything made from it; reads all of it."""
    from operations import upkeep

    with opened() as house, _watched("reading the ledger") as progress:
        found = upkeep.check(house, progress)
    lines = [f"{each.check}: {each.where}: {each.message}" for each in found.findings]
    whole = "The memory is whole."
    output.say(found, whole if found.whole else "\n".join(lines))
    if not found.whole:
        raise typer.Exit(output.FAULT)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="A new file")],
    dry_run: DryRun = False,
) -> None:
    """Copy the whole memory into a new file while the house goes on."""
    from domain.refusal import Refused
    from operations import upkeep

    if dry_run:
        if file.exists():
            raise Refused("backup_refused", f"{file} exists already; name a new file", str(file))
        output.say({"dry_run": True, "file": str(file)}, f"The memory would be copied to {file}.")
        return
    with opened() as house, _watched("copying") as progress:
        told = upkeep.back_up(house, file, progress)
    output.say(told, f"{told.file}: {told.bytes:,} bytes")


@app.command()
def rebuild(
    workflows: Annotated[
        bool, typer.Option("--workflows/--no-workflows", help="Start what is due as well")
    ] = True,
    restored_at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="The database is a backup, made then: hold in doubt what may have gone since",
        ),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Make every read model from the ledger, and start a workflow for everything due.

    After a backup was restored, stop the workers first and say when the backup was made: mails
    that were due since then may have gone, and wait in doubt for a person instead of going again.
    """
    from operations import upkeep

    if dry_run:
        with opened() as house:
            would = upkeep.would_make(house, restored_at)
        text = f"{would.streams} streams to tell again, {would.workflows} workflows to wake"
        if restored_at is not None:
            text += f"; {would.lived_through} of them had something due since the backup"
        output.say({"dry_run": True, **would.model_dump()}, text)
        return
    with opened() as house, _watched("making anew") as progress:
        making = upkeep.make_anew(house, progress, workflows=workflows, restored_at=restored_at)
        told = wait(making)
    text = f"{told.streams} streams told again, {told.workflows} workflows woken"
    if restored_at is not None:
        text += f", {told.held} mails in doubt: `sluice mail in-doubt` lists them"
    output.say(told, text)


@contextmanager
def _watched(title: str) -> "Iterator[Progress]":
    """A progress bar for work that says how far it is, and how far there is to go."""
    with output.progress(title) as advance:
        last = 0

        def tell(done: int, total: int) -> None:
            nonlocal last
            advance(done - last if done > last else 0)
            last = done

        yield tell
