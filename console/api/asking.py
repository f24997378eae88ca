"""What every request may bring besides its body: who asks, once only, only if, only to try."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Header, Path, Query
from pydantic import BeforeValidator, WithJsonSchema
from starlette.requests import Request
from starlette.responses import Response

from console.access import caller_of
from console.api.problems import unreadable
from console.desk import desk_of
from operations.house import House

NUMBER_MAX: Final = 2**31 - 1

_DIGITS: Final = re.compile(r"0|[1-9][0-9]{0,9}")
_TAG: Final = re.compile(r'"(0|[1-9][0-9]{0,9})"')


def _truth(said: Any) -> Any:
    if isinstance(said, bool):
        return said
    if said not in ("true", "false"):
        raise ValueError("write true or false")
    return said == "true"


def _number(said: Any) -> Any:
    if isinstance(said, str) and not _DIGITS.fullmatch(said):
        raise ValueError("write a whole number in digits")
    return said


Flag = Annotated[bool, BeforeValidator(_truth), WithJsonSchema({"type": "boolean"})]
"""Yes or no in a query: `true` or `false`, and no other word for it."""

Number = Annotated[int, BeforeValidator(_number)]
"""A whole number in a query, in plain digits."""

ID: Final = r"^[A-Za-z0-9._@:+=~-]{1,200}$"

Id = Annotated[str, Path(pattern=ID, description="Its id")]

Word = Annotated[str, Query(pattern=r"^[\w.:+-]{1,80}$")]
"""An id or a name in a query. An address has no place in a URL."""

Line = Annotated[str, Query(min_length=1, max_length=200)]

DryRun = Annotated[
    Flag,
    Query(description="Say what would happen, and keep nothing"),
]


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, under which id, and at which version it must still stand."""

    actor: str
    command_id: str | None
    if_version: int | None

    @property
    def named(self) -> dict[str, Any]:
        """What every operation that changes something is told."""
        return {"actor": self.actor, "command_id": self.command_id}


def _house(request: Request) -> House:
    return desk_of(request).house


Here = Annotated[House, Depends(_house)]
"""The house that is asked: the routes are made once, whichever house serves them."""


def _actor(request: Request) -> str:
    return caller_of(request).actor


Actor = Annotated[str, Depends(_actor)]
"""Who asks, for what is by its nature done only once."""


def _asking(
    request: Request,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            pattern=r"^[A-Za-z0-9._:+-]{8,80}$",
            description="The same key with the same content is done once and answers the same; "
            "with other content it is refused (422). It is the command's id.",
        ),
    ] = None,
) -> Asking:
    _said_once(request, "Idempotency-Key")
    return Asking(caller_of(request).actor, key, None)


def _said_once(request: Request, name: str) -> None:
    """Raises RequestValidationError for a header that stands twice: only one could be heeded."""
    if len(request.headers.getlist(name)) > 1:
        raise unreadable([(f"header.{name}", "this header can be said once")])


def _asking_if(
    request: Request,
    asked: Annotated[Asking, Depends(_asking)],
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description="The ETag that was read: refused (412) if it changed meanwhile",
        ),
    ] = None,
) -> Asking:
    _said_once(request, "If-Match")
    if if_match is None or if_match == "*":
        return asked
    found = _TAG.fullmatch(if_match)
    if found is None:
        raise unreadable([("header.If-Match", 'write one ETag as it was given, such as "7"')])
    return Asking(asked.actor, asked.command_id, int(found[1]))


Asked = Annotated[Asking, Depends(_asking)]
"""A parameter of every route that changes something."""

AskedIf = Annotated[Asking, Depends(_asking_if)]
"""The same where it can be said at which version it must still stand."""


def _seen(
    if_none_match: Annotated[
        str | None,
        Header(alias="If-None-Match", description="ETags that are known: 304 if it is one of them"),
    ] = None,
) -> frozenset[str]:
    return frozenset(one.strip() for one in (if_none_match or "").split(",") if one.strip())


Seen = Annotated[frozenset[str], Depends(_seen)]
"""A parameter of every route whose answer has a version."""


def unchanged(response: Response, version: int, seen: frozenset[str]) -> Response | None:
    """Name the version of what is answered; a 304 for who has that already."""
    tag = f'"{version}"'
    response.headers["etag"] = tag
    if seen & {tag, f"W/{tag}", "*"}:
        return Response(status_code=304, headers={"etag": tag})
    return None
