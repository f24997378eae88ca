"""`sluice events`: what happens in the whole house, in sentences, from any position on."""

from time import sleep
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output
from cli.opening import opened
from cli.telling import when, zone

if TYPE_CHECKING:
    from operations.feed import FeedEvent
    from operations.house import House

app = typer.Typer()

NEWEST = 50
"""Positions that are looked back at where nothing says from where on."""

LOOK_S = 1.0
"""How often, in seconds, the newest position is read while nothing happens."""

PAGE = 500


@app.command()
def events(
    from_: Annotated[
        int | None,
        typer.Option(
            "--from", min=0, metavar="POSITION", help="Behind this position [default: the newest]"
        ),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what happens, until Ctrl-C")
    ] = False,
    stream: Annotated[
        str | None, typer.Option(help="Only this one: deal/D-…, contact/C-…, house/mail")
    ] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="Only this kind; may be said several times")
    ] = None,
) -> None:
    """Tell what happened in the whole house, in the order in which it was recorded.

    Each event has a position; the last one that was seen is where to go on from. With --json
    each line is one object, with ids in the place of names.
    """
    with opened() as house:
        position = _beginning(house, from_, follow, stream)
        try:
            while True:
                position, last = _told(house, position, stream, kind or [])
                if position < last:
                    continue
                if not follow:
                    break
                sleep(LOOK_S)
        finally:
            output.note(f"go on with: --from {position}")


def _beginning(house: "House", from_: int | None, follow: bool, stream: str | None) -> int:
    """Where to begin: as asked, else with what comes, one whole stream, or the newest events."""
    from operations import feed

    if from_ is not None:
        return from_
    if stream is not None and not follow:
        return 0
    last = feed.last(house)
    return last if follow else max(0, last - NEWEST)


def _told(house: "House", after: int, stream: str | None, kinds: list[str]) -> tuple[int, int]:
    """Tell one page; gives the position to go on behind, and the newest of all."""
    from operations import feed
    from operations.naming import named

    page = feed.page(house, after=after, limit=PAGE, kinds=kinds, stream=stream)
    if output.speaks_json():
        for one in page.events:
            output.line(one.model_dump_json())
    elif page.events:
        told = [_sentence(one) for one in page.events]
        texts = named(house, [*told, *(one.actor for one in page.events)])
        whos = texts[len(told) :]
        for one, text, who in zip(page.events, texts, whos, strict=False):
            output.line(f"{one.position}  {when(one.at)}  {one.stream}  {who}: {text}")
    return page.next, page.last


def _sentence(one: "FeedEvent") -> str:
    """The event's sentence with its moments in the zone of this terminal."""
    from domain.events import decode
    from domain.sentences import sentence

    return sentence(decode(one.kind, {**one.data, "at": one.at}), zone())
