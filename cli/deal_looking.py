"""`sluice deal show|history|next|explain|timeline`: what is, was, will be, and why."""

from typing import TYPE_CHECKING, Annotated

import typer

from cli import output
from cli.deal_asking import DealId
from cli.deal_page import page
from cli.opening import opened
from cli.telling import because, plan, table, when, zone, zone_name

if TYPE_CHECKING:
    from operations.axis import Entry
    from operations.house import House
    from operations.looking_back import AsOf

app = typer.Typer()

AsOfTime = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="TIME", help="As it was at that moment; a bare date is to its end"
    ),
]
Known = Annotated[
    bool,
    typer.Option("--known", help="With --as-of: only what had been recorded by then"),
]


@app.command()
def show(deal: DealId, as_of: AsOfTime = None, known: Known = False) -> None:
    """Show everything about a deal."""
    from operations import deals

    with opened() as house:
        found = deals.show(house, deal, as_of=_moment(house, deal, as_of, known))
    output.say(found, lambda: page(found))


@app.command()
def history(
    deal: DealId,
    after: Annotated[int, typer.Option(help="Only what came behind this version")] = 0,
    as_of: AsOfTime = None,
    known: Known = False,
) -> None:
    """Tell what happened to a deal, who did it, and under which rule."""
    from operations import history as told

    with opened() as house:
        moment = _moment(house, deal, as_of, known)
        found = told.of_deal(house, deal, zone=zone(), after=after, as_of=moment)
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
def next_(deal: DealId, as_of: AsOfTime = None, known: Known = False) -> None:
    """Tell what happens next to a deal by itself, when and why."""
    from operations import history as told

    with opened() as house:
        found = told.coming(house, deal, as_of=_moment(house, deal, as_of, known))
    output.say(found, lambda: plan(found.next, found.nothing))


@app.command()
def explain(
    deal: DealId,
    step: Annotated[str | None, typer.Option(help="Only this step, e.g. follow-up-2")] = None,
    as_of: AsOfTime = None,
    known: Known = False,
) -> None:
    """Say why each touch was made or was not, and what those to come wait for."""
    from operations import history as told

    with opened() as house:
        moment = _moment(house, deal, as_of, known)
        found = told.explained(house, deal, zone=zone(), as_of=moment)
    touches = [one for one in found.touches if step is None or one.step == step]
    lines = [line for one in touches for line in because(one)]
    lines += [f"times in {zone_name()}"] if lines else []
    data = found.model_copy(update={"touches": tuple(touches)})
    output.say(data, lambda: "\n".join(lines) or "No touch was made, and none is to come.")


@app.command()
def timeline(deal: DealId, as_of: AsOfTime = None, known: Known = False) -> None:
    """Tell the past and the planned future of a deal on one axis, with what was not done."""
    from operations import axis

    with opened() as house:
        moment = _moment(house, deal, as_of, known)
        found = axis.along(house, deal, zone=zone(), as_of=moment)
    rows = [_row(one) for one in found.entries]
    output.say(
        found,
        lambda: f"{table(('when', '', 'what', 'would need'), rows)}\ntimes in {zone_name()}",
    )


def _moment(house: "House", deal: str, text: str | None, known: bool) -> "AsOf | None":
    """The moment to look back to; said on stderr, because it is not what stands now."""
    from operations.looking_back import as_of

    found = as_of(house, deal, text, known, "--as-of")
    if found is not None:
        only = ", only what had been recorded by then" if known else ""
        output.note(f"as of {when(found.at)} ({zone_name()}){only}")
    return found


def _row(one: "Entry") -> tuple[str, str, str, str]:
    mark = {"past": "", "now": "---", "ahead": ">"}[one.place]
    mark = "x" if one.what == "not_made" else mark
    text = f"· {one.text}" if one.expected else one.text
    text += f' "{one.note}"' if one.note else ""
    text += f" (recorded {when(one.learned_at)})" if one.recorded_late else ""
    return when(one.at) if one.at else "no date", mark, text, one.would_need or ""
