"""Ports of this machine: the usual one if it is free, otherwise any; never one in use."""

import secrets
import socket
from typing import Final

from domain.refusal import Refused

LOOPBACK: Final = "127.0.0.1"

QUIET: Final = range(20_000, 32_000)
"""Below the ports that systems give to outgoing connections (Linux: from 32768, others: from
49152), so that what is free when it is chosen is still free when a server begins to listen."""


def pick(usual: int, taken: set[int]) -> int:
    """The usual port (0: there is none), or any free one; what is given goes into `taken`."""
    good = usual != 0 and usual not in taken and is_free(usual)
    port = usual if good else _any_free(taken)
    taken.add(port)
    return port


def claim(port: int, flag: str) -> int:
    """Exactly this port. Raises Refused when something listens on it already."""
    if port and not is_free(port):
        told = f"port {port} is in use on this machine; give another one, or 0 for any"
        raise Refused("port_in_use", told, flag)
    return port or _any_free(set())


def is_free(port: int) -> bool:
    """Whether one could listen on it now."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections are only fading counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _any_free(taken: set[int]) -> int:
    while True:
        port = secrets.choice(QUIET)
        if port not in taken and is_free(port):
            return port
