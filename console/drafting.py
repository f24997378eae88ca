"""A long text that is edited in a page: taken as it was written, and never lost to a refusal."""

import re
import secrets
from dataclasses import dataclass
from types import TracebackType
from typing import Final

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from console.desk import Desk, session_of
from console.forms import fields_of
from domain.ids import digest
from domain.plain import cleaned, unfit
from operations.house import EngineUnreachable

_ID: Final = re.compile(r"[0-9a-f-]{16,64}")


@dataclass(frozen=True, slots=True)
class Sent:
    """A text that came from a page, with what the page knew of it.

    `base` is the version that it was made from, `shown` the mark of the text whose consequences
    were shown. `refused` says why nothing may be done but show the text again.
    """

    text: str
    base: str
    shown: str
    publish: bool
    command_id: str | None
    refused: str | None = None

    @property
    def mark(self) -> str:
        """Changes with the text."""
        return digest(self.text)


async def sent(request: Request) -> Sent:
    """The form of a page where a text is edited.

    A form whose token is that of a session that has ended changes nothing, but its text is shown
    again with a fresh one: the wall has made sure that it comes from a page of ours.
    """
    fields = await fields_of(request)

    def said(name: str) -> str:
        value = fields.get(name)
        return value if isinstance(value, str) else ""

    text = said("text").replace("\r\n", "\n").replace("\r", "\n")
    wrong = unfit(text)
    refused = f"Not understood: {wrong}. It is marked with �." if wrong is not None else None
    mine = session_of(request).form_token
    if not secrets.compare_digest(said("form_token").encode(), mine.encode()):
        refused = "Nothing was done: you signed in anew meanwhile. The text is as you wrote it."
    its_id = said("command_id")
    return Sent(
        text=cleaned(text),
        base=cleaned(said("base")),
        shown=cleaned(said("shown")),
        publish=said("do") == "publish",
        command_id=its_id if _ID.fullmatch(its_id) else None,
        refused=refused,
    )


class keeping:  # noqa: N801  (reads as a word: with keeping(desk, request, form) as answer)
    """Show the text of a form again where nothing can be looked at because an engine is down."""

    def __init__(self, desk: Desk, request: Request, form: Sent) -> None:
        self._desk = desk
        self._request = request
        self._form = form
        self.made: Response = Response(status_code=500)

    def __enter__(self) -> "keeping":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if not isinstance(error, EngineUnreachable):
            return False
        self.made = HTMLResponse(
            self._desk.pages.plain(
                "draft_kept.html",
                title="Out of reach",
                text=f"{error.engine} cannot be reached ({error.reason}). Try again in a moment.",
                action=self._request.url.path,
                form_token=session_of(self._request).form_token,
                base=self._form.base,
                draft=self._form.text,
            ),
            503,
        )
        return True
