"""How big a deal is: buckets of amounts, each in the deal's own currency."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final


@dataclass(frozen=True, slots=True)
class Size:
    """Amounts from `least` to under `below`; None: no bound. Both None: deals without an amount."""

    name: str
    words: str
    least: Decimal | None = None
    below: Decimal | None = None


SIZES: Final = (
    Size("none", "no amount"),
    Size("under-1k", "under 1,000", below=Decimal(1_000)),
    Size("1k-10k", "1,000 to 10,000", Decimal(1_000), Decimal(10_000)),
    Size("10k-100k", "10,000 to 100,000", Decimal(10_000), Decimal(100_000)),
    Size("over-100k", "100,000 and more", Decimal(100_000)),
)
"""From the smallest to the biggest; the names stand in addresses and do not change."""


def named(name: str) -> Size | None:
    """The size of that name, None for a word that is none."""
    return next((one for one in SIZES if one.name == name), None)
