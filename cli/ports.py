"""Ports of this machine: the usual one if it is free, otherwise any; never one in use."""

import secrets
import socket
from typing import Final, Self

from domain.refusal import Refused

LOOPBACK: Final = "127.0.0.1"

QUIET: Final = range(20_000, 32_000)
"""Below the ports that systems give to outgoing connections (Linux: from 32768, others: from
49152), so that what is free when it is chosen is still free when a server begins to listen."""


class Ports:
    """The ports that one start chooses; until they are let go, no other start chooses them.

    A second or two pass before a server listens on what was chosen for it, and an `up` with
    another data folder may look for ports meanwhile; both would end up at the server of one.
    So each is held as the UDP port of the same number, which nothing here uses, and which the
    kernel lets go however this process ends.
    """

    def __init__(self) -> None:
        self._held: list[socket.socket] = []

    def pick(self, usual: int = 0) -> int:
        """The usual port (0: there is none), or any that is free."""
        if usual and self._take(usual):
            return usual
        while True:
            port = secrets.choice(QUIET)
            if self._take(port):
                return port

    def claim(self, port: int, flag: str) -> int:
        """Exactly this port, or any for 0. Raises Refused when it is in use."""
        if port and not self._take(port):
            told = f"port {port} is in use on this machine; give another one, or 0 for any"
            raise Refused("port_in_use", told, flag)
        return port or self.pick()

    def close(self) -> None:
        """Let all of them go."""
        while self._held:
            self._held.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self, port: int) -> bool:
        """Hold the port, unless somebody listens on it or holds it already."""
        if not _is_free(port):
            return False
        held = socket.socket(type=socket.SOCK_DGRAM)
        try:
            held.bind((LOOPBACK, port))
        except OSError:
            held.close()
            return False
        self._held.append(held)
        return True


def _is_free(port: int) -> bool:
    """Whether one could listen on it now."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections are only fading counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
