"""`sluice user`: the people who use Sluice: owners, managers, groups, roles, passwords."""

import sys
from typing import Annotated

import typer

from cli import output
from cli.asking import As, CommandId, DryRun, who
from cli.opening import opened, wait
from cli.telling import table, when
from domain.access import Role

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
    role: Annotated[
        str | None,
        typer.Option(metavar="ROLE", help=f"What they may do: {', '.join(Role)}; none: no sign-in"),
    ] = None,
    active: Annotated[bool | None, typer.Option("--active/--left")] = None,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Add a person, or change what is said anew of one known by the address.

    Who gets another role, or leaves, is signed out everywhere.
    """
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
        "role": role,
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
            one.role,
            ", ".join(one.groups),
            names.get(one.manager_id or "", one.manager_id),
            one.zone,
        )
        for one in found
    ]
    heads = ("person", "name", "address", "role", "groups", "manager", "zone")
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


Person = Annotated[str, typer.Argument(metavar="WHO", help="Address or id (P-…)")]


@app.command()
def password(person: Person, as_: As = None) -> None:
    """Set somebody's password, typed here or read from stdin; it ends their sessions.

    Better is `sluice user invite`: then nobody but they knows it.
    """
    from operations.access import passwords

    with opened() as house:
        actor = who(house, as_)
        if sys.stdin.isatty():
            said = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        else:
            said = sys.stdin.readline().rstrip("\r\n")
        told = passwords.set_password(house, person, said, actor=actor)
    ended = f"; {told.ended} sessions ended" if told.ended else ""
    output.say(told, f"{told.person_id} has a new password{ended}")


@app.command()
def invite(person: Person, as_: As = None) -> None:
    """Make a link with which a person sets a password, once; an earlier one ends."""
    from operations.access import passwords

    with opened() as house:
        told = passwords.invite(house, person, actor=who(house, as_))
    output.say(
        told, f"{told.url}\nGood once, until {when(told.expires_at)}; send it to nobody else."
    )


@app.command()
def signout(person: Person, as_: As = None) -> None:
    """End all sessions of a person."""
    from operations.access import signing_in

    with opened() as house:
        ended = signing_in.sign_out_everywhere(house, person, actor=who(house, as_))
    output.say({"ended": ended}, f"{ended} sessions ended")


@app.command()
def transfer(
    person: Person,
    to: Annotated[str, typer.Option(metavar="WHO", help="Who takes it: address or id")],
    dry_run: DryRun = False,
    as_: As = None,
) -> None:
    """Give everything that a person has to do to another: deals, open tasks, promises."""
    from operations import transferring

    with opened() as house:
        work = transferring.work_of(house, person)
        if dry_run:
            text = f"{work.open_deals} open and {work.ended_deals} ended deals, {work.tasks} tasks"
            output.say(work, f"{text} and {work.promises} promises would go to {to}")
            return
        told = wait(transferring.transfer(house, person, to, actor=who(house, as_)))
    late = f", {told.late} will once a worker answers" if told.late else ""
    lines = [f"{told.moved} went over{late}", *(f"not: {one}" for one in told.failed)]
    output.say(told, lines)
    if told.failed:
        raise typer.Exit(output.REFUSED)
