"""How a command opens the house, waits for an answer, and says who is asking."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from operations.house import House
    from settings import Settings

T = TypeVar("T")


def settings() -> "Settings":
    """The settings, read once. Raises Malformed naming the variable that cannot be read."""
    from settings import load

    return load()


@contextmanager
def opened() -> Iterator["House"]:
    """The house behind the settings: `with opened() as house:`."""
    from operations.house import House

    with House(settings().config()) as house:
        yield house


def wait(answer: Coroutine[Any, Any, T]) -> T:
    """Run an operation that talks to Temporal and give what it answers."""
    return asyncio.run(answer)


def actor() -> str:
    """Who is named in the events of this command: `SLUICE_ACTOR`, a person's id, or `cli`."""
    return settings().actor
