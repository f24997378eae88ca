"""A worker's pulse: a small file that says it lives and reaches its engines, for whoever asks."""

import json
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = "workers"

BEAT_S: Final = 5.0
"""Seconds between two beats."""

SILENT_S: Final = 30.0
"""A worker that was not heard for this long counts as gone."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a worker said last: `starting`, `running`, `draining`, or what it cannot reach."""

    pid: int
    state: str
    age_s: float

    @property
    def well(self) -> bool:
        """Whether it runs and was heard lately."""
        return self.state == "running" and self.age_s < SILENT_S


class Wrist:
    """Where one process leaves its pulse."""

    def __init__(self, data_dir: Path, pid: int | None = None) -> None:
        name = f"{socket.gethostname()}-{pid or os.getpid()}.json"
        self.path = data_dir / FOLDER / name
        self.pid = pid or os.getpid()

    def beat(self, state: str) -> None:
        """Say how it goes."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps({"pid": self.pid, "state": state}), encoding="utf-8")
        fresh.replace(self.path)

    def feel(self) -> Pulse | None:
        """What the process said last; None when it has said nothing or left."""
        try:
            said = json.loads(self.path.read_text(encoding="utf-8"))
            age = time.time() - self.path.stat().st_mtime
        except (OSError, ValueError):
            return None
        return Pulse(int(said["pid"]), str(said["state"]), age)

    def leave(self) -> None:
        """Take the file away: the process ends as it should."""
        self.path.unlink(missing_ok=True)


def of_this_host(data_dir: Path) -> list[Pulse]:
    """The pulses of the workers of this machine (or container) that were not long silent."""
    files = sorted((data_dir / FOLDER).glob(f"{socket.gethostname()}-*.json"))
    wrists = [Wrist(data_dir, int(file.stem.rpartition("-")[2])) for file in files]
    found = [pulse for wrist in wrists if (pulse := wrist.feel()) is not None]
    return [pulse for pulse in found if pulse.age_s < SILENT_S]


def check(data_dir: Path, tell: Callable[[str], None]) -> int:
    """The exit for whoever asks: 0 when a worker of this machine is well, 1 when none is."""
    found = of_this_host(data_dir)
    for one in found:
        tell(f"worker {one.pid}: {one.state}, heard {one.age_s:.0f} s ago")
    if not found:
        tell("no worker of this machine was heard of lately")
    return 0 if any(one.well for one in found) else 1
