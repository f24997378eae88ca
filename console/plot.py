"""Bars for a page: drawn here, as shapes of SVG, so that a page needs no script to show them.

A drawing always has a table with its numbers beneath it: the drawing is for the eye, the table for
everybody. Colours are those of the style sheet, which knows the theme and the printer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from unicodedata import east_asian_width

PANELS: Final = 3
"""Columns of bars at most: the number of deals and two currencies; the table has all."""

LABEL: Final = 170
PANEL: Final = 230
GAP: Final = 20
ROW: Final = 26
HEAD: Final = 24
NUMBER: Final = 74
"""Lengths in the units of the drawing; `NUMBER` is the room behind a bar for its number."""

LETTERS: Final = 22
"""Narrow letters that fit into a label; the whole name is in the title and in the table."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a panel, with the number that stands behind it."""

    x: float
    y: float
    width: float
    number: Decimal


@dataclass(frozen=True, slots=True)
class Panel:
    """The bars of one measure: the number of deals (`currency` None), or amounts of a currency."""

    currency: str | None
    x: float
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is compared: its name, as it fits, and its numbers for the table."""

    name: str
    label: str
    y: float
    deals: int
    worth: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing of that size and the table that belongs to it."""

    width: float
    height: float
    rows: tuple[Row, ...]
    panels: tuple[Panel, ...]
    currencies: tuple[str, ...]


def bars(rows: Sequence[tuple[str, int, Mapping[str, Decimal]]]) -> Plot:
    """Bars for names with their number of deals and their amounts by currency, in this order.

    Each panel has a scale of its own: its longest bar fills it. Currencies stand in the order in
    which most rows have them.
    """
    having = [currency for _, _, worth in rows for currency in worth]
    currencies = sorted(set(having), key=lambda one: (-having.count(one), one))
    made = tuple(
        Row(name, shortened(name), HEAD + ROW * place, count, worth)
        for place, (name, count, worth) in enumerate(rows)
    )
    measures: list[str | None] = [None, *currencies][:PANELS]
    panels = tuple(
        _panel(LABEL + (PANEL + GAP) * place, one, made) for place, one in enumerate(measures)
    )
    width = LABEL + (PANEL + GAP) * len(panels) - GAP
    return Plot(width, HEAD + ROW * len(made), made, panels, tuple(currencies))


def _panel(x: float, currency: str | None, rows: Sequence[Row]) -> Panel:
    numbers = [
        Decimal(row.deals) if currency is None else row.worth.get(currency, Decimal(0))
        for row in rows
    ]
    most = max(numbers, default=Decimal(0))
    room = Decimal(PANEL - NUMBER)
    widths = [float(round(room * one / most, 1)) if most > 0 else 0.0 for one in numbers]
    return Panel(
        currency,
        x,
        tuple(
            Bar(x, row.y, max(width, 0.0), number)
            for row, width, number in zip(rows, widths, numbers, strict=True)
        ),
    )


def shortened(name: str, letters: int = LETTERS) -> str:
    """The name as it fits into so many narrow letters; a Chinese one takes the room of two."""
    room = letters
    for place, letter in enumerate(name):
        room -= 2 if east_asian_width(letter) in "WF" else 1
        if room < 0:
            return f"{name[: max(place - 1, 1)].rstrip()}…"
    return name
