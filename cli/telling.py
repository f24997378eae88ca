"""How deals and their times look in a terminal: the viewer's own zone, one sentence a line."""

import os
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cli import output

if TYPE_CHECKING:
    from operations.history import Reason
    from operations.upcoming import Upcoming


def zone() -> tzinfo:
    """The zone of whoever sits at this terminal: `TZ`, or the machine's."""
    name = os.environ.get("TZ", "").lstrip(":")
    if not name:
        _, _, name = os.path.realpath("/etc/localtime").partition("zoneinfo/")
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        own = datetime.now().astimezone().tzinfo
        assert own is not None
        return own


def when(at: datetime | None) -> str:
    """A moment on the viewer's clock; the year only when it is not this one."""
    from domain.sentences import moment

    if at is None:
        return "-"
    local = at.astimezone(zone())
    year = "" if local.year == datetime.now(zone()).year else f" {local.year}"
    return moment(at, zone()).rpartition(" ")[0] + year + f" {local:%H:%M}"


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Rows under their heads: folded to the terminal's width, or plain columns in a pipe."""
    rows = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not output.coloured():
        return output.columns(heads, rows)
    return _folded(heads, rows)


def plan(coming: "Sequence[Upcoming]", nothing: str | None = None) -> str:
    """What comes next, when and why; further steps stand behind a dot."""
    if not coming:
        return nothing or "Nothing is due."
    rows = [
        (
            when(each.at) if each.at else "not yet",
            f"· {each.what}" if each.expected else each.what,
            each.why + (f"; moved: {each.moved}" if each.moved else ""),
        )
        for each in coming
    ]
    told = table(("when", "what", "why"), rows)
    if any(each.expected for each in coming):
        told += "\n· if all before it goes as planned and nobody answers"
    return f"{told}\ntimes in {zone_name()}"


def zone_name() -> str:
    """The name of the viewer's zone."""
    own = zone()
    return own.key if isinstance(own, ZoneInfo) else str(own)


def _folded(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    laid = Table(box=None, pad_edge=False, header_style="dim", show_edge=False)
    for number, head in enumerate(heads):
        last = number == len(heads) - 1
        laid.add_column(head, no_wrap=not last, overflow="fold", ratio=1 if last else None)
    for row in rows:
        # Text and not markup: what people typed must not turn into colours.
        laid.add_row(*(Text(cell) for cell in row))
    console = Console()
    with console.capture() as caught:
        console.print(laid)
    return caught.get().rstrip("\n")


def because(one: "Reason") -> list[str]:
    """One explained touch: what became of it, why, and what it would need."""
    what = f"{one.step.replace('_', ' ')}: {one.status.replace('_', ' ')}"
    lines = [f"{what}, {when(one.at)}" if one.at else what]
    lines += [f"    {why}" for why in one.why]
    return lines + ([f"    would need: {one.would_need}"] if one.would_need else [])
