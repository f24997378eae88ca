"""Moments as people write them: ISO 8601; a bare date is the start of the working day."""

from datetime import UTC, date, datetime, time, timedelta

from domain.refusal import Malformed
from domain.times.calendar import Hours

_HOW = "write 2026-03-02 or 2026-03-02T14:30+01:00"


def ahead(text: str, hours: Hours, where: str | None = None) -> datetime:
    """A moment that is to come (UTC): a bare date means the first open moment from it on.

    A time without an offset is on the calendar's clock. Raises Malformed.
    """
    day = _day(text)
    if day is None:
        return _moment(text, hours, where)
    return hours.next_open(datetime.combine(day, time(), hours.zone))


def past(text: str, hours: Hours, now: datetime, where: str | None = None) -> datetime:
    """A moment that has been (UTC): a bare date means when its send window opened, at most now.

    Whether that day was a working day does not matter: people also write on Saturdays.
    Raises Malformed.
    """
    day = _day(text)
    if day is None:
        return _moment(text, hours, where)
    opens = timedelta(minutes=hours.calendar.send_window.opens)
    at = (datetime.combine(day, time(), hours.zone) + opens).astimezone(UTC)
    today = now.astimezone(hours.zone).date()
    return min(at, now) if day == today else at


def until(text: str, hours: Hours, now: datetime, where: str | None = None) -> datetime:
    """A moment to look back to (UTC): a bare date means that day to its end, at most now.

    Raises Malformed.
    """
    day = _day(text)
    if day is None:
        return _moment(text, hours, where)
    try:
        end = datetime.combine(day + timedelta(days=1), time(), hours.zone).astimezone(UTC)
    except OverflowError:
        raise Malformed(f"'{text[:40]}' is no date or time: {_HOW}", where) from None
    began = end - timedelta(days=1) <= now
    return min(end - timedelta(microseconds=1), now) if began else end


def spoken(at: datetime, hours: Hours) -> str:
    """The moment on the calendar's clock, with the name of its zone."""
    return f"{at.astimezone(hours.zone):%a %d %b %Y %H:%M} {hours.zone.key}"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _moment(text: str, hours: Hours, where: str | None) -> datetime:
    try:
        at = datetime.fromisoformat(text.strip())
        at = at if at.tzinfo else at.replace(tzinfo=hours.zone)
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Malformed(f"'{text[:40]}' is no date or time: {_HOW}", where) from None
