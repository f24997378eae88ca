"""A port is the usual one where it is free, another where it is not, and never one in use."""

import socket
from collections.abc import Iterator

import pytest

from cli.ports import QUIET, Ports
from domain.refusal import Refused


@pytest.fixture
def busy() -> Iterator[int]:
    """A port that somebody listens on as long as the test runs."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def ports() -> Iterator[Ports]:
    with Ports() as opened:
        yield opened


def test_the_usual_port_is_taken_where_it_is_free(ports: Ports) -> None:
    with Ports() as before:
        free = before.pick()
    assert ports.pick(free) == free


def test_another_port_is_taken_where_the_usual_is_busy_or_given_away(
    ports: Ports, busy: int
) -> None:
    first = ports.pick(busy)
    second = ports.pick(first)
    assert len({busy, first, second}) == 3


def test_no_usual_port_means_any(ports: Ports) -> None:
    assert ports.pick() in QUIET
    assert ports.claim(0, "--port") in QUIET


def test_a_port_that_was_asked_for_is_that_port_or_refused(ports: Ports, busy: int) -> None:
    with pytest.raises(Refused, match=f"port {busy} is in use") as refused:
        ports.claim(busy, "--port")
    assert refused.value.where == "--port"


def test_two_that_start_at_once_never_choose_the_same_port(ports: Ports) -> None:
    with Ports() as other:
        usual = other.pick()
        # Nobody listens on it yet.
        assert ports.pick(usual) != usual
        with pytest.raises(Refused, match="in use"):
            ports.claim(usual, "--port")
    assert ports.claim(usual, "--port") == usual


def test_a_server_can_listen_on_a_port_that_is_held_for_it(ports: Ports) -> None:
    with socket.create_server(("127.0.0.1", ports.pick())) as server:
        assert server.getsockname()[1] in QUIET
