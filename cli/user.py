"""`sluice user`: the people who use Sluice: owners of deals, managers, groups."""

from typing import Annotated

import typer

from cli import output
from cli.asking import As, CommandId, DryRun, who
from cli.opening import opened
from cli.telling import table

app = typer.Typer()


@app.command()
def add(
    email: Annotated[str, typer.Argument(metavar="EMAIL")],
    name: Annotated[str | None, typer.Option(help="Wanted for a new person")] = None,
    zone: Annotated[str | None, typer.Option(help="Where they work: Europe/Warsaw")] = None,
    country: Annotated[str | None, typer.Option(help="Two letters, for public holidays")] = None,
    locale: Annotated[str | None, typer.Option()] = None,
    manager: Annotated[str | None, typer.Option(help="Address or id of a known person")] = None,
    group: Annotated[
        list[str] | None, typer.Option(help="A group that a playbook's roles point to")
    ] = None,
    active: Annotated[bool | None, typer.Option("--active/--left")] = None,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Add a person, or change what is said anew of one known by the address."""
    from operations import people
    from operations.fitting import fit

    given = {
        "email": email,
        "name": name,
        "zone": zone,
        "country": country,
        "locale": locale,
        "manager": manager,
        "groups": tuple(group) if group else None,
        "active": active,
    }
    wanted = fit(people.NewPerson, given)
    with opened() as house:
        actor = who(house, as_)
        told = people.add(house, wanted, actor=actor, command_id=command_id, dry_run=dry_run)
    would = "would be " if dry_run else ""
    if told.created:
        text = f"{told.person_id} {would or 'is '}added: {told.name}"
    else:
        changed = ", ".join(told.changed) or "nothing"
        text = f"{told.person_id} is known; {would}changed: {changed}"
    output.say(told, text)


@app.command("list")
def list_(
    everybody: Annotated[bool, typer.Option("--all", help="Also those who left")] = False,
) -> None:
    """List the people who use Sluice."""
    from operations import people

    with opened() as house:
        found = people.list_all(house, active=not everybody)
    names = {one.person_id: one.name for one in found}
    rows = [
        (
            one.person_id,
            one.name + ("" if one.active else " (left)"),
            one.email,
            ", ".join(one.groups),
            names.get(one.manager_id or "", one.manager_id),
            one.zone,
        )
        for one in found
    ]
    heads = ("person", "name", "address", "groups", "manager", "zone")
    nobody = "Nobody yet: sluice user add EMAIL --name NAME"
    output.say(found, lambda: table(heads, rows) if rows else nobody)


@app.command()
def show(person: Annotated[str, typer.Argument(help="Address or id (P-…)")]) -> None:
    """Show one person."""
    from operations import people

    with opened() as house:
        found = people.show(house, person)
    said = found.model_dump(exclude={"created", "changed"}, exclude_none=True)
    output.say(found, lambda: "\n".join(f"{name:<12}{value}" for name, value in said.items()))
