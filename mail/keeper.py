"""Starts the child processes that render, in a few milliseconds each.

Loading the libraries takes a second. One process does it, once, and then splits: every cook of a
kitchen is a fork of it. It does nothing else, so that a template can harm no more than its cook.
"""

import atexit
import socket
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path
from typing import Final

from mail.flaws import RenderFailed

STARTED_WITHIN: Final = 30.0
"""Seconds, for loading the libraries on a busy machine."""

_ROOT = Path(__file__).resolve().parent.parent


class KeeperFailed(RenderFailed):
    """The process that starts the cooks does not answer."""


class Keeper:
    """The one process that splits into cooks; safe to call from any thread.

    It is started at the first use, again where it has ended, and ends with this process.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        atexit.register(self.close)

    @classmethod
    @cache
    def shared(cls) -> "Keeper":
        """The keeper of this process."""
        return cls()

    def cook(self, place: socket.socket) -> int:
        """Start a cook at this end of a pair of sockets; gives its process id. KeeperFailed."""
        with self._lock:
            line = self._ready()
            return int(self._asked(line, b"cook", [place.fileno()]))

    def end(self, pid: int) -> None:
        """Kill a cook and wait for its end: it holds nothing that would be missed."""
        with self._lock:
            if self._line is not None:
                try:
                    self._asked(self._line, b"end %d" % pid)
                except KeeperFailed:
                    return  # and its cooks have ended with their places

    def close(self) -> None:
        """End the process. Cooks go on until their places are closed."""
        with self._lock:
            self._let_go()

    def _ready(self) -> socket.socket:
        if self._line is not None and self._process is not None and self._process.poll() is None:
            return self._line
        self._let_go()
        ours, theirs = socket.socketpair()
        # A bare environment: a cook needs no secret, so it is given none.
        environment = {"PYTHONPATH": str(_ROOT), "PYTHONSAFEPATH": "1", "PYTHONUTF8": "1"}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "mail.stove", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=environment,
                pass_fds=[theirs.fileno()],
            )
        self._line = ours
        ours.settimeout(STARTED_WITHIN)
        self._heard(ours)
        return ours

    def _asked(self, line: socket.socket, word: bytes, places: list[int] | None = None) -> bytes:
        try:
            socket.send_fds(line, [word], places or [])
        except OSError:
            self._let_go()
            raise KeeperFailed("the renderer ended unexpectedly; try again") from None
        return self._heard(line)

    def _heard(self, line: socket.socket) -> bytes:
        try:
            said = line.recv(64)
        except TimeoutError:
            said = b""
        if not said:
            self._let_go()
            raise KeeperFailed("the renderer does not begin; try again")
        return said

    def _let_go(self) -> None:
        process, line, self._process, self._line = self._process, self._line, None, None
        if line is not None:
            line.close()
        if process is not None:
            process.kill()
            process.wait()
