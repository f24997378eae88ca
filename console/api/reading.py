"""What a request brings is read once, strictly, before anything is asked: JSON and the query."""

import json
import re
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request

from console.api.problems import Turned, unreadable

DEPTH_MAX: Final = 20
"""How deep lists and objects may stand in each other."""

_UNFIT: Final = re.compile("[\0\ud800-\udfff]")
"""What no database of ours can keep: NUL, and halves of surrogate pairs."""

UNFIT_TOLD: Final = "a NUL or half a surrogate pair stands in it, which is no text"


async def take_json(request: Request, adapter: TypeAdapter[Any]) -> None:
    """Read the body and hold it against the model, strictly: "5" is no number, 1 is no truth.

    What was read is left in the request for the framework. Raises Turned (413, 415) and
    RequestValidationError with every flaw at once.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        told = f"the body is {media_type[:60] or 'of no said type'}; send application/json"
        raise Turned("wrong-type", told, "content-type")
    body = await request.body()
    parsed = _parsed(body)
    _sound(parsed)
    try:
        adapter.validate_json(body, strict=True)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        raise RequestValidationError(
            [{**one, "loc": ("body", *one["loc"])} for one in found]
        ) from None
    # Where Starlette keeps what `request.json()` gives.
    request._json = parsed


def check_query(request: Request, known: set[str], lists: set[str]) -> None:
    """Raises RequestValidationError for a name that is not known, said twice, or unfit."""
    flaws: list[tuple[str | None, str]] = []
    seen: set[str] = set()
    for name, value in request.query_params.multi_items():
        place = f"query.{_UNFIT.sub('?', name)[:60]}"
        if name not in known:
            flaws.append((place, "this parameter is not known here"))
        elif name in seen and name not in lists:
            flaws.append((place, "this parameter can be said once"))
        elif _UNFIT.search(value):
            flaws.append((place, UNFIT_TOLD))
        seen.add(name)
    if flaws:
        raise unreadable(flaws)


def refuse_condition(request: Request) -> None:
    """Raises RequestValidationError for an If-Match with a change that would not heed it."""
    if "if-match" in request.headers and request.method not in ("GET", "HEAD"):
        told = "what is changed here has no version; leave it out"
        raise unreadable([("header.If-Match", told)])


def fit_text(text: str) -> bool:
    """Whether a text can be kept: no NUL in it, and no half of a surrogate pair."""
    return _UNFIT.search(text) is None


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body.decode(), object_pairs_hook=_once_each, parse_constant=_no_number)
    except UnicodeDecodeError:
        raise unreadable([("body", "the body is not UTF-8")]) from None
    except json.JSONDecodeError as error:
        told = f"the body is no JSON: {error.msg} at line {error.lineno} column {error.colno}"
        raise unreadable([("body", told)]) from None
    except RecursionError:
        raise unreadable([("body", _TOO_DEEP)]) from None
    except ValueError as error:
        raise unreadable([("body", str(error)[:200])]) from None


_TOO_DEEP: Final = f"lists and objects stand more than {DEPTH_MAX} deep in each other"


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON")


def _sound(parsed: Any) -> None:
    """Raises RequestValidationError for what is too deep or holds what is no text."""
    flaws: list[tuple[str | None, str]] = []
    waiting: list[tuple[str, Any, int]] = [("body", parsed, 1)]
    while waiting:
        place, value, depth = waiting.pop()
        if depth > DEPTH_MAX:
            raise unreadable([("body", _TOO_DEEP)])
        if isinstance(value, str):
            if not fit_text(value):
                flaws.append((place, UNFIT_TOLD))
        elif isinstance(value, dict):
            if not all(map(fit_text, value)):
                flaws.append((place, UNFIT_TOLD))
            waiting += [(f"{place}.{name}", one, depth + 1) for name, one in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{place}.{at}", one, depth + 1) for at, one in enumerate(value)]
    if flaws:
        # A place may hold what is unfit itself.
        raise unreadable([(_UNFIT.sub("?", where or ""), told) for where, told in flaws])
