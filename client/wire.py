"""How a call goes over the wire: once only, tried again where that is safe, and told plainly."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote
from uuid import uuid4

import httpx

PREFIX: Final = "/api/v1"
TRIES: Final = 4
PATIENCE_S: Final = 60.0
"""Longer than the longest wait of the event feed."""

_TOO_MANY: Final = 429
_DOWN: Final = 503
_UNSAID_S: Final = 1.0

File = tuple[str, bytes]
"""An upload: the name of the file, and what is in it."""


class Problem(Exception):
    """The API says no. `document` is the whole problem document (RFC 9457)."""

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {document.get('title', '')}: {document.get('detail', '')}")
        self.status = status
        self.document = dict(document)

    @property
    def kind(self) -> str:
        """The last word of its type: `refused`, `not-found`, `malformed` …"""
        return str(self.document.get("type", "")).rpartition("#")[2]

    @property
    def code(self) -> str | None:
        """A refusal's own stable name."""
        return self.document.get("code")


class NotYet(Exception):
    """Accepted and not yet recorded: ask `show_command(command_id)` later."""

    def __init__(self, command_id: str, deal_id: str) -> None:
        super().__init__(f"accepted, not yet recorded: {command_id}")
        self.command_id = command_id
        self.deal_id = deal_id


class Unanswered(Exception):
    """No answer came. Nothing is known; the same Idempotency-Key may be asked again."""


class Wire:
    """A connection to one house.

    `http` may be given to bring one's own transport, proxies or certificates; whoever gives
    one closes it.
    """

    def __init__(
        self, address: str, key: str | None = None, *, http: httpx.AsyncClient | None = None
    ) -> None:
        self._own = http is None
        self._http = http or httpx.AsyncClient(timeout=PATIENCE_S)
        self._address = address.rstrip("/")
        self._key = key

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of the connections."""
        if self._own:
            await self._http.aclose()

    async def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        files: Mapping[str, File | None] | None = None,
        form: Mapping[str, str | None] | None = None,
        idempotency_key: str | None = None,
        keyed: bool = False,
        if_match: int | None = None,
        if_none_match: int | None = None,
    ) -> Any:
        """What was answered; None for 304. Raises Problem, NotYet, Unanswered.

        What changes something and may be repeated gets a key of its own, so that trying again
        is safe: after 503 as long as Retry-After says, and after a broken connection. After 429
        nothing was begun, so everything is tried again.
        """
        if keyed:
            idempotency_key = idempotency_key or uuid4().hex
        headers = {
            "authorization": f"Bearer {self._key}" if self._key else None,
            "idempotency-key": idempotency_key,
            "if-match": f'"{if_match}"' if if_match is not None else None,
            "if-none-match": f'"{if_none_match}"' if if_none_match is not None else None,
        }
        request: dict[str, Any] = {
            "params": {name: _text(value) for name, value in _said(query).items()},
            "headers": _said(headers),
        }
        if body is not None:
            request["json"] = body
        if files is not None:
            request |= {"files": _said(files), "data": _said(form)}
        return await self._answered(method, path, request, keyed or method == "GET")

    async def _answered(
        self, method: str, path: str, request: Mapping[str, Any], safe: bool
    ) -> Any:
        for left in reversed(range(TRIES)):
            try:
                answer = await self._http.request(
                    method, f"{self._address}{PREFIX}{path}", **request
                )
            except httpx.TransportError as error:
                if not left or not safe:
                    raise Unanswered(f"{method} {path}: {error!r}") from error
                await asyncio.sleep(0.2)
                continue
            later = answer.status_code == _TOO_MANY or (answer.status_code == _DOWN and safe)
            if later and left:
                await asyncio.sleep(wait_s(answer.headers.get("retry-after"), datetime.now(UTC)))
                continue
            return _told(answer)
        raise AssertionError("every try ends above")


def wait_s(said: str | None, now: datetime) -> float:
    """How long to wait as a header Retry-After says, in seconds or by a date; a minute at most."""
    said = said or ""
    if said.isdecimal():
        return min(float(said), PATIENCE_S)
    try:
        seconds = (parsedate_to_datetime(said) - now).total_seconds()
    except (TypeError, ValueError):
        seconds = _UNSAID_S
    return min(max(seconds, 0.0), PATIENCE_S)


def segment(text: str) -> str:
    """An id as a piece of a path."""
    return quote(text, safe="")


def _told(answer: httpx.Response) -> Any:
    if answer.status_code == 304:
        return None
    try:
        told = answer.json()
    except ValueError:
        told = {"title": answer.reason_phrase, "detail": answer.text[:200]}
    if answer.status_code == 202:
        raise NotYet(told["command_id"], told["deal_id"])
    if answer.is_error:
        raise Problem(answer.status_code, told)
    return told


def _said(given: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (given or {}).items() if value is not None}


def _text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value
