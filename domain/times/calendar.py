"""A reader's open hours, and the moment inside a window at which something may reach them."""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from domain.ids import spread
from domain.place import Country, Zone, zone_named
from domain.strict import Strict
from domain.times.duration import Duration, Span
from domain.times.opening import DAYS, Blackout, SendWindow, WorkingDays, usual_week

SlotMode = Literal["spread", "earliest"]

SEARCH_DAYS: Final = 400
"""How far ahead an open day is looked for."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE: Final = timedelta(minutes=1)
_UNSAID_WINDOW: Final = timedelta(hours=48)
_CLOSED: Final = (0, 0)
_CACHED_DAYS: Final = 1000
_MONTHS: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


class NothingOpen(Exception):
    """A calendar has no open day within 400 days, so nothing can ever be planned on it."""


class Calendar(Strict):
    """A playbook's rule for when people may be reached.

    The reader's own zone and country come first; those here stand in when they are unknown.
    `holidays` is empty in a file: publishing resolves it to dates, and says in
    `holidays_from` where they came from.
    """

    zone: Zone = Field("UTC", description="Where a reader lives of whom nobody knows it")
    country: Country | None = Field(None, description="Its public holidays are respected")
    countries: tuple[Country, ...] = Field((), description="More countries to take holidays from")
    working_days: WorkingDays = Field(
        WorkingDays((0, 1, 2, 3, 4)), description="Days on which mail goes and deadlines run"
    )
    send_window: SendWindow = Field(
        SendWindow(9 * 60, 17 * 60), description="The hours of a day, on the reader's clock"
    )
    blackout: tuple[Blackout, ...] = Field((), description="Days on which nothing goes out")
    slot: SlotMode = Field(
        "spread", description="Where in its window a touch goes: anywhere, or as soon as it may"
    )
    no_slot_in_window: Literal["next_slot", "skip"] = Field(
        "next_slot", description="What becomes of a touch whose window has no open minute"
    )
    after_downtime: Literal["skip", "next_slot"] = Field(
        "skip", description="What becomes of a touch that an outage or a pause swallowed"
    )
    holidays: dict[Country, tuple[date, ...]] = Field(
        default_factory=dict, description="Left empty: publishing fills it"
    )
    holidays_from: str = Field("", description="Left empty: publishing fills it")

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        # Not over the dates: those are many, and two calendars seldom differ in them alone.
        return hash((self.zone, self.country, self.send_window, self.blackout, self.holidays_from))


@dataclass(frozen=True)
class Hours:
    """One reader's open hours: a calendar seen from a zone and a country. Take them by `of`."""

    calendar: Calendar
    zone: ZoneInfo
    country: str | None
    working_days: WorkingDays
    _holidays: frozenset[date] = field(repr=False, compare=False)
    _days: dict[int, tuple[int, int]] = field(default_factory=dict, repr=False, compare=False)

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        # Kept: slots and limits are looked up by their hours at every wake-up.
        return hash((self.calendar, self.zone.key, self.country))

    @staticmethod
    def of(calendar: Calendar, zone: str | None = None, country: str | None = None) -> "Hours":
        """The hours of a reader; where zone or country is unknown the calendar's stand in.

        A reader in a country with another usual week than the calendar's has that week: who
        writes Mon-Fri in Warsaw reaches Riyadh from Sunday to Thursday.
        Raises ValueError when there is no such zone.
        """
        return _hours(calendar, zone or calendar.zone, country or calendar.country)

    @property
    def holiday_table(self) -> bool:
        """Whether the public holidays of the country are known; if not, none is respected."""
        return self.country in self.calendar.holidays

    def is_working_day(self, day: date) -> bool:
        """Whether people work on this local day: no day of rest, holiday or blackout."""
        return self._rest(day) is None and _exists(self.zone, day)

    def is_open(self, at: datetime) -> bool:
        """Whether a mail may go at this moment."""
        minute = _floor(at)
        opens, closes = self._day(self._local(minute))
        return opens <= minute < closes

    def next_open(self, at: datetime) -> datetime:
        """`at` itself when open, else the moment at which it opens next (UTC).

        Raises NothingOpen when that is over 400 days away.
        """
        return at.astimezone(UTC) if self.is_open(at) else _moment(self._first(_ceiling(at)))

    def open_minutes(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """The open stretches from `start` up to, not including, `end` (UTC, in order).

        Each begins at a whole minute; the last may be cut by `end`.
        """
        last = end.astimezone(UTC)
        found = self._stretches(_ceiling(start), _ceiling(end))
        return [(_moment(opens), min(_moment(closes), last)) for opens, closes in found]

    def add(self, at: datetime, duration: Duration) -> datetime:
        """The moment (UTC) that lies this much later.

        Minutes to weeks elapse. Months and years keep the local time of day, on the last day
        of a shorter month. Business days keep it too; one that starts on a day of rest
        counts from the start of the next working day. A local time that the clocks skip is
        moved on by what they skip; of one that comes twice the first is taken.
        Raises NothingOpen where no working day is found.
        """
        if duration.elapsed is not None:
            return _utc(at) + duration.elapsed
        local = _utc(at).astimezone(self.zone)
        if duration.unit == "business_day":
            return self._business_days(local, duration.amount)
        months = duration.amount * (12 if duration.unit == "year" else 1)
        return self._instant(_months_later(local, months))

    def _business_days(self, local: datetime, amount: int) -> datetime:
        day, clock = local.date(), local.time()
        if not self.is_working_day(day):
            day, clock = self._working_day_from(day), time()
        for _ in range(amount):
            day = self._working_day_from(day + timedelta(days=1))
        return self._instant(datetime.combine(day, clock))

    def _working_day_from(self, day: date) -> date:
        for ahead in range(SEARCH_DAYS):
            if self.is_working_day(day + timedelta(days=ahead)):
                return day + timedelta(days=ahead)
        raise NothingOpen(self._never(day))

    def _instant(self, wall: datetime) -> datetime:
        # fold=0 takes the first of two; in a gap it counts on with the old offset, so that
        # 02:30 becomes 03:30 where the clocks go from 02:00 to 03:00.
        return wall.replace(tzinfo=self.zone, fold=0).astimezone(UTC)

    def _local(self, minute: int) -> int:
        return datetime.fromtimestamp(minute * 60, self.zone).toordinal()

    def _first(self, minute: int) -> int:
        """The first open minute from this one on."""
        today = self._local(minute)
        for ordinal in range(today, today + SEARCH_DAYS):
            opens, closes = self._day(ordinal)
            if closes > minute:
                return max(opens, minute)
        raise NothingOpen(self._never(date.fromordinal(today)))

    def _stretches(self, start: int, end: int) -> list[tuple[int, int]]:
        """The open minutes of [start, end) as half-open ranges, one a day."""
        if end <= start:
            return []
        found = []
        for ordinal in range(self._local(start), self._local(end - 1) + 1):
            opens, closes = self._day(ordinal)
            opens, closes = max(opens, start), min(closes, end)
            if opens < closes:
                found.append((opens, closes))
        return found

    def _day(self, ordinal: int) -> tuple[int, int]:
        """The open minutes of a local day, as minutes since 1970; equal when it is closed."""
        known = self._days.get(ordinal)
        if known is None:
            if len(self._days) >= _CACHED_DAYS:
                self._days.clear()
            day = date.fromordinal(ordinal)
            known = self._usual(day) if self.is_working_day(day) else _CLOSED
            self._days[ordinal] = known
        return known

    def _usual(self, day: date) -> tuple[int, int]:
        """The minutes of the send window on a day, as if it were a working day."""
        window = self.calendar.send_window
        opens = _reached(self.zone, day, window.opens)
        closes = _reached(self.zone, day, window.closes)
        return (opens, closes) if opens < closes else _CLOSED

    def _rest(self, day: date) -> str | None:
        """Why nobody works on a day, in words; None on a working day."""
        for blackout in self.calendar.blackout:
            if day in blackout:
                days = dict.fromkeys((_day_text(blackout.first), _day_text(blackout.last)))
                return "blackout " + " to ".join(days)
        if day in self._holidays:
            return f"public holiday {_day_text(day)}"
        if day.weekday() not in self.working_days.days:
            usual = day.weekday() in usual_week(self.country).days
            return f"no work on {DAYS[day.weekday()]}" if usual else "weekend"
        return None

    def _never(self, day: date) -> str:
        return f"no open day within {SEARCH_DAYS} days after {day}: too many blackout days"


@dataclass(frozen=True, slots=True)
class Window:
    """When something may happen: from `opens` up to, not including, `closes` (UTC)."""

    opens: datetime
    closes: datetime


@dataclass(frozen=True, slots=True)
class Slot:
    """The planned moment of a touch (UTC) and the window it stands for.

    A whole minute, except where a first touch goes at once. `moved` says in words why it lies
    outside its window, None inside.
    """

    at: datetime
    window: Window
    moved: str | None = None

    @property
    def until(self) -> datetime:
        """A touch that has not gone by then is missed (UTC): the close of its window or, where
        the calendar moved it out of the window, as long after the slot as the window is wide."""
        if self.moved is None:
            return self.window.closes
        return self.at + (self.window.closes - self.window.opens)


def window(anchor: datetime, span: Span, hours: Hours) -> Window:
    """The window of a span counted from its anchor."""
    opens = hours.add(anchor, span.low)
    if span.high is not None:
        return Window(opens, hours.add(anchor, span.high))
    return Window(opens, opens + min(_UNSAID_WINDOW, opens - anchor))


def slot(window: Window, key: str, hours: Hours, mode: SlotMode | None = None) -> Slot | None:
    """The moment inside the window at which the reader's hours are open.

    `spread` (the calendar's own mode when None) picks by a hash of the key among all open
    minutes, `earliest` the first. With no open minute the rule `no_slot_in_window` holds:
    None for skip, else a minute of the next open day with the reason in `moved`.
    Raises NothingOpen when no day is open within 400 days.
    """
    mode = mode or hours.calendar.slot
    found = hours._stretches(_ceiling(window.opens), _ceiling(window.closes))
    if found:
        return Slot(_moment(_pick(found, key, mode)), window)
    if hours.calendar.no_slot_in_window == "skip":
        return None
    first = hours._first(_ceiling(window.closes))
    _, closes = hours._day(hours._local(first))
    # Spread over that day too: a long weekend moves many, and they would all go at once.
    at = _pick([(first, closes)], key, mode)
    return Slot(_moment(at), window, _why(window, hours))


def first_slot(at: datetime, hours: Hours) -> Slot:
    """For a first touch: the moment itself when open, else when it opens; it may go for 48 hours.

    Raises NothingOpen when that is over 400 days away.
    """
    first = hours.next_open(at)
    return Slot(first, Window(_utc(at), first + _UNSAID_WINDOW))


@lru_cache(maxsize=256)
def _hours(calendar: Calendar, zone: str, country: str | None) -> Hours:
    ours, theirs = usual_week(calendar.country), usual_week(country)
    week = calendar.working_days if ours == theirs else theirs
    dates = calendar.holidays.get(country or "", ())
    return Hours(calendar, zone_named(zone), country, week, frozenset(dates))


def _pick(stretches: list[tuple[int, int]], key: str, mode: SlotMode) -> int:
    """One of the minutes in these stretches."""
    if mode == "earliest":
        return stretches[0][0]
    left = int(spread(key) * sum(closes - opens for opens, closes in stretches))
    for opens, closes in stretches:
        if left < closes - opens:
            return opens + left
        left -= closes - opens
    raise AssertionError("spread stays below 1")


def _why(window: Window, hours: Hours) -> str:
    """Why no minute of the window is open: "no open hour between … and …: weekend"."""
    opens, closes = (at.astimezone(hours.zone) for at in (window.opens, window.closes))
    facts: dict[str, None] = {}
    for ordinal in range(opens.toordinal(), closes.toordinal() + 1):
        day = date.fromordinal(ordinal)
        start, end = hours._usual(day)
        rest = hours._rest(day)
        if rest and max(start, _ceiling(window.opens)) < min(end, _ceiling(window.closes)):
            facts[rest] = None
    told = list(facts)[:3] + [f"and {len(facts) - 3} more"] * (len(facts) > 3)
    because = ", ".join(told) or f"open only {hours.calendar.send_window}"
    return f"no open hour between {_time_text(opens)} and {_time_text(closes)}: {because}"


def _time_text(at: datetime) -> str:
    return f"{DAYS[at.weekday()]} {_day_text(at)} {at:%H:%M}"


def _day_text(day: date) -> str:
    # Not strftime's %b: the server's locale must not change a stored reason.
    return f"{day.day} {_MONTHS[day.month - 1]}"


def _months_later(local: datetime, months: int) -> datetime:
    """The same wall time so many months on, on the last day of a month that is too short."""
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day)


def _exists(zone: ZoneInfo, day: date) -> bool:
    """Whether a zone has this day: crossing the date line, Apia had no 2011-12-30."""
    noon = datetime.combine(day, time(12))
    return _back(int(noon.replace(tzinfo=zone).timestamp()), zone) == noon


def _reached(zone: ZoneInfo, day: date, minute: int) -> int:
    """The first minute since 1970 at which the wall clock of that day shows this minute or more.

    A shop that opens at 02:30 opens at 03:00 on the night when there is no 02:30.
    """
    wall = datetime.combine(day, time()) + _MINUTE * minute
    at = int(wall.replace(tzinfo=zone).timestamp())
    if _back(at, zone) == wall:
        return at // 60
    low = int(wall.replace(tzinfo=zone, fold=1).timestamp())
    while low < at:
        middle = (low + at) // 2
        if _back(middle, zone) < wall:
            low = middle + 1
        else:
            at = middle
    return at // 60


def _back(seconds: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(seconds, zone).replace(tzinfo=None, fold=0)


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at} has no zone; moments are aware datetimes")
    return at.astimezone(UTC)


def _floor(at: datetime) -> int:
    return (at - _EPOCH) // _MINUTE


def _ceiling(at: datetime) -> int:
    return -((_EPOCH - at) // _MINUTE)


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
