"""Statements compiled once in a test process, though each test has engines of its own.

SQLAlchemy keeps what it has compiled with the engine. A test's engines live for a second, so
that nearly everything would be compiled again in every test, at a fifth of the suite's time.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine

from store import database


class Compiled(dict[Any, Any]):
    """The cache of all engines of one kind of database: what differs is only the instance."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key[1:], value)


@pytest.fixture(scope="session", autouse=True)
def statements_compiled_once() -> Iterator[None]:
    kept: dict[str, Compiled] = {}
    made = database.create_engine

    def sharing(*args: Any, **options: Any) -> Engine:
        engine = made(*args, **options)
        engine._compiled_cache = kept.setdefault(engine.dialect.name, Compiled())
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "create_engine", sharing)
        yield
