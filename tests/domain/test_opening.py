"""Working days, send windows, days of rest and places, as a calendar in a file writes them."""

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from domain.times.calendar import Calendar
from domain.times.opening import Blackout, SendWindow, WorkingDays, usual_week

weeks = st.sets(st.integers(0, 6), min_size=1).map(lambda days: WorkingDays(tuple(sorted(days))))
windows = (
    st.tuples(st.integers(0, 1439), st.integers(1, 1440))
    .filter(lambda pair: pair[0] < pair[1])
    .map(lambda pair: SendWindow(*pair))
)
days = st.dates(date(2020, 1, 1), date(2030, 1, 1))
blackouts = st.tuples(days, days).filter(lambda pair: 0 <= (pair[1] - pair[0]).days <= 366)


def test_a_calendar_without_a_word_is_the_common_week_in_utc():
    calendar = Calendar()
    assert calendar.zone == "UTC"
    assert str(calendar.working_days) == "Mon-Fri"
    assert str(calendar.send_window) == "09:00-17:00"
    assert (calendar.slot, calendar.no_slot_in_window) == ("spread", "next_slot")
    assert calendar.after_downtime == "skip"


@pytest.mark.parametrize(
    ("written", "numbers"),
    [
        ("Mon-Fri", (0, 1, 2, 3, 4)),
        ("Sun-Thu", (0, 1, 2, 3, 6)),
        ("Sat-Wed", (0, 1, 2, 5, 6)),
        ("Mon", (0,)),
        ("Mon-Sun", (0, 1, 2, 3, 4, 5, 6)),
        (["Fri", "Mon"], (0, 4)),
    ],
)
def test_working_days_are_a_range_or_a_list(written, numbers):
    assert Calendar(working_days=written).working_days.days == numbers


def test_days_of_rest_may_come_as_text_or_as_dates():
    calendar = Calendar(blackout=["2026-12-24 to 2027-01-01", date(2026, 5, 1), "2026-05-04"])
    assert [str(each) for each in calendar.blackout] == [
        "2026-12-24 to 2027-01-01",
        "2026-05-01",
        "2026-05-04",
    ]
    assert date(2026, 12, 31) in calendar.blackout[0]
    assert date(2027, 1, 2) not in calendar.blackout[0]


@settings(deadline=None)
@given(weeks, windows, st.lists(blackouts.map(lambda pair: Blackout(*pair)), max_size=3))
def test_a_calendar_survives_being_written_to_json(week, window, rests):
    calendar = Calendar(
        zone="Asia/Riyadh",
        country="SA",
        working_days=week,
        send_window=window,
        blackout=tuple(rests),
        holidays={"SA": (date(2026, 9, 23),)},
        holidays_from="holidays 0.109",
    )
    again = Calendar.model_validate_json(calendar.model_dump_json())
    assert again == calendar
    assert hash(again) == hash(calendar)
    Draft202012Validator(Calendar.model_json_schema()).validate(calendar.model_dump(mode="json"))


@pytest.mark.parametrize(
    ("key", "written", "told"),
    [
        ("zone", "Warsaw", "there is no time zone 'Warsaw', did you mean 'Europe/Warsaw'?"),
        ("zone", "Europe/Warsow", "did you mean 'Europe/Warsaw'?"),
        ("zone", "GMT+2", "there is no time zone 'GMT+2': write a name such as 'Europe/Warsaw'"),
        ("zone", "Europe", "there is no time zone 'Europe'"),
        ("zone", "../passwd", "there is no time zone '../passwd'"),
        ("zone", "right/Europe/Warsaw", "is no place"),
        ("zone", "", "there is no time zone ''"),
        ("zone", 2, "2 is not a time zone"),
        ("country", "pl", "'pl' is not a country code, did you mean PL?"),
        ("country", "UK", "did you mean GB?"),
        ("country", "Poland", "write two letters such as PL"),
        ("country", False, 'without quotes this reads as "no": write country: "NO"'),
        ("working_days", "Mo-Fr", "'Mo-Fr' is not a range of days: write 'Mon-Fri' or 'Sun-Thu'"),
        ("working_days", [], "at least one working day is needed"),
        ("working_days", ["Mon", "mon"], "'mon' is not a day: write Mon, Tue"),
        ("working_days", ["Mon", "Mon"], "a day stands here twice"),
        ("working_days", [["Mon"]], "['Mon'] is not a day"),
        ("send_window", "17:00-09:00", "'17:00-09:00' is empty"),
        ("send_window", "09:00-09:00", "'09:00-09:00' is empty"),
        ("send_window", "9-17", "'9-17' is not a window of hours: write '09:00-17:00'"),
        ("send_window", "09:00-25:00", "is not a window of hours"),
        ("send_window", 540, "540 is not a text: write '09:00-17:00'"),
        ("blackout", ["2026-02-30"], "there is no day '2026-02-30'"),
        ("blackout", ["24.12.2026"], "write '2026-12-24' or '2026-12-24 to 2027-01-01'"),
        ("blackout", ["2027-01-01 to 2026-12-24"], "write '2026-12-24 to 2027-01-01'"),
        ("blackout", ["2026-01-01 to 2028-01-01"], "is longer than a year"),
        ("blackout", [datetime(2026, 1, 1, 9)], "is not a text"),  # noqa: DTZ001
        ("slot", "early", "Input should be 'spread' or 'earliest'"),
        ("timezone", "Europe/Warsaw", "Extra inputs are not permitted"),
    ],
)
def test_what_a_calendar_cannot_mean_is_refused_with_what_to_write(key, written, told):
    with pytest.raises(ValidationError) as refused:
        Calendar.model_validate({key: written})
    [error] = refused.value.errors()
    assert error["loc"][0] == key
    assert told in error["msg"]


def test_a_window_may_last_until_midnight():
    assert SendWindow.parse("00:00-24:00") == SendWindow(0, 1440)


def test_people_rest_on_friday_and_saturday_in_cairo_and_not_in_dubai():
    assert str(usual_week("EG")) == "Sun-Thu"
    assert str(usual_week("AE")) == str(usual_week(None)) == "Mon-Fri"
