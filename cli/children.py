"""The programs that `sluice up` starts: each in its own session, with a log, stopped by pid."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

LAUNCH: Final = Path(__file__).with_name("launch.py")

LOG_BYTES: Final = 5_000_000
"""A log that is longer is put aside as `<name>.log.1` when the program is started again."""

RESTARTS: Final = 5
RESTARTS_WITHIN_S: Final = 60.0
"""A program that ends by itself is started again, but not more often than this."""


@dataclass
class Child:
    """One program: how it is started, and the process while it runs."""

    name: str
    command: list[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    patience_s: float = 10.0
    """How long it may take to end after SIGTERM before it is killed."""
    process: asyncio.subprocess.Process | None = None
    starts: list[float] = field(default_factory=list)

    @property
    def pid(self) -> int | None:
        """The pid of the program itself, None while it does not run."""
        running = self.process is not None and self.process.returncode is None
        return self.process.pid if self.process is not None and running else None

    async def start(self) -> None:
        """Start it; its session is its own, so that Ctrl-C in the terminal is ours to handle."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.is_file() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        launcher = [sys.executable, "-I", "-S", str(LAUNCH), str(os.getpid())]
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *launcher,
                *self.command,
                env={**os.environ, **self.environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.starts.append(time.monotonic())

    async def stop(self) -> None:
        """Ask it to end, and end it when it does not in time."""
        if self.process is None or self.process.returncode is not None:
            return
        self._signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), self.patience_s)
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await self.process.wait()

    def kill(self) -> None:
        """End it at once."""
        if self.process is not None:
            self._signal(signal.SIGKILL)

    async def ended(self) -> "Child":
        """Wait until it has ended, however it did."""
        assert self.process is not None
        await self.process.wait()
        return self

    def may_restart(self) -> bool:
        """Whether it ended seldom enough lately to be started again."""
        lately = [at for at in self.starts if time.monotonic() - at < RESTARTS_WITHIN_S]
        return len(lately) <= RESTARTS

    def last_words(self, lines: int = 12) -> str:
        """The end of its log, indented."""
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])

    def _signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)


class ChildFailed(Exception):
    """A program that `up` cannot do without did not start, or ended again and again."""

    def __init__(self, child: Child) -> None:
        code = child.process.returncode if child.process else None
        told = f"the {child.name} ended" + (f" with {code}" if code is not None else "")
        super().__init__(f"{told}; its log {child.log} ends:\n{child.last_words()}")
