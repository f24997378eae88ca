"""A mail as its reader sees it, in a frame that runs nothing, loads nothing and goes nowhere."""

from typing import Final

from markupsafe import escape
from starlette.responses import HTMLResponse

_POLICY: Final = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


def framed(html: str | None, text: str | None) -> HTMLResponse:
    """The HTML part of a mail, or its text where there is none."""
    if html is None:
        said = text if text is not None else "This mail is not written yet, or was erased."
        html = f'<!doctype html><meta charset="utf-8"><title>Mail</title><pre>{escape(said)}</pre>'
    return HTMLResponse(html, headers={"content-security-policy": _POLICY})
