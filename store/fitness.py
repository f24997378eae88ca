"""Every text on its way into a query is one that both databases can hold.

PostgreSQL's driver fails on a zero byte, SQLite keeps it, and neither takes half a character.
Asked here, behind every door, nothing that somebody typed becomes a fault of ours.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Engine, event

from domain.plain import unfit
from domain.refusal import Malformed

_compact: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def watch(engine: Engine) -> None:
    """Have each statement of the engine refused whose texts cannot be held. Raises Malformed."""

    @event.listens_for(engine, "before_cursor_execute")
    def look(_1: Any, _2: Any, _3: str, parameters: Any, _4: Any, executemany: bool) -> None:
        for row in parameters if executemany else (parameters,):
            for value in row.values() if isinstance(row, Mapping) else row or ():
                if isinstance(value, str | list):
                    _look_through(value)


def as_json(value: Any) -> str:
    """A value as the text of a JSON column. Raises Malformed."""
    written = _compact(value)
    _check(written)  # by the driver of PostgreSQL it is not seen as a text again
    if "\\u0000" in written:  # the zero byte, or a backslash that somebody wrote before "u0000"
        _look_through(value)
    return written


def _look_through(value: Any) -> None:
    if isinstance(value, str):
        _check(value)
    elif isinstance(value, Mapping):
        for name, one in value.items():
            _look_through(name)
            _look_through(one)
    elif isinstance(value, list | tuple):
        for one in value:
            _look_through(one)


def _check(text: str) -> None:
    wrong = unfit(text)
    if wrong is not None:
        raise Malformed(f"a text cannot be kept: {wrong}")
