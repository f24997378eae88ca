"""A long text that is edited in a page: taken as it was written, and never lost to a refusal."""

import asyncio
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Generic, TypeVar

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from console.answers import said
from console.desk import Desk, session_of
from console.forms import fields_of
from domain.ids import digest
from domain.plain import cleaned, unfit
from domain.refusal import Malformed, NotFound, Refused
from operations.house import EngineUnreachable

T = TypeVar("T")

MORE: Final = ("locale", "about")

_ID: Final = re.compile(r"[0-9a-f-]{16,64}")


@dataclass(frozen=True, slots=True)
class Sent:
    """A text that came from a page, with what the page knew of it.

    `base` is the version that it was made from, `shown` the mark of the text whose consequences
    were shown. `refused` says why nothing may be done but show the text again, and `foreign`
    that not even that is known to be asked by this session. `more` is what else a page of mails
    says: the language, and whom it is filled in for.
    """

    text: str
    base: str
    shown: str
    publish: bool
    command_id: str | None
    refused: str | None = None
    foreign: bool = False
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def mark(self) -> str:
        """Changes with the text."""
        return digest(self.text)


async def sent(request: Request) -> Sent:
    """The form of a page where a text is edited.

    One whose token is that of a session that has ended may do nothing, but its text is given
    back: the wall has made sure that it comes from a page of ours.
    """
    fields = await fields_of(request)

    def said(name: str) -> str:
        value = fields.get(name)
        return value if isinstance(value, str) else ""

    text = said("text").replace("\r\n", "\n").replace("\r", "\n")
    wrong = unfit(text)
    refused = f"Not understood: {wrong}. It is marked with �." if wrong is not None else None
    mine = session_of(request).form_token
    token = said("form_token").encode("utf-8", "replace")
    its_id = said("command_id")
    return Sent(
        text=cleaned(text),
        base=cleaned(said("base")),
        shown=cleaned(said("shown")),
        publish=said("do") == "publish",
        command_id=its_id if _ID.fullmatch(its_id) else None,
        refused=refused,
        more={name: cleaned(said(name)) for name in MORE},
        foreign=not secrets.compare_digest(token, mine.encode()),
    )


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What publishing came to: what was done, or why nothing was, and the status of the answer."""

    done: T | None = None
    refused: str | None = None
    status: int = 200


async def published(form: Sent, publish: Callable[[], T]) -> Outcome[T]:
    """Publish a text where that was asked, and where it is the one that was looked at.

    Nothing is done otherwise, and nothing is refused where only a look was asked. Raises
    NotFound, EngineUnreachable.
    """
    if form.refused is not None:
        return Outcome(refused=form.refused, status=422)
    if not form.publish:
        return Outcome()
    if form.mark != form.shown:
        told = "Not published yet: the text is another than the one that was looked at."
        return Outcome(refused=told)
    try:
        return Outcome(done=await asyncio.to_thread(publish))
    except NotFound:
        raise
    except Malformed:
        return Outcome(refused="Not published: the text has errors.", status=422)
    except Refused as error:
        return Outcome(refused=said(error), status=409)


def given_back(
    desk: Desk, request: Request, form: Sent, status: int, title: str, why: str
) -> HTMLResponse:
    """A page of its own with the text as it was written, to be sent again."""
    page = desk.pages.render(
        "draft_kept.html",
        title=title,
        text=why,
        action=request.url.path,
        form_token=session_of(request).form_token,
        base=form.base,
        more=form.more,
        draft=form.text,
    )
    return HTMLResponse(page, status)


class keeping:  # noqa: N801  (reads as a word: with keeping(desk, request, form) as answer)
    """Give the text of a form back where it cannot be looked at.

    An engine is down, or the address is of nothing that could be edited.
    """

    def __init__(self, desk: Desk, request: Request, form: Sent) -> None:
        self._desk = desk
        self._request = request
        self._form = form
        self.made: Response = Response(status_code=500)

        if form.foreign:
            why = "This form is of another session than yours is now: you signed in anew meanwhile."
            self.made = given_back(desk, request, form, 403, "Nothing was done", why)

    def __enter__(self) -> "keeping":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        match error:
            case EngineUnreachable():
                told = f"{error.engine} cannot be reached ({error.reason}). Try again in a moment."
                status, title = 503, "Out of reach"
            case NotFound():
                status, title, told = 404, "Not here", f"{error.message}."
            case Malformed():
                status, title, told = 422, "Not understood", f"{error.message}."
            case _:
                return False
        self.made = given_back(self._desk, self._request, self._form, status, title, told)
        return True
