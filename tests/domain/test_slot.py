"""The moment inside a window at which something may reach a reader."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ids import spread
from domain.times.calendar import Calendar, Hours, NothingOpen, Window, first_slot, slot, window
from domain.times.duration import Span

MINUTE = timedelta(minutes=1)
WARSAW = ZoneInfo("Europe/Warsaw")
FOLLOW_UP = Span.parse("3-5 days")

# Hypothesis wants its bounds without a zone.
FIRST, LAST = datetime(2025, 1, 1), datetime(2027, 1, 1)  # noqa: DTZ001
moments = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
lengths = st.timedeltas(timedelta(minutes=1), timedelta(days=6))
keys = st.text(max_size=5)
modes = st.sampled_from(["spread", "earliest"])
readers = st.builds(
    lambda zone, week, send, rests: Hours.of(
        Calendar(zone=zone, working_days=week, send_window=send, blackout=rests)
    ),
    st.sampled_from(["Europe/Kyiv", "America/New_York", "Asia/Kathmandu", "Africa/Cairo"]),
    st.sampled_from(["Mon-Fri", "Sun-Thu", ["Mon", "Thu"]]),
    st.sampled_from(["09:00-17:00", "10:30-11:00", "00:00-24:00", "22:00-24:00"]),
    st.lists(st.dates(date(2025, 1, 1), date(2027, 1, 1)).map(str), max_size=20),
)


def warsaw(**rules: object) -> Hours:
    return Hours.of(Calendar.model_validate({"zone": "Europe/Warsaw", "country": "PL", **rules}))


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=WARSAW).astimezone(UTC)


# Laws


@settings(deadline=None)
@given(readers, moments, lengths, keys, modes)
def test_a_slot_is_open_and_inside_its_window_unless_the_calendar_moved_it(
    hours, opens, length, key, mode
):
    wide = Window(opens, opens + length)
    found = slot(wide, key, hours, mode)
    assert found is not None
    assert hours.is_open(found.at)
    assert found.at.second == found.at.microsecond == 0
    if found.moved is None:
        assert wide.opens <= found.at < wide.closes
        assert found.until == wide.closes
    else:
        assert hours.open_minutes(wide.opens, wide.closes) in ([], too_short(wide))
        assert found.at >= wide.closes
        assert found.until - found.at == length
        first = hours.next_open(wide.closes)
        assert found.at.astimezone(hours.zone).date() == first.astimezone(hours.zone).date()


def too_short(wide: Window) -> list[tuple[datetime, datetime]]:
    """Less than a minute can be open and hold no whole one."""
    return [(wide.opens, wide.closes)] if wide.closes - wide.opens < MINUTE else []


@settings(deadline=None)
@given(readers, moments, lengths, keys, modes)
def test_the_same_touch_has_the_same_slot_whenever_it_is_asked(hours, opens, length, key, mode):
    wide = Window(opens, opens + length)
    fresh = Hours.of(hours.calendar.model_copy())
    assert slot(wide, key, hours, mode) == slot(wide, key, fresh, mode)


@settings(deadline=None)
@given(readers, moments, lengths, keys)
def test_the_earliest_slot_has_no_open_minute_before_it(hours, opens, length, key):
    earliest = slot(Window(opens, opens + length), key, hours, "earliest")
    spread_out = slot(Window(opens, opens + length), key, hours, "spread")
    assert earliest is not None
    assert spread_out is not None
    assert earliest.at <= spread_out.at
    assert all(end <= earliest.at for _, end in hours.open_minutes(opens, earliest.at))
    assert first_slot(opens, hours).at <= earliest.at
    assert first_slot(earliest.at, hours).at == earliest.at


@settings(deadline=None)
@given(readers, moments)
def test_a_first_touch_goes_at_once_when_open_else_when_it_opens(hours, now):
    found = first_slot(now, hours)
    assert hours.is_open(found.at)
    assert found.at == now or not hours.is_open(found.at - MINUTE)
    assert (found.at == now) is hours.is_open(now)
    assert found.moved is None
    assert found.window.opens == now
    assert found.until == found.at + timedelta(hours=48)


@settings(deadline=None)
@given(readers, moments, st.integers(1, 20), st.integers(1, 9), st.booleans())
def test_a_window_opens_after_its_anchor_and_closes_after_it_opened(
    hours, anchor, low, more, ranged
):
    for unit in ("hours", "days", "weeks", "months", "business days"):
        text = f"{low}-{low + more} {unit}" if ranged else f"{low} {unit}"
        wide = window(anchor, Span.parse(text), hours)
        assert anchor < wide.opens < wide.closes
        assert ranged or wide.closes - wide.opens <= timedelta(hours=48)


# Examples


def test_a_follow_up_window_is_72_to_120_hours():
    wide = window(at("04-20T10:00"), FOLLOW_UP, warsaw())
    assert wide == Window(at("04-23T10:00"), at("04-25T10:00"))


@pytest.mark.parametrize(
    ("text", "hours"),
    [("14 days", 48), ("6 hours", 6), ("1 business day", 24), ("3 months since start", 48)],
)
def test_a_single_length_closes_48_hours_later_or_as_long_as_it_was(text, hours):
    wide = window(at("04-20T10:00"), Span.parse(text), warsaw())
    assert wide.closes - wide.opens == timedelta(hours=hours)


def test_a_window_that_closes_at_the_opening_of_monday_holds_no_minute():
    hours = warsaw()
    wide = Window(at("04-25T09:00"), at("04-27T09:00"))
    assert hours.open_minutes(wide.opens, wide.closes) == []
    found = slot(wide, "k", hours, "earliest")
    assert found is not None
    assert found.at == at("04-27T09:00")
    assert found.moved == "no open hour between Sat 25 Apr 09:00 and Mon 27 Apr 09:00: weekend"


@pytest.mark.parametrize(
    ("opens", "closes", "because"),
    [
        ("04-23T17:00", "04-25T09:00", "public holiday 24 Apr"),
        ("04-23T17:00", "04-26T17:00", "public holiday 24 Apr, weekend"),
        ("12-23T17:00", "12-27T10:00", "blackout 24 Dec to 1 Jan"),
        ("05-04T17:00", "05-06T09:00", "blackout 5 May"),
        ("04-21T18:00", "04-22T08:00", "open only 09:00-17:00"),
    ],
)
def test_a_moved_slot_names_the_fact_that_moved_it(opens, closes, because):
    hours = warsaw(
        holidays={"PL": ["2026-04-24", "2026-12-25"]},
        blackout=["2026-12-24 to 2027-01-01", "2026-05-05"],
    )
    found = slot(Window(at(opens), at(closes)), "k", hours)
    assert found is not None
    assert found.moved is not None
    assert found.moved.startswith("no open hour between ")
    assert found.moved.endswith(f": {because}")


def test_a_day_that_is_free_by_the_playbook_is_not_called_a_weekend():
    found = slot(
        Window(at("04-21T00:00"), at("04-22T00:00")), "k", warsaw(working_days=["Mon", "Wed"])
    )
    assert found is not None
    assert str(found.moved).endswith(": no work on Tue")


def test_many_reasons_are_counted_after_the_third():
    hours = warsaw(holidays={"PL": [f"2026-04-{day}" for day in (20, 21, 22, 23, 24)]})
    found = slot(Window(at("04-20T00:00"), at("04-25T00:00")), "k", hours)
    assert found is not None
    assert str(found.moved).endswith("public holiday 22 Apr, and 2 more")


def test_skip_gives_no_slot_where_the_window_holds_none():
    hours = warsaw(no_slot_in_window="skip")
    assert slot(Window(at("04-25T09:00"), at("04-27T09:00")), "k", hours) is None
    assert slot(Window(at("04-25T09:00"), at("04-27T09:01")), "k", hours) is not None


def test_those_whom_a_weekend_moved_do_not_all_go_at_once():
    wide = Window(at("04-25T09:00"), at("04-27T09:00"))
    moments = {slot(wide, str(n), warsaw()).at for n in range(200)}
    assert len(moments) > 100
    assert {moment.astimezone(WARSAW).date() for moment in moments} == {date(2026, 4, 27)}


def test_the_mode_of_the_calendar_holds_where_none_is_given():
    wide = Window(at("04-20T00:00"), at("04-25T00:00"))
    assert slot(wide, "k", warsaw(slot="earliest")) == slot(wide, "k", warsaw(), "earliest")
    assert slot(wide, "k", warsaw()) == slot(wide, "k", warsaw(), "spread")


def test_every_minute_of_a_small_window_is_used():
    wide = Window(at("04-20T16:50"), at("04-21T09:10"))
    hours = warsaw()
    found = {slot(wide, str(n), hours).at for n in range(1000)}
    assert len(found) == 20
    assert (min(found), max(found)) == (at("04-20T16:50"), at("04-21T09:09"))


def test_a_calendar_that_is_never_open_has_no_slot():
    shut = warsaw(blackout=["2026-01-01 to 2026-12-31", "2027-01-01 to 2027-12-31"])
    with pytest.raises(NothingOpen):
        slot(Window(at("02-01T09:00"), at("02-03T09:00")), "k", shut)


# What the follow-up rule was measured to do


def test_from_tuesday_evening_to_wednesday_morning_a_follow_up_window_is_empty():
    hours = warsaw()
    monday = at("04-20T00:00")
    for quarter in range(7 * 96):
        anchor = monday + quarter * timedelta(minutes=15)
        wide = window(anchor, FOLLOW_UP, hours)
        empty = not hours.open_minutes(wide.opens, wide.closes)
        assert empty == (at("04-21T17:00") <= anchor <= at("04-22T09:00"))


def week_of(mode: str) -> list[float]:
    """Percent of follow-ups on Monday to Friday, in chains of eight touches over a year."""
    hours = warsaw(slot=mode)
    days: Counter[int] = Counter()
    for deal in range(500):
        touch = first_slot(at("01-05T00:00") + timedelta(days=350 * spread(str(deal))), hours).at
        for step in range(8):
            touch = slot(window(touch, FOLLOW_UP, hours), f"{deal}/{step}", hours).at
            days[touch.astimezone(WARSAW).weekday()] += 1
    return [100 * days[day] / days.total() for day in range(7)]


def test_spread_follow_ups_use_the_whole_week():
    assert week_of("spread") == pytest.approx([25, 21, 10, 8, 36, 0, 0], abs=4)


def test_earliest_follow_ups_crowd_on_monday_and_thursday():
    assert week_of("earliest") == pytest.approx([48, 0, 0, 44, 8, 0, 0], abs=7)


def test_a_slot_is_cheap_enough_for_a_simulation():
    hours = warsaw(holidays={"PL": ["2026-05-01"]})
    start, number = process_time(), 2000
    for n in range(number):
        slot(window(at("04-01T00:00") + n * MINUTE * 97, FOLLOW_UP, hours), str(n), hours)
    # The aim is 60 microseconds; a busy machine gets some air.
    assert (process_time() - start) / number < 240e-6
