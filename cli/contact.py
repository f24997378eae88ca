"""`sluice contact`: the people we write to, what they agreed to, and what they told us."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli import output
from cli.asking import As, CommandId, DryRun, Who, pairs, who
from cli.contact_bars import app as bars
from cli.contact_consent import app as consent
from cli.opening import opened
from cli.telling import table, when, zone, zone_name

if TYPE_CHECKING:
    from operations.contact_view import ContactPage
    from operations.forgetting import Forgotten
    from operations.quieting import Stopped

app = typer.Typer()
app.add_typer(consent, name="consent")
app.add_typer(bars)


@app.command()
def add(
    email: Annotated[str, typer.Argument(metavar="EMAIL")],
    name: Annotated[str | None, typer.Option()] = None,
    zone: Annotated[str | None, typer.Option(help="Where they read: Europe/Warsaw")] = None,
    country: Annotated[str | None, typer.Option(help="Two letters, for public holidays")] = None,
    locale: Annotated[str | None, typer.Option(help="Language of mails: en, de-AT")] = None,
    account: Annotated[str | None, typer.Option(help="Their company")] = None,
    source: Annotated[str | None, typer.Option(help="Where the address came from")] = None,
    consent: Annotated[
        list[str] | None,
        typer.Option(metavar="PURPOSE:BASIS", help="marketing:newsletter-form"),
    ] = None,
    fact: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE")] = None,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Add a contact, or change what is said anew of one known by the address."""
    from operations import contacts
    from operations.fitting import fit

    given = {
        "email": email,
        "name": name,
        "zone": zone,
        "country": country,
        "locale": locale,
        "account": account,
        "source": source,
        "consents": tuple(consent or ()),
        "facts": pairs(fact, "--fact"),
    }
    wanted = fit(contacts.NewContact, given)
    with opened() as house:
        actor = who(house, as_)
        told = contacts.add(house, wanted, actor=actor, command_id=command_id, dry_run=dry_run)
    would = "would be " if dry_run else ""
    if told.created:
        text = f"{told.contact_id} {would or 'is '}added"
    elif told.changed:
        text = f"{told.contact_id} is known; {would}changed: {', '.join(told.changed)}"
    else:
        text = f"{told.contact_id} is known, and nothing of it changes"
    output.say(told, text)


@app.command()
def show(contact: Who) -> None:
    """Show a contact with its consents, bars, deals and series."""
    from operations import contacts

    with opened() as house:
        found = contacts.show(house, contact)
    output.say(found, lambda: _page(found))


@app.command("list")
def list_(
    country: Annotated[str | None, typer.Option()] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
) -> None:
    """List contacts in the order in which they came."""
    from operations import contacts

    with opened() as house:
        found = contacts.list_all(house, country=country, limit=limit)
    rows = [(one.contact_id, one.email, one.name, one.country, when(one.created_at))
            for one in found]  # fmt: skip
    heads = ("contact", "address", "name", "country", "since")
    output.say(found, lambda: table(heads, rows) if rows else "There is no contact yet.")


@app.command()
def history(contact: Who) -> None:
    """Tell what happened to a contact and in its deals."""
    from operations import history as told

    with opened() as house:
        found = told.of_contact(house, contact, zone=zone())
    rows = [(when(one.at), one.stream, one.who, one.text) for one in found]
    heads = ("when", "where", "who", "what")
    output.say(
        found,
        lambda: f"{table(heads, rows)}\ntimes in {zone_name()}" if rows else "Nothing happened.",
    )


@app.command()
def unsubscribe(
    contact: Who,
    purpose: Annotated[str, typer.Option(help="marketing, service or sales; * for any mail")] = "*",
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """They want no more mail: in force at once, even with everything else down."""
    from operations import stop_facts

    with opened() as house:
        told = stop_facts.unsubscribe(
            house,
            contact,
            actor=who(house, as_),
            scope=purpose,
            command_id=command_id,
            dry_run=dry_run,
        )
    _stopped(told, dry_run)


@app.command()
def bounce(
    contact: Who,
    soft: Annotated[bool, typer.Option("--soft", help="Came back for now, not for good")] = False,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """A mail came back: for good, unless it was only for now."""
    from operations import stop_facts

    with opened() as house:
        actor = who(house, as_)
        told = stop_facts.bounce(
            house, contact, actor=actor, hard=not soft, command_id=command_id, dry_run=dry_run
        )
    _stopped(told, dry_run)


@app.command()
def complaint(
    contact: Who, dry_run: DryRun = False, command_id: CommandId = None, as_: As = None
) -> None:
    """They called our mail spam: the address is barred for good."""
    from operations import stop_facts

    with opened() as house:
        actor = who(house, as_)
        told = stop_facts.complaint(
            house, contact, actor=actor, command_id=command_id, dry_run=dry_run
        )
    _stopped(told, dry_run)


@app.command()
def forget(
    contact: Who, dry_run: DryRun = False, command_id: CommandId = None, as_: As = None
) -> None:
    """Erase a person everywhere; counts and times stay. It cannot be taken back."""
    from operations import forgetting

    with opened() as house:
        told = forgetting.forget(
            house, contact, actor=who(house, as_), command_id=command_id, dry_run=dry_run
        )
    data = told.model_dump() | ({"dry_run": True} if dry_run else {})
    output.say(data, lambda: _forgotten(told, dry_run))


def _forgotten(told: "Forgotten", dry_run: bool) -> str:
    word = "would be" if dry_run else "is"
    lines = [f"{told.contact_id} {word} forgotten" + (", again" if told.already else "")]
    lines += [f"  {place:<12}{count}" for place, count in told.erased.items() if count]
    reached = [*told.deals, *told.nurtures]
    lines += [f"  stopped     {', '.join(reached)}"] if reached else []
    if told.waiting:
        lines.append(f"{told.waiting} accepted commands have no answer yet: forget again then")
    if not told.scrubbed:
        lines.append("the database file is in use and still holds old pages: forget again later")
    return "\n".join(lines)


def _stopped(told: "Stopped", dry_run: bool = False) -> None:
    data = told.model_dump() | ({"dry_run": True} if dry_run else {})
    word = "would be stopped" if dry_run else "stopped"
    reached = [*told.deals, *told.nurtures]
    if told.already:
        text = f"{told.contact_id}: that was known already"
    elif reached:
        text = f"{told.contact_id}: {told.fact.replace('_', ' ')}; {word}: {', '.join(reached)}"
    else:
        text = f"{told.contact_id}: {told.fact.replace('_', ' ')}; nothing was writing to them"
    output.say(data, text)


def _page(one: "ContactPage") -> str:
    facts = [
        ("address", one.email or "(erased)"),
        ("account", one.account),
        ("reads in", ", ".join(each for each in (one.zone, one.country, one.locale) if each)),
        ("source", one.source),
        *(("agreed to", f"{each.purpose} ({each.basis})"
           + (f", until {when(each.expires_at)}" if each.expires_at else "")
           + (f", withdrawn {when(each.withdrawn_at)}" if each.withdrawn_at else ""))
          for each in one.consents),
        *((each.what.replace("_", " "), f"{when(each.at)}  {each.purpose}"
           + (f" ({each.basis or each.how})" if each.basis or each.how else "")
           + f" by {each.actor}") for each in one.history),
        *(("barred", f"{'all mail' if each.scope == '*' else each.scope}: {each.reason}, "
           f"since {when(each.since)}") for each in one.barred),
        *(("deal", f"{each['deal_id']}  {each['status']}, {each['stage']}  {each['title'] or ''}")
          for each in one.deals),
        *(("series", f"{each['sequence']}@{each['version']}  {each['status']}")
          for each in one.enrollments),
    ]  # fmt: skip
    head = f"{one.name or '(no name)'}  {one.contact_id}"
    return "\n".join([head, *(f"  {name:<10}{value}" for name, value in facts if value)])
