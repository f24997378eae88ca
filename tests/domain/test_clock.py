"""Business time against wall time."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.times.clock import Clock

WALL = datetime(2026, 11, 22, 10, tzinfo=UTC)
START = datetime(2026, 3, 2, 8, tzinfo=UTC)
TICK = timedelta(microseconds=1)

# Hypothesis wants its bounds without a zone.
FIRST, LAST = datetime(2020, 1, 1), datetime(2040, 1, 1)  # noqa: DTZ001
moments = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
speeds = st.floats(0.01, 1e6)
clocks = st.builds(Clock, b0=moments, w0=moments, speed=speeds)
runs = st.timedeltas(timedelta(0), timedelta(days=1))


@settings(deadline=None)
@given(moments)
def test_the_real_clock_shows_wall_time(wall):
    clock = Clock.real()
    assert clock.now(wall) == wall == clock.to_wall(wall)
    assert clock.to_wall(wall + timedelta(days=3)) == wall + timedelta(days=3)


def test_a_clock_at_speed_3600_shows_an_hour_a_second():
    clock = Clock(b0=START, w0=WALL, speed=3600)
    assert clock.now(WALL) == START
    assert clock.now(WALL + timedelta(seconds=24)) == START + timedelta(days=1)
    assert clock.to_wall(START + timedelta(days=2)) == WALL + timedelta(seconds=48)


def test_what_is_past_was_due_before():
    clock = Clock(b0=START, w0=WALL, speed=60)
    assert clock.to_wall(START - timedelta(days=1)) == WALL - timedelta(minutes=24)


def test_time_stands_still_between_a_stop_and_a_start():
    clock = Clock(b0=START, w0=WALL, speed=60)
    stopped = WALL + timedelta(minutes=1)
    started = stopped + timedelta(days=7)
    again = clock.resumed(stopped, started)
    assert again.now(started) == clock.now(stopped) == START + timedelta(hours=1)
    assert again.speed == 60


def test_moments_of_other_zones_are_kept_in_utc():
    clock = Clock(b0=START.astimezone(timezone(timedelta(hours=2))), w0=WALL)
    assert clock.b0 == START
    assert clock.now(WALL).utcoffset() == timedelta(0)


@settings(deadline=None)
@given(clocks, runs)
def test_a_sleep_never_ends_before_what_it_waits_for(clock, run):
    wall = clock.w0 + run
    business_at = clock.now(wall) + timedelta(hours=1)
    assert clock.to_wall(business_at) > wall
    assert clock.now(clock.to_wall(business_at)) >= business_at


@settings(deadline=None)
@given(clocks, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_a_sleep_ends_within_a_tick_of_its_moment(clock, ahead):
    business_at = clock.b0 + ahead
    wall = clock.to_wall(business_at)
    assert clock.now(wall) >= business_at
    assert clock.now(wall - 2 * TICK) <= business_at


@settings(deadline=None)
@given(clocks, runs)
def test_a_clock_survives_being_written_to_a_file(clock, run):
    wall = clock.w0 + run
    assert Clock.model_validate_json(clock.model_dump_json()).now(wall) == clock.now(wall)


@pytest.mark.parametrize("speed", [0, -1, float("inf"), float("nan"), 1e9])
def test_a_clock_that_cannot_run_is_refused(speed):
    with pytest.raises(ValidationError):
        Clock(b0=START, w0=WALL, speed=speed)


def test_a_clock_needs_moments_with_a_zone():
    with pytest.raises(ValidationError):
        Clock(b0=START.replace(tzinfo=None), w0=WALL)
