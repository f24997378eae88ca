"""A port is the usual one where it is free, another where it is not, and never one in use."""

import socket
from collections.abc import Iterator

import pytest

from cli.ports import QUIET, claim, is_free, pick
from domain.refusal import Refused


@pytest.fixture
def busy() -> Iterator[int]:
    """A port that somebody listens on as long as the test runs."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_the_usual_port_is_taken_where_it_is_free() -> None:
    free = claim(0, "--port")
    taken: set[int] = set()
    assert pick(free, taken) == free
    assert taken == {free}


def test_another_port_is_taken_where_the_usual_is_busy_or_given_away(busy: int) -> None:
    taken: set[int] = set()
    first = pick(busy, taken)
    second = pick(first, taken)
    assert len({busy, first, second}) == 3
    assert is_free(first)


def test_no_usual_port_means_any() -> None:
    assert pick(0, set()) in QUIET


def test_a_port_that_was_asked_for_is_that_port_or_refused(busy: int) -> None:
    with pytest.raises(Refused, match=f"port {busy} is in use") as refused:
        claim(busy, "--port")
    assert refused.value.where == "--port"
