"""What a command says: data to stdout, messages and progress to stderr, errors with their exit."""

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import typer

_BEGAN = time.monotonic()

DONE, FAULT, USAGE, REFUSED, NOT_FOUND, UNREACHABLE = 0, 1, 2, 3, 4, 5
"""The exits that scripts rely on; 1 is a fault of ours."""

EXITS = {
    "Malformed": (USAGE, "malformed"),
    "ValidationError": (USAGE, "malformed"),
    "TyperException": (USAGE, "usage"),
    "NotFound": (NOT_FOUND, "not_found"),
    "Refused": (REFUSED, "refused"),
    "EngineUnreachable": (UNREACHABLE, "unreachable"),
    "NotYetRecorded": (DONE, "not_yet_recorded"),
    "ApplyFailed": (FAULT, "fault"),
}
"""The exit and the type of each exception; by name, so that nothing heavy is imported for it."""

_TURNS = "\u202a-\u202e\u2066-\u2069"
_COMMANDS: Final = re.compile(f"\x1b\\[[02]m|[\x00-\x08\x0b-\x1f\x7f-\x9f{_TURNS}]")
"""What a terminal obeys instead of showing it. What dims a head and ends that may stay."""

_speaks_json = False


def speak_json(wanted: bool = True) -> None:
    """Print data as JSON from now on; set by `--json`."""
    global _speaks_json
    _speaks_json = wanted


def speaks_json() -> bool:
    """Whether the caller asked for JSON."""
    return _speaks_json


def say(data: Any, text: str | Iterable[str] | Callable[[], str] | None = None) -> None:
    """Print `data` with `--json`, otherwise `text` (a string, lines, or what makes one).

    Data may be a pydantic model, a dataclass, or anything made of them. Without a text the
    data is shown as JSON either way.
    """
    if _speaks_json or text is None:
        typer.echo(as_json(data))
        return
    if callable(text):
        text = text()
    typer.echo(shown(text if isinstance(text, str) else "\n".join(text)))


def age() -> float:
    """Seconds since this program began."""
    return time.monotonic() - _BEGAN


def line(text: str) -> None:
    """Print one line that programs wait for, at once."""
    print(shown(text), flush=True)


def note(message: str) -> None:
    """Tell the person something that is not data."""
    typer.echo(shown(message), err=True)


def shown(text: str) -> str:
    """The text with a mark for whatever a terminal would obey, or turn the other way round.

    What is shown was typed by others, and came by mail.
    """
    return _COMMANDS.sub(
        lambda one: one[0] if len(one[0]) > 1 else "\N{REPLACEMENT CHARACTER}",
        text.replace("\r\n", "\n"),
    )


def as_json(data: Any) -> str:
    """Readable JSON: amounts as text, times as ISO 8601 in UTC."""
    from pydantic_core import to_json

    return _spelt(to_json(data, indent=2, by_alias=True).decode())


def _spelt(told: str) -> str:
    """JSON in which nothing stands that a terminal obeys; it says the same."""
    return _COMMANDS.sub(lambda one: f"\\u{ord(one[0]):04x}", told)


def columns(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows in aligned columns under their heads; what is absent is left blank."""
    table = [list(heads)] + [["" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(len(row[at]) for row in table) for at in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    )


@contextmanager
def progress(title: str, total: int | None = None) -> Iterator[Callable[..., None]]:
    """A progress bar on stderr; call what it gives with how many more are done.

    Silent where stderr is no terminal, and with `--json`.
    """
    if _speaks_json or not sys.stderr.isatty():
        yield lambda done=1: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)

        def advance(done: int = 1) -> None:
            bar.advance(task, done)

        yield advance


def exit_for(error: BaseException) -> tuple[int, str]:
    """The exit and the type word of an exception."""
    for kind in type(error).__mro__:
        if kind.__name__ in EXITS:
            code, word = EXITS[kind.__name__]
            return code, str(getattr(error, "code", None) or word)
    return FAULT, "fault"


def tell(error: BaseException) -> int:
    """Print an error to stderr, as JSON with `--json`, and give the exit to leave with.

    What is accepted and not yet recorded is no error: a program reads its ids on stdout.
    """
    code, word = exit_for(error)
    message, where = _fact(error)
    if _speaks_json and code == DONE:
        ids = {name: getattr(error, name) for name in ("command_id", "deal_id")}
        say({**ids, "status": "waiting"})
    elif _speaks_json:
        told = {"error": {"type": word, "message": message, "where": where}}
        typer.echo(_spelt(json.dumps(told, ensure_ascii=False)), err=True)
    elif code == DONE:
        note(message)
    else:
        note(f"sluice: {message}" + (f" ({where})" if where and where not in message else ""))
    return code


def _fact(error: BaseException) -> tuple[str, str | None]:
    """What happened and where, in words for the person."""
    if type(error).__name__ == "ValidationError" and hasattr(error, "errors"):
        first = error.errors(include_url=False)[0]
        return str(first["msg"]), ".".join(str(part) for part in first["loc"]) or None
    if isinstance(error, typer.TyperException):
        return error.format_message(), None
    if hasattr(error, "command_id"):
        return f"{error}; ask with: sluice command show {error.command_id}", error.command_id
    message = str(getattr(error, "message", None) or error) or type(error).__name__
    if exit_for(error)[1] == "fault":
        message = f"{type(error).__name__}: {message}"
    return message, getattr(error, "where", None)


def coloured() -> bool:
    """Whether colour is welcome on stdout."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
