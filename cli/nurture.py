"""`sluice nurture`: series for contacts: who would enter and who not, launch, watch, stop."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output
from cli.asking import As, DryRun, who
from cli.imports import bar
from cli.opening import opened, wait
from cli.telling import because, table, when, zone, zone_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operations.nurturing.explaining import NurtureExplanation
    from operations.nurturing.nurtures import Launch, NurtureView, StoppedRuns

app = typer.Typer()

Name = Annotated[str, typer.Argument(metavar="NURTURE", help="Its name, or playbook/name")]


@app.command()
def enroll(
    name: Name,
    contact: Annotated[
        list[str] | None, typer.Option(help="An address or id; may be said several times")
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="A list with a column of addresses")] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(help="country=PL or persona=ops,founder; all that are said must fit"),
    ] = None,
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", help="Launch without asking")] = False,
    as_: As = None,
) -> None:
    """Let contacts in: shows first how many, and who is left out and why."""
    from operations.nurturing import nurtures
    from operations.nurturing.choice import Choice, parse_where

    choice = Choice(tuple(contact or ()), csv, parse_where(where) if where else None)
    with opened() as house:
        plan = nurtures.preview(house, name, choice)
        if dry_run:
            output.say(plan, lambda: "\n".join(shown(plan)))
            return
        output.note("\n".join(shown(plan)))
        if plan.enrolled > 1 and not yes and sys.stdin.isatty():
            typer.confirm("Launch?", abort=True, err=True)
        with bar("Enrolling") as progress:
            told = nurtures.enroll(house, name, choice, actor=who(house, as_), progress=progress)
            launch = wait(told)
    output.say(launch, lambda: launched(launch))


@app.command()
def stop(
    name: Name,
    contact: Annotated[str | None, typer.Option(help="Only for this address or id")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="For everybody who is in it")] = False,
    dry_run: DryRun = False,
    as_: As = None,
) -> None:
    """Stop the series for one contact, or for all."""
    from domain.refusal import Malformed
    from operations.nurturing import nurtures

    if (contact is None) is not everybody:
        raise Malformed("say for whom it stops: --contact ADDRESS, or --all", "contact")
    with opened() as house, bar("Stopping") as progress:
        told = nurtures.stop(
            house,
            name,
            contact=contact,
            actor=who(house, as_),
            dry_run=dry_run,
            progress=progress,
        )
    would = "would be stopped" if dry_run else "stopped"
    output.say(told, f"{full(told)}: {told.stopped:,} {would}")


@app.command()
def show(
    name: Annotated[
        str | None, typer.Argument(metavar="NURTURE", help="Its name; without one: all of them")
    ] = None,
    contact: Annotated[str | None, typer.Option(help="Only this address or id")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Runs to list")] = 20,
) -> None:
    """Show how a series goes: who is in it, what comes next, why runs ended."""
    from operations.nurturing import nurtures

    with opened() as house:
        if name is None:
            known = nurtures.list_all(house)
            heads = ("playbook", "nurture", "purpose", "starts on", "again", "in it")
            keys = ("playbook", "nurture", "purpose", "starts_on", "again", "active")
            output.say(known, lambda: table(heads, ([one[key] for key in keys] for one in known)))
            return
        view = nurtures.show(house, name, contact=contact, limit=limit)
    output.say(view, lambda: "\n".join(viewed(view)))


@app.command()
def explain(
    name: Name,
    contact: Annotated[str, typer.Option(help="Whom it is about: an address or id")],
) -> None:
    """Say why a contact got each mail of a series, or did not, or is not in it."""
    from operations.nurturing import explaining

    with opened() as house:
        found = explaining.explained(house, name, contact, zone=zone())
    output.say(found, lambda: "\n".join(_why(found)))


def _why(found: "NurtureExplanation") -> "Iterator[str]":
    for run in found.runs:
        yield f"{full(found)} version {run.version}, {run.status} since {when(run.started_at)}"
        yield from (line for one in run.touches for line in because(one))
        yield ""
    if not found.runs:
        yield f"{found.contact_id} was never in {full(found)}."
    if found.why is None:
        yield "It would be let in now: sluice nurture enroll."
    else:
        yield f"It would not be let in now: {found.why}."
    yield f"times in {zone_name()}"


def full(one: "Launch | NurtureView | StoppedRuns | NurtureExplanation") -> str:
    """The name of a series over all playbooks, as it may be typed."""
    return f"{one.playbook}/{one.nurture}"


def shown(plan: "Launch") -> "Iterator[str]":
    """Who would enter, and who would not."""
    from operations.nurturing.entry import in_words

    out = sum(plan.left_out.values())
    yield f"{full(plan)} version {plan.version}: {plan.found:,} contacts found"
    yield f"  {plan.enrolled:>6,} enter" + (f", {out:,} are left out:" if out else "")
    for reason, count in plan.left_out.items():
        yield f"  {count:>6,} {in_words(reason)}"
    if plan.unknown:
        some = ", ".join(plan.unknown[:5]) + (" …" if len(plan.unknown) > 5 else "")
        yield f"  {len(plan.unknown):>6,} in the list are no contacts here ({some})"
    if plan.first_touch is not None:
        yield (
            f"first touches from {when(plan.first_touch)} to {when(plan.last_first_touch)} "
            f"{zone_name()}, at most {plan.busiest_minute} in one minute"
        )


def launched(launch: "Launch") -> str:
    """What a launch did."""
    waiting = launch.enrolled - launch.started
    later = f"; {waiting:,} are left to the worker to start" if waiting else ""
    return f"{launch.enrolled:,} entered {full(launch)}{later}"


def viewed(view: "NurtureView") -> "Iterator[str]":
    """How it goes."""
    yield f"{full(view)} version {view.version}: {view.active:,} in it, {view.ended:,} ended"
    for reason, count in view.ended_because.items():
        yield f"  {count:>6,} {reason.replace('_', ' ')}"
    if view.runs:
        yield ""
        rows = [
            (one.contact_id, one.status, one.reason or one.next or "", when(one.next_at))
            for one in view.runs
        ]
        yield table(("contact", "status", "next or why", "when"), rows)
