"""`sluice deal`: open a deal, look at it, and see what happened and what comes."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import output
from cli.asking import As, CommandId, DryRun, pairs, who
from cli.deal_asking import DealId
from cli.deal_moves import app as moves
from cli.deal_talk import app as talk
from cli.opening import opened, wait
from cli.telling import plan, table, when, zone, zone_name

if TYPE_CHECKING:
    from operations.deal_view import DealView

app = typer.Typer()


@app.command("open")
def open_(
    title: Annotated[str, typer.Option(help="What the deal is called among us")],
    contact: Annotated[
        list[str] | None, typer.Option(help="Address or id; the first is the primary one")
    ] = None,
    playbook: Annotated[str | None, typer.Option(help="[default: the house's]")] = None,
    stage: Annotated[str | None, typer.Option(help="[default: the first]")] = None,
    amount: Annotated[str | None, typer.Option(help="48000 or 48000.50")] = None,
    currency: Annotated[str | None, typer.Option(help="Three capitals: EUR")] = None,
    product: Annotated[str | None, typer.Option()] = None,
    source: Annotated[str | None, typer.Option(help="Where it came from")] = None,
    expected_close: Annotated[str | None, typer.Option(metavar="DATE")] = None,
    field: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE")] = None,
    account: Annotated[str | None, typer.Option(help="Company, by name or id")] = None,
    owner: Annotated[
        str | None, typer.Option(help="Address or id of a person [default: who asks]")
    ] = None,
    wrote_on: Annotated[
        str | None, typer.Option(metavar="DATE", help="The owner wrote already: touch 1 was then")
    ] = None,
    enroll: Annotated[
        bool, typer.Option("--enroll/--no-enroll", help="Start the stage's follow-ups")
    ] = True,
    dry_run: DryRun = False,
    command_id: CommandId = None,
    as_: As = None,
) -> None:
    """Open a deal and say what will go out when."""
    from operations import deals
    from operations.fitting import fit

    given: dict[str, Any] = {
        "title": title,
        "contacts": tuple(contact or ()),
        "playbook": playbook,
        "stage": stage,
        "amount": amount,
        "currency": currency,
        "product": product,
        "source": source,
        "expected_close": expected_close,
        "fields": pairs(field, "--field") or None,
        "account": account,
        "owner": owner,
        "wrote_on": wrote_on,
        "enroll": enroll,
    }
    opening = fit(deals.Opening, given)
    with opened() as house:
        actor = who(house, as_)
        if dry_run:
            would = deals.preview_opening(house, opening, actor=actor)
            output.say(
                {"dry_run": True, "would": would.would, "next": would.next},
                lambda: "\n".join([*would.would, "", plan(would.next)]),
            )
            return
        told = wait(deals.open_deal(house, opening, actor=actor, command_id=command_id))
    if not opening.contacts:
        output.note("nobody to write to: link a contact with sluice deal link")
    output.say(
        told,
        lambda: (
            f"Opened {told.deal_id} in {told.stage}.\n\n"
            + plan(told.next, "Nothing goes out by itself.")
        ),
    )


@app.command()
def show(deal: DealId) -> None:
    """Show everything about a deal."""
    from operations import deals

    with opened() as house:
        found = deals.show(house, deal)
    output.say(found, lambda: _page(found))


@app.command("list")
def list_(
    status: Annotated[str | None, typer.Option(help="open, won or lost")] = None,
    stage: Annotated[str | None, typer.Option()] = None,
    playbook: Annotated[str | None, typer.Option()] = None,
    owner: Annotated[str | None, typer.Option(help="Address or id of a person")] = None,
    contact: Annotated[str | None, typer.Option(help="Address or id")] = None,
    account: Annotated[str | None, typer.Option(help="Name or id")] = None,
    stagnant: Annotated[bool | None, typer.Option("--stagnant/--not-stagnant")] = None,
    paused: Annotated[bool | None, typer.Option("--paused/--not-paused")] = None,
    cursor: Annotated[str | None, typer.Option(help="Where the page before ended")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
) -> None:
    """List deals, the last changed first."""
    from domain.refusal import Malformed
    from operations import deals

    if status not in (None, "open", "won", "lost"):
        raise Malformed(f"'{status}' is no status: write open, won or lost", "--status")
    with opened() as house:
        page = deals.list_page(
            house,
            status=status,
            stage=stage,
            playbook=playbook,
            owner=owner,
            contact=contact,
            account=account,
            stagnant=stagnant,
            paused=paused,
            cursor=cursor,
            limit=limit,
        )
    rows = [
        (
            row.deal_id,
            row.stage,
            row.status,
            f"{row.amount} {row.currency or ''}".strip() if row.amount is not None else "",
            page.owners.get(row.owner_id or "", row.owner_id),
            when(row.next_due) if row.next_due else "",
            (row.title or "(erased)") + (f"  [{', '.join(row.stagnant)}]" if row.stagnant else ""),
        )
        for row in page.deals
    ]
    heads = ("deal", "stage", "status", "amount", "owner", "next", "title")
    output.say(page, lambda: table(heads, rows) if rows else "No deal is like that.")
    if page.cursor:
        output.note(f"more with: --cursor {page.cursor}")


@app.command()
def history(
    deal: DealId,
    after: Annotated[int, typer.Option(help="Only what came behind this version")] = 0,
) -> None:
    """Tell what happened to a deal, who did it, and under which rule."""
    from operations import history as told

    with opened() as house:
        found = told.of_deal(house, deal, zone=zone(), after=after)
    rows = [
        (one.version, when(one.at), one.who, one.text + (f': "{one.note}"' if one.note else ""))
        for one in found
    ]
    output.say(
        found,
        lambda: (
            f"{table(('', 'when', 'who', 'what'), rows)}\ntimes in {zone_name()}"
            if rows
            else "Nothing happened since."
        ),
    )


@app.command("next")
def next_(deal: DealId) -> None:
    """Tell what happens next to a deal by itself, when and why."""
    from operations import history as told

    with opened() as house:
        found = told.coming(house, deal)
    output.say(found, lambda: plan(found.next, found.nothing))


@app.command()
def explain(
    deal: DealId,
    step: Annotated[str | None, typer.Option(help="Only this step, e.g. follow-up-2")] = None,
) -> None:
    """Say why each touch was made or was not, and what those to come wait for."""
    from operations import history as told

    with opened() as house:
        found = told.explained(house, deal)
    touches = [one for one in found.touches if step is None or one.step == step]
    lines: list[str] = []
    for one in touches:
        what = f"{one.step.replace('_', ' ')}: {one.status.replace('_', ' ')}"
        lines += [f"{what}, {when(one.at)}" if one.at else what]
        lines += [f"    {why}" for why in one.why]
        lines += [f"    would need: {one.would_need}"] if one.would_need else []
    lines += [f"times above in {zone_name()}, in the sentences in UTC"] if lines else []
    data = found.model_copy(update={"touches": tuple(touches)})
    output.say(data, lambda: "\n".join(lines) or "No touch was made, and none is to come.")


def _page(deal: "DealView") -> str:
    amount = f", {deal.amount} {deal.currency or ''}".rstrip() if deal.amount is not None else ""
    head = f"{deal.title or '(title erased)'}  {deal.deal_id}  version {deal.version}"
    standing = [deal.status if deal.status != "open" else deal.stage]
    standing += [deal.stage] if deal.status != "open" else []
    standing += [deal.lost_reason] if deal.lost_reason else []
    standing += ["paused"] if deal.paused else []
    standing += [f"stagnant: {', '.join(deal.stagnant)}"] if deal.stagnant else []
    standing += [f"needs attention: {deal.attention}"] if deal.attention else []
    facts = [
        ("stands", ", ".join(standing) + amount),
        ("playbook", deal.playbook),
        ("owner", (deal.owner.name or deal.owner.id) if deal.owner else "nobody"),
        ("account", deal.account.name if deal.account else None),
        ("contacts", ", ".join(f"{one.name or one.email or one.contact_id} ({one.role})"
                               for one in deal.contacts) or "nobody to write to"),
        ("blind copy", deal.blind_copy),
        ("product", deal.product),
        ("since", when(deal.stage_entered_at)),
        ("waits until", when(deal.wait_until) if deal.wait_until else None),
        ("paused until", when(deal.paused_until) if deal.paused_until else None),
        ("our turn", f"since {when(deal.our_turn_since)}" if deal.our_turn_since else None),
        *((name.replace("_", " "), value) for name, value in deal.fields.items()),
        ("next gate", _gate(deal)),
        *(("promise", f"{one.what or one.promise_id}, due {when(one.due_at)}"
           + (", overdue" if one.overdue else "")) for one in deal.promises),
        *(("task", f"{one.verb} {one.name}, due {when(one.due_at)}  {one.task_id}")
          for one in deal.tasks),
        *(("runs", f"{one.kind} {one.sequence}, step {one.step + 1} of {one.steps}")
          for one in deal.sequences if one.status == "active"),
        *(("ask", prompt) for prompt in deal.prompts),
    ]  # fmt: skip
    lines = [f"  {name:<13}{value}" for name, value in facts if value]
    return "\n".join([head, *lines, "", plan(deal.next)])


def _gate(deal: "DealView") -> str | None:
    gate = deal.next_gate
    if gate is None:
        return None
    return f"{gate.stage} {', '.join(gate.wants)}" if gate.wants else f"{gate.stage} is open"


app.add_typer(moves)
app.add_typer(talk)
