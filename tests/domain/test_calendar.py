"""A reader's open hours: weekends, holidays, and the clocks that change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.times.calendar import Calendar, Hours, NothingOpen
from domain.times.duration import Duration

QUARTER = timedelta(minutes=15)
ZONES = (
    *("Europe/Warsaw", "Europe/Kyiv", "America/New_York", "Africa/Cairo", "Asia/Kathmandu"),
    *("Pacific/Apia", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Kiritimati", "UTC"),
)

# Hypothesis wants its bounds without a zone.
FIRST, LAST = datetime(2024, 1, 1), datetime(2028, 1, 1)  # noqa: DTZ001
moments = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
weeks = st.sampled_from(["Mon-Fri", "Sun-Thu", "Mon-Sun", ["Tue", "Sat"]])
rests = st.lists(st.dates(date(2024, 1, 1), date(2028, 1, 1)).map(str), max_size=30)


@st.composite
def hours(draw):
    """A reader somewhere, with a send window on quarters of an hour."""
    opens, closes = sorted(draw(st.sets(st.integers(0, 96), min_size=2, max_size=2)))
    texts = [f"{quarter // 4:02}:{quarter % 4 * 15:02}" for quarter in (opens, closes)]
    if texts[1] == "00:00":
        texts[1] = "24:00"
    calendar = Calendar(
        zone=draw(st.sampled_from(ZONES)),
        country="PL",
        working_days=draw(weeks),
        send_window="-".join(texts),
        blackout=draw(rests),
        holidays={"PL": draw(rests)},
    )
    return Hours.of(calendar)


def seen_open(reader: Hours, at: datetime) -> bool:
    """Whether a reader who looks at the wall clock and the wall calendar finds it open."""
    local, calendar = at.astimezone(reader.zone), reader.calendar
    window = calendar.send_window
    rests = {*calendar.holidays["PL"], *(each.first for each in calendar.blackout)}
    working = local.weekday() in reader.working_days.days and local.date() not in rests
    return working and window.opens <= local.hour * 60 + local.minute < window.closes


def clocks_move(reader: Hours, at: datetime) -> timedelta:
    """By how much the clocks go forward on this local day; negative where they go back."""
    midnight = datetime.combine(at.astimezone(reader.zone).date(), time(), reader.zone)
    return (midnight + timedelta(days=1)).utcoffset() - midnight.utcoffset()


def local(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def reader(zone: str, country: str | None = None, **rules: object) -> Hours:
    return Hours.of(Calendar.model_validate({"zone": zone, "country": country, **rules}))


# Laws


@settings(deadline=None)
@given(hours(), moments)
def test_it_is_open_when_the_wall_clock_and_the_calendar_say_so(reader, at):
    assume(clocks_move(reader, at) >= timedelta(0))
    assert reader.is_open(at) == seen_open(reader, at)


@settings(deadline=None)
@given(hours(), moments)
def test_nothing_is_open_before_the_next_opening(reader, at):
    opens = reader.next_open(at)
    assert opens >= at
    assert reader.is_open(opens)
    quarter = at - (at - datetime(2000, 1, 1, tzinfo=UTC)) % QUARTER + QUARTER
    while quarter < opens:
        assert not reader.is_open(quarter)
        quarter += QUARTER


@settings(deadline=None)
@given(hours(), moments, st.timedeltas(timedelta(0), timedelta(days=9)))
def test_the_open_stretches_hold_every_open_minute_and_no_other(reader, start, length):
    stretches = reader.open_minutes(start, start + length)
    edges = [edge for stretch in stretches for edge in stretch]
    assert edges == sorted(edges)
    assert all(start <= edge <= start + length for edge in edges)
    at = start.replace(minute=start.minute // 15 * 15, second=0, microsecond=0) + QUARTER
    while at < start + length:
        assert reader.is_open(at) == any(opens <= at < closes for opens, closes in stretches)
        at += QUARTER


@settings(deadline=None)
@given(hours(), moments, st.integers(1, 30))
def test_one_more_business_day_is_the_next_working_day(reader, at, amount):
    fewer = reader.add(at, Duration(amount, "business_day"))
    more = reader.add(at, Duration(amount + 1, "business_day"))
    days = [moment.astimezone(reader.zone).date() for moment in (fewer, more)]
    assert at < fewer < more
    assert all(reader.is_working_day(day) for day in days)
    between = (days[1] - days[0]).days
    assert not any(reader.is_working_day(days[0] + timedelta(days=n)) for n in range(1, between))


@settings(deadline=None, max_examples=300)
@given(hours(), moments, st.integers(0, 71), st.integers(1, 3))
def test_who_starts_earlier_is_not_due_later(reader, one, later, amount):
    later = timedelta(hours=later)
    ends = [reader.add(at, Duration(amount, "business_day")) for at in (one, one + later)]
    # Around a change of clocks a wall time can come twice, or be moved on past another.
    assume(not any(clocks_move(reader, at) for at in (one, one + later, *ends)))
    assert ends[0] <= ends[1]


@settings(deadline=None)
@given(hours(), moments, st.integers(1, 1000), st.sampled_from(["minute", "hour", "day", "week"]))
def test_elapsed_time_is_the_same_everywhere(reader, at, amount, unit):
    duration = Duration(min(amount, 500), unit)
    assert reader.add(at, duration) == at + duration.elapsed


@settings(deadline=None)
@given(hours(), moments, st.integers(1, 60))
def test_a_month_later_keeps_the_hour_and_the_day_where_the_month_has_it(reader, at, amount):
    before = at.astimezone(reader.zone)
    after = reader.add(at, Duration(amount, "month")).astimezone(reader.zone)
    months = (after.year - before.year) * 12 + after.month - before.month
    wall = before.replace(tzinfo=None, fold=0)
    moved = after.replace(tzinfo=None, fold=0)
    skipped = moved.time() != wall.time()
    assert months == amount or (skipped and after.day == 1)
    assert moved.day == wall.day or (moved + timedelta(days=1)).day == 1 or skipped


# Examples


def test_three_days_are_72_hours_when_the_clocks_go_forward_or_back():
    three = Duration(3, "day")
    kyiv = reader("Europe/Kyiv").add(local("2026-03-27 10:00", "Europe/Kyiv"), three)
    assert kyiv == local("2026-03-30 11:00", "Europe/Kyiv")
    york = reader("America/New_York").add(local("2026-10-30 10:00", "America/New_York"), three)
    assert york == local("2026-11-02 09:00", "America/New_York")


def test_a_business_day_over_a_change_of_clocks_keeps_the_hour():
    three = Duration(1, "business_day")
    kyiv = reader("Europe/Kyiv").add(local("2026-03-27 10:00", "Europe/Kyiv"), three)
    assert kyiv == local("2026-03-30 10:00", "Europe/Kyiv")
    assert kyiv - local("2026-03-27 10:00", "Europe/Kyiv") == timedelta(hours=71)
    york = reader("America/New_York").add(local("2026-10-30 10:00", "America/New_York"), three)
    assert york - local("2026-10-30 10:00", "America/New_York") == timedelta(hours=73)


def test_an_hour_that_the_clocks_skip_moves_on_by_what_they_skip():
    cairo = reader("Africa/Cairo").add(local("2026-03-24 00:30", "Africa/Cairo"), month := MONTH)
    assert cairo.astimezone(ZoneInfo("Africa/Cairo")).isoformat() == "2026-04-24T01:30:00+03:00"
    kyiv = reader("Europe/Kyiv").add(local("2026-02-28 03:30", "Europe/Kyiv"), month)
    assert kyiv.astimezone(ZoneInfo("Europe/Kyiv")).hour == 3


def test_an_office_that_opens_in_a_skipped_hour_opens_after_it():
    # In Kyiv the clocks go from 03:00 to 04:00 on 2026-03-29, a Sunday.
    night = reader("Europe/Kyiv", working_days="Mon-Sun", send_window="03:30-05:00")
    assert night.open_minutes(
        local("2026-03-29 00:00", "Europe/Kyiv"), local("2026-03-30 00:00", "Europe/Kyiv")
    ) == [(local("2026-03-29 04:00", "Europe/Kyiv"), local("2026-03-29 05:00", "Europe/Kyiv"))]
    inside = reader("Europe/Kyiv", working_days="Mon-Sun", send_window="03:15-03:45")
    monday = local("2026-03-30 03:15", "Europe/Kyiv")
    assert inside.next_open(local("2026-03-29 00:00", "Europe/Kyiv")) == monday


def test_of_an_hour_that_comes_twice_the_first_is_taken():
    york = "America/New_York"
    moved = reader(york).add(local("2026-10-01 01:30", york), MONTH)
    assert moved == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_a_day_that_does_not_exist_is_no_working_day():
    apia = reader("Pacific/Apia")
    assert not apia.is_working_day(date(2011, 12, 30))
    thursday = local("2011-12-29 10:00", "Pacific/Apia")
    assert apia.add(thursday, Duration(1, "business_day")) == local(
        "2012-01-02 10:00", "Pacific/Apia"
    )
    # 72 hours on it is Monday there: the wall calendar has jumped over Friday.
    later = apia.add(thursday, Duration(3, "day"))
    assert later == local("2012-01-02 10:00", "Pacific/Apia")


def test_a_zone_may_be_off_by_quarters_of_an_hour():
    kathmandu = reader("Asia/Kathmandu")
    assert kathmandu.is_open(datetime(2026, 4, 20, 3, 15, tzinfo=UTC))
    assert not kathmandu.is_open(datetime(2026, 4, 20, 3, 14, 59, tzinfo=UTC))


MONTH = Duration(1, "month")


@pytest.mark.parametrize(
    ("start", "text", "end"),
    [
        ("2026-01-31 10:00", "1 month", "2026-02-28 10:00"),
        ("2028-01-31 10:00", "1 month", "2028-02-29 10:00"),
        ("2026-10-15 10:00", "6 months", "2027-04-15 10:00"),
        ("2028-02-29 10:00", "1 year", "2029-02-28 10:00"),
        ("2026-04-17 15:00", "1 business day", "2026-04-20 15:00"),  # Friday
        ("2026-04-17 22:00", "1 business day", "2026-04-20 22:00"),
        ("2026-04-18 15:00", "1 business day", "2026-04-21 00:00"),  # Saturday: all of Monday
        ("2026-04-30 15:00", "2 business days", "2026-05-05 15:00"),  # over a holiday, 1 May
    ],
)
def test_calendar_time_goes_by_the_readers_own_days(start, text, end):
    zone = "Europe/Warsaw"
    warsaw = reader(zone, "PL", holidays={"PL": ["2026-05-01"]})
    assert warsaw.add(local(start, zone), Duration.parse(text)) == local(end, zone)


def test_readers_who_rest_on_friday_have_their_own_week():
    riyadh = Hours.of(Calendar(zone="Europe/Warsaw", country="PL"), "Asia/Riyadh", "SA")
    friday, sunday = date(2026, 4, 17), date(2026, 4, 19)
    assert not riyadh.is_working_day(friday)
    assert riyadh.is_working_day(sunday)
    evening = local("2026-04-16 18:00", "Asia/Riyadh")
    assert riyadh.next_open(evening) == local("2026-04-19 09:00", "Asia/Riyadh")


def test_a_calendar_from_riyadh_reaches_warsaw_from_monday():
    home = Calendar(zone="Asia/Riyadh", country="SA", working_days="Sun-Thu")
    assert Hours.of(home).is_working_day(date(2026, 4, 19))
    assert not Hours.of(home, "Europe/Warsaw", "PL").is_working_day(date(2026, 4, 19))


def test_working_days_as_written_hold_where_the_usual_week_is_the_same():
    calendar = Calendar(country="PL", working_days=["Tue", "Thu"])
    assert str(Hours.of(calendar, "Europe/Berlin", "DE").working_days) == "Tue, Thu"


def test_an_unknown_reader_has_the_hours_of_the_calendar():
    calendar = Calendar(zone="Europe/Warsaw", country="PL", holidays={"PL": [date(2026, 5, 1)]})
    assert Hours.of(calendar) is Hours.of(calendar, None, None)
    assert Hours.of(calendar).zone.key == "Europe/Warsaw"
    assert Hours.of(calendar).holiday_table
    assert not Hours.of(calendar, country="DE").holiday_table
    assert Hours.of(calendar, country="DE").is_working_day(date(2026, 5, 1))


def test_calendars_that_differ_in_holidays_alone_have_their_own_hours():
    one, other = (Calendar(country="PL", holidays={"PL": [day]}) for day in HOLIDAYS)
    assert not Hours.of(one).is_working_day(HOLIDAYS[0])
    assert Hours.of(other).is_working_day(HOLIDAYS[0])


HOLIDAYS = (date(2026, 5, 1), date(2026, 5, 4))


def test_a_calendar_that_is_never_open_is_refused_and_not_searched_for_ever():
    shut = reader("UTC", blackout=["2026-01-01 to 2026-12-31", "2027-01-01 to 2027-12-31"])
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for ask in (shut.next_open, lambda at: shut.add(at, Duration(1, "business_day"))):
        with pytest.raises(NothingOpen, match="no open day within 400 days after 2026-01-0"):
            ask(at)


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="has no zone"):
        reader("UTC").add(datetime(2026, 1, 1), MONTH)  # noqa: DTZ001
