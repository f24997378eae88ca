"""The wall round the console: nobody in without the link, nothing in from another site."""

from typing import Final
from urllib.parse import quote, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.pages import Pages
from console.sessions import Sessions
from operations.inbound.hooks import BODY_MAX as BROUGHT_MAX

OPEN_FOLDERS: Final = ("/u/", "/l/", "/hooks/")
"""What needs no link: the way out that stands in every mail, the links of tracked mails, and mail
that programs bring, which show by a secret who they are."""

OPEN_ROUTES: Final = ("/healthz", "/readyz")
"""And the two questions of a probe."""

BODY_MAX: Final = 64 * 1024
"""No form of ours is longer, in bytes."""

_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

SAFE_HEADERS: Final = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    # "no-referrer" would make browsers say "Origin: null" with our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "cache-control": "no-store",
}


class TooLong(Exception):
    """A body is longer than it may be."""


class Wall:
    """Lets in who has a session, begins one for who has the link, and adds the safe headers."""

    def __init__(self, app: ASGIApp, *, sessions: Sessions, pages: Pages) -> None:
        self.app = app
        self.sessions = sessions
        self.pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        request = Request(scope)
        answer = self._turned_away(request)
        app = self.app if answer is None else answer
        try:
            most = BROUGHT_MAX if request.url.path.startswith("/hooks/") else BODY_MAX
            await app(scope, _measured(receive, most), _headed(send))
        except TooLong:
            too_long = HTMLResponse(self.pages.plain("too_long.html"), 413)
            await too_long(scope, receive, _headed(send))

    def _turned_away(self, request: Request) -> Response | None:
        """The answer to who may not pass; None lets pass."""
        path = request.url.path
        if path.startswith(OPEN_FOLDERS) or path in OPEN_ROUTES:
            return None
        key = request.query_params.get("key")
        if key is not None and request.method == "GET":
            return self._welcome(request, key)
        session = self.sessions.find(request.cookies.get(cookie_name(request)))
        if session is None:
            return HTMLResponse(self.pages.plain("no_link.html"), 401)
        if request.method not in ("GET", "HEAD") and not is_from_us(request):
            return HTMLResponse(self.pages.plain("not_from_here.html"), 403)
        request.scope.setdefault("state", {}).update(session=session, caller=session.caller)
        return None

    def _welcome(self, request: Request, key: str) -> Response:
        """A cookie and the address without the key, which then stands in no history."""
        session_id = self.sessions.begin(key)
        if session_id is None:
            return HTMLResponse(self.pages.plain("no_link.html"), 401)
        # One slash: "//elsewhere" would lead to another site.
        answer = RedirectResponse("/" + quote(request.url.path.lstrip("/\\")), 303)
        answer.set_cookie(
            cookie_name(request),
            session_id,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return answer


def cookie_name(request: Request) -> str:
    """The cookie's name. Browsers share cookies between the ports of a host; we do not."""
    return f"sluice_{request.url.port or 'session'}"


def is_from_us(request: Request) -> bool:
    """Whether a page of this very site sent the request, as the browser says."""
    said = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if said is not None and said != "same-origin":
        return False
    if origin is None:
        return said is not None
    return urlsplit(origin).netloc == request.headers.get("host")


def _measured(receive: Receive, most: int) -> Receive:
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise TooLong
        return message

    return counted


def _headed(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SAFE_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return with_headers
