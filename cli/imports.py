"""Bring in deals and contacts from a file: what it would do, and doing it."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output
from cli.asking import As, DryRun, who
from cli.opening import opened, wait

if TYPE_CHECKING:
    from operations.importing.contacts import ContactsReport
    from operations.importing.report import ImportReport, Note, OwnerDigest, Progress
    from operations.importing.table import Rejected

app = typer.Typer()

SHOWN = 20
"""Rejected rows that are listed; `--json` has them all."""


class Enroll(StrEnum):
    """Who is followed up from now on."""

    none = "none"
    matching = "matching"


class Dates(StrEnum):
    """The order of day and month."""

    dmy = "dmy"
    mdy = "mdy"
    iso = "iso"


DatesOption = Annotated[
    Dates | None, typer.Option(help="The order of day and month, where it cannot be told")
]


@app.command()
def deals(
    file: Annotated[Path, typer.Argument(help="The deals, as CSV")],
    products: Annotated[Path | None, typer.Option(help="Products and list prices")] = None,
    accounts: Annotated[Path | None, typer.Option(help="Companies")] = None,
    people: Annotated[Path | None, typer.Option(help="Owners, managers, groups")] = None,
    mapping: Annotated[
        Path | None, typer.Option("--map", help="A mapping file; known headers need none")
    ] = None,
    enroll: Annotated[Enroll, typer.Option(help="Whom to follow up from now on")] = Enroll.none,
    dates: DatesOption = None,
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", help="Enroll without asking")] = False,
    as_: As = None,
) -> None:
    """Take over deals with their dates and stages; the same file twice changes nothing."""
    from operations.importing.deals import DealFiles, import_deals

    files = DealFiles(
        file, products, accounts, people, mapping, dates.value if dates is not None else None
    )

    def run(dry: bool) -> "ImportReport":
        with opened() as house, bar("Deals") as progress:
            told = import_deals(
                house,
                files,
                actor=who(house, as_),
                enroll=enroll.value,
                dry_run=dry,
                progress=progress,
            )
            return wait(told)

    if enroll is Enroll.matching and not dry_run:
        ask(run(True), yes)
    report = run(dry_run)
    output.say(report.as_data(), lambda: "\n".join(shown(report)))
    stop_if_nothing_fits(report.rows, report.rejected)


@app.command()
def contacts(
    file: Annotated[Path, typer.Argument(help="The contacts, as CSV")],
    mapping: Annotated[
        Path | None, typer.Option("--map", help="A mapping file; usual column names need none")
    ] = None,
    dates: DatesOption = None,
    dry_run: DryRun = False,
    as_: As = None,
) -> None:
    """Add people to write to, with consent and country; known ones are brought up to date."""
    from operations.importing.contacts import import_contacts

    with opened() as house, bar("Contacts") as progress:
        report = import_contacts(
            house,
            file,
            mapping=mapping,
            dates=dates.value if dates is not None else None,
            actor=who(house, as_),
            dry_run=dry_run,
            progress=progress,
        )
    output.say(report.as_data(), lambda: "\n".join(contacts_shown(report)))
    stop_if_nothing_fits(report.rows, report.rejected)


@contextmanager
def bar(title: str) -> Iterator["Progress"]:
    """A progress bar that is told where the work stands, not how far it went on."""
    with output.progress(title, 100) as advance:
        at = 0.0

        def progress(what: str, done: int, total: int) -> None:
            nonlocal at
            share = 100 * done / total if total else 100
            if share > at:
                advance(share - at)
                at = share

        yield progress


def ask(plan: "ImportReport", yes: bool) -> None:
    """Show how many would be followed up, and let a person at a terminal think again."""
    output.note(
        f"--enroll matching: {plan.matching:,} of {plan.created + plan.unchanged:,} deals would be "
        f"followed up; {plan.open - plan.matching:,} open ones would not (no reader, or no "
        "cadence in their stage)"
    )
    if plan.matching and not yes and sys.stdin.isatty():
        typer.confirm("Go on?", abort=True, err=True)


def stop_if_nothing_fits(rows: int, rejected: "Sequence[Rejected]") -> None:
    """A file of which not one row can be read is malformed input."""
    if rows and len(rejected) >= rows:
        raise typer.Exit(output.USAGE)


def shown(report: "ImportReport") -> Iterator[str]:
    """The report for people: counts, what could not be read, what was noticed, one digest."""
    would = "would be " if report.dry_run else ""
    yield (
        f"{report.rows:,} rows: {report.created:,} deals {would}created, {report.updated:,} "
        f"{would}updated, {report.unchanged:,} unchanged, {len(report.rejected):,} rejected"
    )
    beside = (
        f"{report.people['created']:,} people and {report.accounts['created']:,} accounts "
        f"{would}made, {report.people['updated']:,} and {report.accounts['updated']:,} changed"
    )
    if any((*report.people.values(), *report.accounts.values())):
        yield beside
    yield (
        f"mapping {report.mapping}, playbook {report.playbook}; {report.enrolled:,} enrolled, "
        f"{report.armed:,} workflows started"
    )
    if report.waiting:
        yield f"{report.waiting:,} workflows are left to the worker: Temporal does not answer"
    yield from rejected_lines(report.rejected)
    yield from note_lines(report.notes)
    yield from digest_lines(report)


def digest_lines(report: "ImportReport") -> Iterator[str]:
    """What was quiet before it came: one digest in the place of a notice a deal."""
    if not report.stagnant:
        return
    total = sum(one.deals for one in report.stagnant)
    yield ""
    yield f"Stagnant already when they came: {total:,} deals, flagged without a notice"
    rows = [
        (one.name, f"{one.deals:,}", f"{one.since:%Y-%m-%d}", _told(one)) for one in report.stagnant
    ]
    yield output.columns(("owner", "deals", "quiet since", "is told"), rows)


def _told(one: "OwnerDigest") -> str:
    if one.owner_id is None:
        return ""
    return "by one mail" if one.told else "not: no address"


def contacts_shown(report: "ContactsReport") -> Iterator[str]:
    """The report for people."""
    would = "would be " if report.dry_run else ""
    yield (
        f"{report.rows:,} rows: {report.created:,} contacts {would}added, {report.updated:,} "
        f"{would}updated, {report.unchanged:,} unchanged, {len(report.rejected):,} rejected"
    )
    yield from rejected_lines(report.rejected)
    yield from note_lines(report.notes)


def rejected_lines(rejected: "Sequence[Rejected]") -> Iterator[str]:
    """The first rejected rows, each with its place and reason."""
    if rejected:
        yield ""
        yield f"Rejected ({len(rejected):,}):"
    for one in rejected[:SHOWN]:
        yield f"  {one.where} {one.reason}"
    if len(rejected) > SHOWN:
        yield f"  … and {len(rejected) - SHOWN:,} more; --json lists them all"


def note_lines(notes: "Sequence[Note]") -> Iterator[str]:
    """What was noticed, with counts."""
    from operations.importing.report import note_line

    if notes:
        yield ""
        yield "Noticed:"
    for one in notes:
        yield f"  {note_line(one)}"
