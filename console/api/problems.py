"""What went wrong, as RFC 9457 problem documents: one kind a reason, each with its status."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from console.access import Forbidden, why_not
from console.api import PREFIX
from domain.refusal import VERSION_CHANGED, Malformed, NotFound, Refused
from operations.authoring.errors import PlaybookErrors
from operations.desk import ApplyFailed, NotYetRecorded
from operations.house import EngineUnreachable

MEDIA_TYPE: Final = "application/problem+json"


class Kind(NamedTuple):
    """A kind of problem: its status, its title, and what the caller can do about it."""

    status: int
    title: str
    advice: str


KINDS: Final[dict[str, Kind]] = {
    "no-access": Kind(
        401, "Nobody is signed in", "Send `Authorization: Bearer KEY` with a key that holds."
    ),
    "forbidden": Kind(
        403, "Not permitted", "The key or role lacks the permission that `detail` names."
    ),
    "not-found": Kind(404, "Not here", "`where` names what is not there, or the address does."),
    "wrong-method": Kind(405, "No such method here", "The header Allow lists those there are."),
    "refused": Kind(
        409, "A rule says no", "`code` is stable for programs, `detail` states the fact."
    ),
    "changed-meanwhile": Kind(
        412, "Changed meanwhile", "Read it again; its ETag is the version for If-Match."
    ),
    "too-long": Kind(413, "Too long", "Send less at once."),
    "wrong-type": Kind(
        415, "Not that kind of content", "Send what the operation takes: `application/json`."
    ),
    "wrong-host": Kind(
        421, "Not served under this name", "Ask under the console's own name, as a setting has it."
    ),
    "malformed": Kind(
        422, "Not understood", "`errors` holds every flaw with its place; nothing was changed."
    ),
    "too-many": Kind(429, "Too many requests", "Wait as many seconds as Retry-After says."),
    "fault": Kind(
        500,
        "A fault of ours",
        "What was accepted is kept under `command_id` and goes once the fault is mended.",
    ),
    "out-of-reach": Kind(
        503,
        "Out of reach",
        "Nothing was accepted. Ask again, with the same Idempotency-Key, after Retry-After.",
    ),
}
"""Each kind by the last word of its `type`. The page of the API tells them, by that word."""

_BY_STATUS: Final = {kind.status: word for word, kind in KINDS.items()}

RETRY_S: Final = "5"


class Flaw(BaseModel):
    """One thing that cannot be read, and its place: `body.title`, `query.limit`, `file:3:7`."""

    where: str | None = None
    message: str


class Problem(BaseModel):
    """A problem document. `code` is a refusal's own name, `command_id` what it is kept under."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str | None = None
    where: str | None = None
    command_id: str | None = None
    errors: list[Flaw] | None = None


class Waiting(BaseModel):
    """Accepted, not yet recorded: what became of it is told under the id, at Location."""

    command_id: str
    deal_id: str
    status: str = "waiting"


class Turned(Exception):
    """The API itself says no, before any operation was asked. `kind` is a word of KINDS."""

    def __init__(self, kind: str, detail: str, where: str | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.where = where


def unreadable(flaws: list[tuple[str | None, str]]) -> RequestValidationError:
    """Several flaws at once, in the form in which the framework tells its own."""
    return RequestValidationError(
        [{"loc": (where,) if where else (), "msg": told, "type": "value"} for where, told in flaws]
    )


def problem(error: BaseException, instance: str, why: str | None = None) -> Problem:
    """The document for what was raised; `why` is said of who may not."""
    match error:
        case Refused(code=code) if code == VERSION_CHANGED:
            return made("changed-meanwhile", error.message, instance, code=code)
        case NotFound():
            return made("not-found", error.message, instance, where=error.where)
        case Refused():
            return made("refused", error.message, instance, code=error.code, where=error.where)
        case Malformed():
            return made(
                "malformed", error.message, instance, where=error.where, errors=_flaws(error)
            )
        case RequestValidationError():
            flaws = [_flaw(one) for one in error.errors()]
            return made("malformed", flaws[0].message, instance, errors=flaws, where=flaws[0].where)
        case Turned():
            return made(error.kind, error.detail, instance, where=error.where)
        case Forbidden():
            return made("forbidden", why or "This is not permitted.", instance)
        case ApplyFailed():
            told = "Something failed that should not; the deal is flagged for attention."
            return made("fault", told, instance, command_id=error.command_id)
        case EngineUnreachable():
            told = f"{error.engine} cannot be reached ({error.reason}); nothing was accepted."
            return made("out-of-reach", told, instance)
        case HTTPException(status_code=status) if status in _BY_STATUS:
            word = _BY_STATUS[status]
            return made(word, KINDS[word].title + ".", instance)
        case _:
            told = "Something failed that should not. Its trace is in the log of the console."
            return made("fault", told, instance)


def answer(error: BaseException, request: Request) -> Response:
    """The answer to whoever asked, for what was raised."""
    if isinstance(error, NotYetRecorded):
        where = f"{PREFIX}/commands/{error.command_id}"
        waiting = Waiting(command_id=error.command_id, deal_id=error.deal_id)
        return JSONResponse(waiting.model_dump(), 202, {"location": where})
    why = why_not(request, error) if isinstance(error, Forbidden) else None
    told = problem(error, request.url.path, why)
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if told.status == 401:
        headers.setdefault("www-authenticate", "Bearer")
    if told.status in (429, 503):
        headers.setdefault("retry-after", RETRY_S)
    return document(told, headers)


def document(told: Problem, headers: Mapping[str, str] | None = None) -> Response:
    """A problem as an answer of its own media type."""
    body = told.model_dump(exclude_none=True)
    return JSONResponse(body, told.status, dict(headers or {}), media_type=MEDIA_TYPE)


def asks_the_api(request: Request) -> bool:
    """Whether a request is for this door, and is answered with documents instead of pages."""
    return request.url.path.startswith(f"{PREFIX}/")


Handler = Callable[[Request, Any], Awaitable[Response]]


def or_problem(page: Handler) -> Handler:
    """The page for what was raised; a problem document where a program asked."""

    async def told(request: Request, error: Any) -> Response:
        if not asks_the_api(request):
            return await page(request, error)
        return answer(error, request)

    return told


def made(word: str, detail: str, instance: str, **more: Any) -> Problem:
    """A problem of that kind; `more` gives its further members."""
    kind = KINDS[word]
    return Problem(
        type=f"{PREFIX}/docs#{word}",
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=instance,
        **more,
    )


def _flaws(error: Malformed) -> list[Flaw]:
    if not isinstance(error, PlaybookErrors):
        return [Flaw(where=error.where, message=error.message)]
    return [
        Flaw(where=f"{one.file}:{one.line}:{one.column}", message=one.message)
        for one in error.problems
    ]


def _flaw(one: Mapping[str, Any]) -> Flaw:
    place = ".".join(str(part) for part in one["loc"])
    told = str(one["msg"]).removeprefix("Value error, ")
    return Flaw(where=place or None, message=told[:300])
