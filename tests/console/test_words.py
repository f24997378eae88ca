"""How values read: money, moments, spans."""

from datetime import timedelta
from decimal import Decimal

import pytest

from console import words
from tests.support.town import NOW


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        (None, None, "no amount"),
        (Decimal("0"), "EUR", "EUR 0"),
        (Decimal("1234567.80"), "EUR", "EUR 1,234,567.80"),
        (Decimal("12500.00"), "JPY", "JPY 12,500"),
        (Decimal("12.5"), None, "12.50"),
        (Decimal("9999999999999999.99"), "USD", "USD 9,999,999,999,999,999.99"),
    ],
)
def test_money_has_cents_only_where_there_are_some(
    amount: Decimal | None, currency: str | None, said: str
) -> None:
    assert words.money(amount, currency) == said


@pytest.mark.parametrize(
    ("away", "said"),
    [
        ({}, "now"),
        ({"seconds": 59}, "now"),
        ({"minutes": 1}, "in 1 minute"),
        ({"minutes": -90}, "90 minutes ago"),
        ({"hours": 2}, "in 2 hours"),
        ({"hours": -47}, "1 day ago"),
        ({"days": 97}, "in 97 days"),
    ],
)
def test_a_span_says_how_far_away_it_is(away: dict[str, float], said: str) -> None:
    assert words.span(NOW + timedelta(**away), NOW) == said


def test_a_moment_is_told_on_the_clock_of_its_zone() -> None:
    told = words.moment(NOW, "Asia/Tokyo", NOW)
    assert ">Tue 24 Nov 19:40</time>" in told
    assert 'datetime="2026-11-24T10:40:00+00:00"' in told
    assert "19:40:00 Asia/Tokyo" in told


def test_a_moment_of_another_year_says_so() -> None:
    assert ">Tue 2 Mar 2027 10:40</time>" in words.moment(NOW + timedelta(98), "UTC", NOW)
    assert words.moment(None, "UTC", NOW) == ""


def test_a_chance_weighs_an_amount() -> None:
    assert words.weighted(Decimal("131750.50"), 0.2) == Decimal("26350")


@pytest.mark.parametrize(
    ("locale", "said"),
    [("en", "English"), ("zh-Hant", "Chinese (Traditional)"), ("xx", "xx"), ("?", "?")],
)
def test_a_language_is_called_by_its_name(locale: str, said: str) -> None:
    assert words.language(locale) == said
