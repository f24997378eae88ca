"""Bars keep to their panel, whatever the numbers and the names are."""

from decimal import Decimal

import pytest

from console import plot


def test_the_longest_bar_fills_its_panel_and_the_others_are_in_proportion() -> None:
    drawn = plot.bars([("new", 10, {"EUR": Decimal(400)}), ("old", 5, {"EUR": Decimal(100)})])
    deals, euros = drawn.panels
    room = plot.PANEL - plot.NUMBER
    assert [bar.width for bar in deals.bars] == [room, room / 2]
    assert [bar.width for bar in euros.bars] == [room, room / 4]
    assert all(bar.x + bar.width <= drawn.width for one in drawn.panels for bar in one.bars)


def test_what_is_not_there_or_below_nothing_has_no_bar() -> None:
    worth = {"EUR": Decimal(-3)}
    drawn = plot.bars([("new", 0, {}), ("old", 0, worth)])
    assert {bar.width for one in drawn.panels for bar in one.bars} == {0.0}
    drawn = plot.bars([("new", 1, {"EUR": Decimal(6)}), ("old", 1, worth)])
    assert [bar.width for bar in drawn.panels[1].bars] == [plot.PANEL - plot.NUMBER, 0.0]


def test_only_the_commonest_currencies_are_drawn_and_all_are_in_the_table() -> None:
    rows = [("a", 1, {"EUR": Decimal(1), "JPY": Decimal(1), "USD": Decimal(1)})]
    drawn = plot.bars([*rows, ("b", 1, {"USD": Decimal(1)})])
    assert [one.currency for one in drawn.panels] == [None, "USD", "EUR"]
    assert drawn.currencies == ("USD", "EUR", "JPY")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("negotiation", "negotiation"),
        ("a" * 22, "a" * 22),
        ("a" * 23, "a" * 21 + "…"),
        ("为整个运河区更换两扇新的", "为整个运河区更换两扇…"),
    ],
)
def test_a_name_is_shortened_to_the_room_that_it_has(name: str, shown: str) -> None:
    assert plot.shortened(name) == shown
