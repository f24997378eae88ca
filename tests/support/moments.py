"""Moments for tests: aware, in UTC, counted from one Monday morning."""

from datetime import UTC, datetime, timedelta

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def at(days: float = 0, hours: float = 0, minutes: float = 0) -> datetime:
    """The moment so much later than Monday, 2 March 2026, 09:00 UTC."""
    return MONDAY + timedelta(days=days, hours=hours, minutes=minutes)
