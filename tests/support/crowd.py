"""Many deals at once, written into the read models without living through them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import insert

from domain.ahead import Ahead, Due
from domain.commands import Party
from domain.deal import Deal, Flag, fold
from store import tables as t
from store import texts, totals
from store.database import Tx
from store.deals import row_of
from tests.support.stories import opening

STAGES: Final = ("new", "contacted", "proposal", "negotiation")
OWNERS: Final = tuple(f"P-{number}" for number in range(40))
PRODUCTS: Final = ("Barge", "Dinghy", "Lock gate", "Pump")


def crowd(tx: Tx, count: int, now: datetime, *, stages: Sequence[str] = STAGES) -> None:
    """So many open deals of the playbook `simple`, each a minute older than the one before.

    Every fifth is stagnant, and the longer so the older it is; each has a title of its own.
    """
    seed = fold(Deal(deal_id="D-0"), list(opening(when=now - timedelta(days=200))))
    made = [_one(seed, number, now, stages) for number in range(count)]
    due = Due(now + timedelta(days=1), Ahead(what="mail", name="follow-up-1", why="follow-up"))
    rows = [{"deal_id": deal.deal_id, **row_of(deal, due)} for deal in made]
    tx.execute(insert(t.deals), rows)
    texts.save_many(
        tx, {deal.deal_id: {"title": f"Boat {int(deal.deal_id[2:])} of many"} for deal in made}
    )
    totals.add(tx, made)


def _one(seed: Deal, number: int, now: datetime, stages: Sequence[str]) -> Deal:
    at = now - timedelta(minutes=number + 1)
    since = at - timedelta(days=7)
    stagnant, without = number % 5 == 0, number % 11 == 0
    return seed.model_copy(
        update={
            "deal_id": f"D-{number:06}",
            "stage": stages[number % len(stages)],
            "stage_entered_at": at - timedelta(days=9),
            "updated_at": at,
            "owner_id": OWNERS[number // 4 % len(OWNERS)],
            "product": PRODUCTS[number % 7 % len(PRODUCTS)],
            "amount": None if without else Decimal(number % 50) * 1_000,
            "currency": None if without else ("EUR", "USD")[number % 3 == 0],
            "contacts": (Party(contact_id=f"C-{number % 100}"),),
            "flags": (Flag(reason="silence", since=since, flagged_at=at),) if stagnant else (),
            "stagnant_since": at if stagnant else None,
        }
    )
