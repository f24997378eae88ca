"""What wants a person's look, counted in one statement: every page tells it."""

from typing import Final, NamedTuple

from sqlalchemy import select

from store import inbound, sends, totals, webhooks
from store.database import Tx


class Counts(NamedTuple):
    """Stagnant deals, mails in doubt, mails that came in and wait, endpoints that were disabled."""

    stagnant: int
    in_doubt: int
    inbox: int
    webhooks_off: int


def of_house(tx: Tx, most: int) -> Counts:
    """How it stands now; mails are counted up to `most`."""
    row = tx.execute(_ALL, {"most": most}).one()
    return Counts(*(int(one) for one in row))


_ALL: Final = select(
    *(
        one.scalar_subquery()
        for one in (totals.STAGNANT, sends.DOUBTS, inbound.WAITING, webhooks.DISABLED)
    )
)
