"""What a form says: its token is checked before anything else is believed."""

import re
import secrets
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import FormData

from console.desk import session_of
from domain.commands import AnyCommand
from domain.plain import cleaned, unfit
from domain.refusal import Malformed
from operations import fitting

FIELDS_MAX: Final = 120

_ID: Final = re.compile(r"[0-9a-f-]{16,64}")


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form that came from a page of this session."""

    fields: FormData

    def text(self, name: str) -> str | None:
        """What was written in a field, None when nothing was. Raises Malformed."""
        value = self.fields.get(name)
        wrong = unfit(value) if isinstance(value, str) else None
        if wrong is not None:
            raise Malformed(f"{name.replace('_', ' ')}: {wrong}", name)
        return value.strip() or None if isinstance(value, str) else None

    def wanted(self, name: str) -> str:
        """The same for a field that must be filled. Raises Malformed."""
        value = self.text(name)
        if value is None:
            raise Malformed(f"{name.replace('_', ' ')} is missing", name)
        return value

    @property
    def command_id(self) -> str | None:
        """The id that this very form was shown with: sent twice, it asks once.

        Raises Malformed for what is no id.
        """
        its_id = self.text("command_id")
        if its_id is not None and not _ID.fullmatch(its_id):
            raise Malformed("this is no id of a command", "command_id")
        return its_id

    @property
    def typed(self) -> dict[str, str]:
        """Everything that was written, to be shown again after a refusal.

        Where several were chosen they stand on a line each.
        """
        found: dict[str, str] = {}
        for name, value in self.fields.multi_items():
            if isinstance(value, str):
                before = f"{found[name]}\n" if name in found else ""
                found[name] = before + cleaned(value)
        return found

    @property
    def back(self) -> str:
        """The page of ours that the form stood on, to go back to."""
        to = self.text("back") or "/"
        ours = to.startswith("/") and to[1:2] not in ("/", "\\") and to.isprintable()
        return to if ours else "/"


async def fields_of(request: Request) -> FormData:
    """The fields of a form, as they came."""
    return await request.form(max_fields=FIELDS_MAX, max_files=0)


async def checked(request: Request) -> Form:
    """The form of a request. HTTPException 403 unless it carries this session's token."""
    fields = await fields_of(request)
    token = fields.get("form_token")
    mine = session_of(request).form_token
    if not isinstance(token, str) or not secrets.compare_digest(token.encode(), mine.encode()):
        raise HTTPException(403)
    return Form(fields)


def command(kind: str, **said: Any) -> AnyCommand:
    """The command of that kind; what is None was not said. Raises Malformed."""
    told = {name: value for name, value in said.items() if value is not None}
    return fitting.command({"kind": kind, **told})


Checked = Annotated[Form, Depends(checked)]
"""A parameter of every route that changes something."""
