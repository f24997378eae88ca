"""Column types give back exactly what was put in."""

from decimal import Decimal

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import StatementError

from store.database import Store
from store.tables import stage_totals


def _keep(store: Store, *amounts: str) -> None:
    with store.write() as tx:
        for number, amount in enumerate(amounts):
            row = {"playbook": "p", "stage": str(number), "status": "open", "owner_id": ""}
            tx.execute(
                insert(stage_totals).values(currency="", deals=1, amount=Decimal(amount), **row)
            )


@pytest.mark.parametrize("amount", ["0", "0.1", "1200.50", "999999999999999.99", "-3.0001", "100"])
def test_money_comes_back_exactly_and_without_an_exponent(store: Store, amount: str) -> None:
    if Decimal(amount) > 900_000_000_000_000:
        with pytest.raises(StatementError, match="not an amount"):
            _keep(store, amount)
        return
    _keep(store, amount)
    with store.read() as tx:
        kept = tx.execute(select(stage_totals.c.amount)).scalar_one()
    assert kept == Decimal(amount)
    assert "E" not in str(kept)


def test_money_is_summed_and_sorted_exactly_by_the_database(store: Store) -> None:
    _keep(store, "0.1", "0.2", "10", "9.99")
    with store.read() as tx:
        assert tx.execute(select(func.sum(stage_totals.c.amount))).scalar_one() == Decimal("20.29")
        ordered = select(stage_totals.c.amount).order_by(stage_totals.c.amount.desc())
        assert [str(one) for one in tx.execute(ordered).scalars()] == ["10", "9.99", "0.2", "0.1"]


@pytest.mark.parametrize("amount", ["0.00001", "NaN", "Infinity"])
def test_an_amount_that_cannot_be_kept_exactly_is_refused(store: Store, amount: str) -> None:
    with pytest.raises(StatementError, match="amount"):
        _keep(store, amount)
