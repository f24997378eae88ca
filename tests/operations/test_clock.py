"""The clock of a data folder runs while it is kept going and stands still in between."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.refusal import Malformed, Refused
from domain.times.clock import Clock
from operations import clock
from operations.clock import ClockFile

BEGINS = datetime(2026, 3, 2, 8, tzinfo=UTC)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The wall clock of the test; its last entry is now."""
    times = [NOON]
    monkeypatch.setattr(clock, "wall_time", lambda: times[-1])
    return times


def let_pass(wall: list[datetime], file: ClockFile, **span: float) -> datetime:
    """Let wall time pass while the clock is kept going; gives the new moment."""
    wall.append(wall[-1] + timedelta(**span))
    file.beat()
    return wall[-1]


def test_without_a_file_business_time_is_real_time(tmp_path: Path) -> None:
    file = ClockFile(tmp_path)
    assert file.start() == file.read() == Clock.real()
    file.beat()
    file.stop()
    assert list(tmp_path.iterdir()) == []


def test_a_fast_clock_begins_where_it_is_told_and_runs(
    tmp_path: Path, wall: list[datetime]
) -> None:
    file = ClockFile(tmp_path)
    file.start(60, BEGINS)
    assert file.read().now(let_pass(wall, file, seconds=5)) == BEGINS + timedelta(minutes=5)


def test_a_stopped_clock_stands_still_and_goes_on_from_there(
    tmp_path: Path, wall: list[datetime]
) -> None:
    file = ClockFile(tmp_path)
    file.start(60, BEGINS)
    let_pass(wall, file, minutes=1)
    file.stop()
    wall.append(NOON + timedelta(days=3))
    assert file.read().now(wall[-1]) == BEGINS + timedelta(hours=1)
    again = ClockFile(tmp_path)
    again.start()
    assert again.read().now(let_pass(wall, again, minutes=1)) == BEGINS + timedelta(hours=2)


def test_another_speed_holds_from_now_on(tmp_path: Path, wall: list[datetime]) -> None:
    file = ClockFile(tmp_path)
    file.start(60, BEGINS)
    let_pass(wall, file, minutes=1)
    file.start(3600)
    assert file.read().now(let_pass(wall, file, minutes=1)) == BEGINS + timedelta(hours=61)


def test_a_reader_sees_a_change_at_once(tmp_path: Path, wall: list[datetime]) -> None:
    reader, keeper = ClockFile(tmp_path), ClockFile(tmp_path)
    assert reader.read() == Clock.real()
    keeper.start(60, BEGINS)
    assert reader.read().speed == 60
    keeper.start(7200)
    assert reader.read().speed == 7200


def test_a_clock_whose_keeper_died_stands_still_since_it_was_heard_last(
    tmp_path: Path, wall: list[datetime]
) -> None:
    file = ClockFile(tmp_path)
    file.start(60, BEGINS)
    heard = (NOON + timedelta(seconds=30)).timestamp()
    os.utime(file.beat_path, (heard, heard))
    wall.append(NOON + timedelta(hours=5))
    assert file.read().now(wall[-1]) == BEGINS + timedelta(minutes=30)
    file.start()
    assert file.read().now(wall[-1]) == BEGINS + timedelta(minutes=30)


def test_a_clock_that_has_run_takes_no_other_beginning(
    tmp_path: Path, wall: list[datetime]
) -> None:
    file = ClockFile(tmp_path)
    file.start(60, BEGINS)
    with pytest.raises(Refused, match="stands at 2026-03-02 08:00"):
        file.start(60, BEGINS)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    file = ClockFile(tmp_path)
    file.path.write_text('{"clock": {"b0": "soon"')
    with pytest.raises(Malformed) as wrong:
        file.read()
    assert wrong.value.where == str(file.path)


@pytest.mark.parametrize("relay", ["smtp://127.0.0.1:25", "smtp://localhost", "smtp://[::1]:25"])
def test_a_fast_clock_may_write_to_this_machine(relay: str) -> None:
    clock.safe_with(Clock(b0=BEGINS, w0=NOON, speed=60), relay)


def test_a_fast_clock_may_not_write_to_the_world_and_a_real_one_may() -> None:
    with pytest.raises(Refused, match="writes to nobody but"):
        clock.safe_with(Clock(b0=BEGINS, w0=NOON, speed=60), "smtps://relay.example")
    clock.safe_with(Clock.real(), "smtps://relay.example")
