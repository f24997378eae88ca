"""The clock of a data folder: real time, or a clock of its own that may run fast.

Without a file business time is wall time. With one it is b0 + speed x (wall - w0) while `sluice up`
runs and stands still while it does not, so that a demo goes on where it was left.
"""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from domain.refusal import Malformed, Refused
from domain.times.clock import Clock, Moment
from mail.relay import Relay

FILE: Final = "clock.json"
BEAT: Final = "clock.beat"

BEAT_S: Final = 1.0
"""How often the one who keeps the clock going says so, in seconds."""

SILENT: Final = timedelta(seconds=10)
"""A clock whose keeper was not heard for this long stands still since it was heard last."""


class _Kept(BaseModel):
    """The file's content: the clock, and since when it stands still (wall time)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clock: Clock
    stopped_at: Moment | None = None


def wall_time() -> datetime:
    """Now, as the machine has it."""
    return datetime.now(UTC)


class ClockFile:
    """The clock of one data folder. Reading is cheap: the file is parsed when it has changed."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / FILE
        self.beat_path = data_dir / BEAT
        self._seen: tuple[int, int] | None = None
        self._kept: _Kept | None = None

    def read(self) -> Clock:
        """The clock as it is now; real time where there is no file. Raises Malformed."""
        kept = self._current()
        if kept is None:
            return Clock.real()
        now = wall_time()
        still_since = kept.stopped_at or self._fell_silent(now)
        return kept.clock if still_since is None else kept.clock.resumed(still_since, now)

    def exists(self) -> bool:
        """Whether this folder has a clock of its own."""
        return self.path.is_file()

    def start(self, speed: float | None = None, begins: datetime | None = None) -> Clock:
        """Let the clock go, from where it stood, or from `begins` if it never ran.

        Without a speed it keeps the one it has. Raises Refused for a beginning given to a
        clock that has run.
        """
        now = wall_time()
        kept = self._current()
        if kept is None and speed in (None, 1.0) and begins is None:
            return Clock.real()
        if kept is not None and begins is not None:
            stands = self.read().now(now)
            told = f"the clock of this folder has run already and stands at {stands:%Y-%m-%d %H:%M}"
            raise Refused("clock_has_run", f"{told}; use another --data", "--start")
        was = self.read()
        clock = Clock(b0=begins or was.now(now), w0=now, speed=speed or was.speed)
        self._write(_Kept(clock=clock))
        self.beat()
        return clock

    def beat(self) -> None:
        """Say that the clock is kept going; to be called every `BEAT_S`."""
        if self.exists():
            self.beat_path.touch()
            now = wall_time().timestamp()
            os.utime(self.beat_path, (now, now))

    def stop(self) -> None:
        """Let the clock stand still until it is started again."""
        kept = self._current()
        if kept is not None and kept.stopped_at is None:
            self._write(_Kept(clock=kept.clock, stopped_at=wall_time()))

    def _fell_silent(self, now: datetime) -> datetime | None:
        try:
            heard = datetime.fromtimestamp(self.beat_path.stat().st_mtime, UTC)
        except FileNotFoundError:
            return None
        return heard if now - heard > SILENT else None

    def _current(self) -> _Kept | None:
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            self._seen = self._kept = None
            return None
        seen = (stat.st_mtime_ns, stat.st_ino)
        if seen != self._seen or self._kept is None:
            try:
                self._kept = _Kept.model_validate_json(self.path.read_bytes())
            except (ValidationError, json.JSONDecodeError):
                raise Malformed("the clock file cannot be read", str(self.path)) from None
            self._seen = seen
        return self._kept

    def _write(self, kept: _Kept) -> None:
        """Put the new file in place at once, so that a reader sees the old or the new."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(f".{os.getpid()}")
        fresh.write_text(kept.model_dump_json(indent=2) + "\n", encoding="utf-8")
        fresh.replace(self.path)


def safe_with(clock: Clock, smtp_url: str) -> None:
    """Raises Refused when a clock that is not real time would mail real people."""
    if clock != Clock.real():
        only_on_loopback(smtp_url)


def only_on_loopback(smtp_url: str) -> None:
    """Raises Refused for a relay that is not on this machine."""
    if not Relay.at(smtp_url).on_loopback:
        told = "a clock that is not real time writes to nobody but a mailbox on this machine"
        raise Refused(
            "fast_clock", f"{told}; unset SLUICE_SMTP_URL or use another --data", "--speed"
        )
