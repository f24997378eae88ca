"""How a command opens the house, waits for an answer, and says who is asking."""

import asyncio
import dataclasses
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from operations.authoring.published import Written
    from operations.house import Config, House
    from settings import Settings

T = TypeVar("T")

DATABASE = "sluice.db"
"""The file in the data folder where no other database is set."""


def settings() -> "Settings":
    """The settings, read once. Raises Malformed naming the variable that cannot be read."""
    from settings import load

    return load()


def config(told: "Settings") -> "Config":
    """What a command opens the house with.

    Temporal's client would write to stdout, where a program reads our answer, that it tries again.
    """
    return dataclasses.replace(told.config(), engine_quiet=True)


@contextmanager
def opened() -> Iterator["House"]:
    """The house behind the settings: `with opened() as house:`. Raises EngineUnreachable."""
    from operations.house import EngineUnreachable, House

    told = settings()
    if told.database_url is None and not (told.data_dir / DATABASE).is_file():
        reason = f"there is none in {told.data_dir}; start with: sluice up"
        raise EngineUnreachable("the database", reason)
    with House(config(told)) as house:
        yield house


def written() -> "Written":
    """The words of mails that were published, where there is a database; else the files hold.

    A database that cannot be reached is told, and the files are looked at alone.
    """
    from cli import output
    from operations.authoring.published import FILES_ALONE, published
    from operations.house import EngineUnreachable

    told = settings()
    if told.database_url is None and not (told.data_dir / DATABASE).is_file():
        return FILES_ALONE
    try:
        return published(told.database())
    except EngineUnreachable as down:
        output.note(f"the files alone, without what was published: {down}")
        return FILES_ALONE


def wait(answer: Coroutine[Any, Any, T]) -> T:
    """Run an operation that talks to Temporal and give what it answers."""
    return asyncio.run(answer)


def actor() -> str:
    """Who is named in the events of this command: `SLUICE_ACTOR`, a person's id, or `cli`."""
    return settings().actor
