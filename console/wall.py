"""The wall round the console: who comes in, by which door, and nothing in from another site."""

import asyncio
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.access import Caller
from console.api import IMPORT_MAX, JSON_MAX, PREFIX
from console.api.problems import asks_the_api, document, made
from console.pace import Pace
from console.pages import Pages
from console.sessions import Session, Sessions
from domain.access import Permission
from operations.access import keys
from operations.access.masking import masking
from operations.house import EngineUnreachable, House
from operations.inbound.hooks import BODY_MAX as BROUGHT_MAX

OPEN_FOLDERS: Final = ("/u/", "/l/", "/hooks/", "/invite/")
"""What needs no session: the way out that stands in every mail, the links of tracked mails, mail
that programs bring, which show by a secret who they are, and the invites of people."""

PROBES: Final = ("/healthz", "/readyz")
"""The two questions of a probe, which may call the console by any name."""

OPEN_ROUTES: Final = (*PROBES, "/signin")
"""And the page where people sign in."""

API: Final = "/api/"
"""Where programs ask, with a key; they are answered in JSON."""

METRICS: Final = "/metrics"
"""Where a monitoring program asks, with a key as well."""

OWN_NAMES: Final = ("127.0.0.1", "localhost", "::1")
"""How this machine calls itself; other names have to be set."""

BODY_MAX: Final = 64 * 1024
"""No form of ours is longer, in bytes."""

TEXT_MAX: Final = 1024 * 1024
"""Where texts are edited, in bytes as a form writes them: up to nine for a letter."""

WRITTEN: Final = ("/playbooks/", "/new-playbook/", "/templates/")

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
    """Finds out who asks, turns away who may not come in, and adds the safe headers.

    `hosts` are the names under which the console may be asked, besides those of this machine: a
    page of another site that had its name point here would otherwise be taken for one of ours.
    `metrics_open` lets programs of this machine read the figures without a key.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        house: House,
        sessions: Sessions,
        pages: Pages,
        hosts: tuple[str, ...] = (),
        metrics_open: bool = False,
    ) -> None:
        self.app = app
        self.metrics_open = metrics_open
        self.house = house
        self.sessions = sessions
        self.pages = pages
        self.hosts = frozenset(name.lower() for name in (*OWN_NAMES, *hosts))
        self.pace = Pace()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        request = Request(scope)
        try:
            answer = await self._turned_away(request)
        except EngineUnreachable as down:
            answer = self._out_of_reach(request, down)
        app = self.app if answer is None else answer
        try:
            with masking(wants_masking(request)):
                await app(scope, _measured(receive, _most(request)), _headed(send))
        except TooLong:
            too_long = self._too_long(request)
            await too_long(scope, receive, _headed(send))

    def _too_long(self, request: Request) -> Response:
        if asks_the_api(request):
            told = f"the body is longer than {_most(request):,} bytes; send less at once"
            return problem(request, "too-long", told)
        return HTMLResponse(self.pages.render("too_long.html"), 413)

    async def _turned_away(self, request: Request) -> Response | None:
        """The answer to who may not pass; None lets pass. Raises EngineUnreachable."""
        path = request.url.path
        if path not in PROBES and host_of(request) not in self.hosts:
            if path.startswith(API):
                told = "nothing is served under this name; ask under one that SLUICE_HOSTS has"
                return problem(request, "wrong-host", told)
            return HTMLResponse(self.pages.render("not_served.html"), 421)
        if path.startswith(OPEN_FOLDERS) or path in OPEN_ROUTES:
            return None
        if (path.startswith(API) or path == METRICS) and "authorization" in request.headers:
            return await self._by_key(request)
        if path == METRICS and self.metrics_open and _is_on_this_machine(request):
            _admit(request, Caller("metrics", frozenset({Permission.MEASURE})))
            return None
        key = request.query_params.get("key")
        if key is not None and request.method == "GET" and not path.startswith(API):
            return self._welcome(request, key)
        session_id = request.cookies.get(cookie_name(request))
        session = await asyncio.to_thread(self.sessions.find, session_id)
        if session is None:
            return self._stranger(request)
        if request.method not in ("GET", "HEAD") and not is_from_us(request):
            if path.startswith(API):
                return problem(request, "forbidden", "a session changes things from our pages only")
            return HTMLResponse(self.pages.render("not_from_here.html"), 403)
        _admit(request, session.caller, session)
        return None

    async def _by_key(self, request: Request) -> Response | None:
        scheme, _, presented = request.headers["authorization"].partition(" ")
        found = None
        if scheme.lower() == "bearer":
            found = await asyncio.to_thread(keys.holder, self.house, presented.strip())
        if found is None:
            return problem(request, "no-access", "this key is unknown, revoked or over", BEARER)
        wait = self.pace.wait_s(found.key_id, found.per_minute)
        if wait:
            told = f"this key may ask {found.per_minute} times a minute"
            return problem(request, "too-many", told, {"retry-after": str(wait)})
        _admit(request, Caller(found.actor, found.permissions, key_id=found.key_id))
        return None

    def _stranger(self, request: Request) -> Response:
        """What is said to who has no session: where one comes in."""
        path = request.url.path
        if path.startswith(API):
            told = "send a key: Authorization: Bearer sluice_…; an admin makes them"
            return problem(request, "no-access", told, BEARER)
        # Told within a page that goes on standing there, with what somebody typed.
        beside = "hx-request" in request.headers
        if self.sessions.has_link:
            return HTMLResponse(self.pages.render("no_link.html", beside=beside), 401)
        if request.method == "GET" and not beside:
            back = f"{path}?{request.url.query}" if request.url.query else path
            return RedirectResponse(f"/signin?{urlencode({'back': back})}", 303)
        return HTMLResponse(self.pages.render("signed_out.html", beside=beside), 401)

    def _out_of_reach(self, request: Request, down: EngineUnreachable) -> Response:
        text = f"Nothing was changed: {down.engine} cannot be reached ({down.reason})."
        if request.url.path.startswith(API):
            return problem(request, "out-of-reach", text, {"retry-after": "10"})
        again = request.url.path if request.method == "GET" else None
        told = {"title": "Out of reach", "text": text, "again": again}
        return HTMLResponse(self.pages.render("fault.html", **told), 503)

    def _welcome(self, request: Request, key: str) -> Response:
        """A cookie and the address without the key, which then stands in no history."""
        session_id = self.sessions.begin(key)
        if session_id is None:
            return self._stranger(request)
        # One slash: "//elsewhere" would lead to another site.
        onward = "/" + quote(request.url.path.lstrip("/\\"))
        rest = [pair for pair in request.query_params.multi_items() if pair[0] != "key"]
        answer = RedirectResponse(f"{onward}?{urlencode(rest)}" if rest else onward, 303)
        give_cookie(request, answer, session_id, self.house.config.public_url)
        return answer


BEARER: Final = {"www-authenticate": 'Bearer realm="sluice"'}


def wants_masking(request: Request) -> bool:
    """Whether who asks may not read personal data; on open routes nobody may."""
    caller: Caller | None = request.scope.get("state", {}).get("caller")
    return caller is None or not caller.may(Permission.READ_PERSONAL)


def _is_on_this_machine(request: Request) -> bool:
    """Whether who asks runs here, and asks for itself: a proxy asks for others."""
    forwarded = {"forwarded", "x-forwarded-for", "x-real-ip"} & set(request.headers.keys())
    client = request.client.host if request.client else ""
    return not forwarded and client in OWN_NAMES


def _admit(request: Request, caller: Caller, session: Session | None = None) -> None:
    request.scope.setdefault("state", {}).update(caller=caller, session=session)


def problem(
    request: Request, word: str, detail: str, headers: dict[str, str] | None = None
) -> Response:
    """The wall's own answer to a program (RFC 9457)."""
    return document(made(word, detail, request.url.path), headers)


def give_cookie(request: Request, answer: Response, session_id: str, public_url: str) -> None:
    """Have the browser keep a session until it is closed, out of reach of scripts.

    Under the public name it goes over TLS alone if that is how the name is reached: a proxy may
    have taken the TLS off, and what it says of that is believed from this machine only.
    """
    public = urlsplit(public_url)
    behind_tls = public.scheme == "https" and host_of(request) == public.hostname
    answer.set_cookie(
        cookie_name(request),
        session_id,
        httponly=True,
        samesite="lax",
        secure=behind_tls or request.url.scheme == "https",
    )


def host_of(request: Request) -> str:
    """The name by which the console was asked, without the port."""
    said = request.headers.get("host", "").lower()
    if said.startswith("["):
        return said[1:].partition("]")[0]
    return said.partition(":")[0]


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


def _most(request: Request) -> int:
    """How long the body of a request may be, in bytes."""
    path = request.url.path
    if path.startswith("/hooks/"):
        return BROUGHT_MAX
    if path.startswith(f"{PREFIX}/imports/"):
        return IMPORT_MAX
    if path.startswith(WRITTEN):
        return TEXT_MAX
    return JSON_MAX if asks_the_api(request) else BODY_MAX


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
