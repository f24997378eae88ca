"""One message to an address of somebody else's, and nowhere else.

Whoever sets an endpoint must not reach what only this machine can reach. So the name is resolved
here, every address it stands for is looked at, and the connection goes to one that was looked at,
while the certificate is still held against the name. Nothing is redirected, no proxy of the
environment is asked, and of the answer no more is read than is shown.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit

import httpcore

from domain.webhooks import Address, may_call

CONNECT_S: Final = 5.0
WHOLE_S: Final = 15.0
"""How long connecting, and all of it, may take."""

READ_MAX: Final = 16 * 1024
"""Bytes of an answer that are read."""

SHOWN_MAX: Final = 200
"""Characters of an answer that are kept."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a message: the status it was answered with, or why there was none.

    `excerpt` is how the answer begins, in printable characters.
    """

    ms: int
    status: int | None = None
    problem: str | None = None
    excerpt: str = ""

    @property
    def taken(self) -> bool:
        """Whether the other side took it: any status from 200 to 299."""
        return self.status is not None and 200 <= self.status < 300


Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a name, as text. Raises OSError for a name that has none."""


async def resolved(host: str, port: int) -> Sequence[str]:
    """The addresses that this machine knows for a name."""
    asked = asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    async with asyncio.timeout(CONNECT_S):
        found = await asked
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class NotCalled(Exception):
    """Nothing was sent; `why` may be shown."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Poster:
    """Sends messages. `loopback` lets them go to this machine too, for trying out."""

    loopback: bool = False
    resolve: Resolve = resolved
    trust: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send it once. Never raises for what the other side does."""
        began = monotonic()
        status, problem, excerpt = None, None, ""
        try:
            async with asyncio.timeout(WHOLE_S):
                status, excerpt = await self._sent(url, headers, body)
        except NotCalled as no:
            problem = no.why
        except (TimeoutError, httpcore.TimeoutException):
            problem = "no answer in time"
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError, ssl.SSLError) as error:
            problem = _why(error)
        ms = round((monotonic() - began) * 1000)
        return Answer(ms=ms, status=status, problem=problem, excerpt=excerpt)

    async def _sent(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        pinned = await self._address(host, port, plain=parts.scheme != "https")
        pool = httpcore.AsyncConnectionPool(
            ssl_context=self.trust, max_connections=1, retries=0, network_backend=_Pinned(pinned)
        )
        async with pool:
            timeouts = {"connect": CONNECT_S, "read": WHOLE_S, "write": WHOLE_S, "pool": CONNECT_S}
            wanted = {
                "Host": parts.netloc,
                "Content-Length": str(len(body)),
                "Accept-Encoding": "identity",
                "Connection": "close",
                **headers,
            }
            told = [(name.encode(), value.encode()) for name, value in wanted.items()]
            extensions = {"timeout": timeouts}
            async with pool.stream(
                "POST", url, headers=told, content=body, extensions=extensions
            ) as response:
                return response.status, _printable(await _read(response))

    async def _address(self, host: str, port: int, *, plain: bool) -> str:
        """The one address that is called. Raises NotCalled unless every one may be."""
        try:
            found = [_parsed(one) for one in await self.resolve(host, port)]
        except (OSError, UnicodeError, TimeoutError):
            raise NotCalled("the name has no address") from None
        if not found:
            raise NotCalled("the name has no address")
        if not all(may_call(one, loopback=self.loopback) for one in found):
            raise NotCalled("the name leads to an address that is not public")
        if plain and not all(one.is_loopback for one in found):
            raise NotCalled("plain http goes to this machine alone")
        return str(found[0])


class _Pinned(httpcore.AsyncNetworkBackend):
    """Connects to the one address that was looked at, whatever it is asked for."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.way = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  (the library's own name)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the pinned address."""
        return await self.way.connect_tcp(self.address, port, timeout=timeout)

    async def connect_unix_socket(self, *asked: Any, **more: Any) -> httpcore.AsyncNetworkStream:
        """Refused."""
        raise NotCalled("a socket of this machine is nobody's endpoint")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


def _parsed(text: str) -> Address:
    return ip_address(text)


async def _read(response: httpcore.Response) -> bytes:
    read = b""
    async for chunk in response.aiter_stream():
        read += chunk
        if len(read) >= READ_MAX:
            break
    return read[:READ_MAX]


def _printable(body: bytes) -> str:
    text = " ".join(body.decode("utf-8", "replace").split())
    return "".join(one for one in text if one.isprintable())[:SHOWN_MAX]


def _why(error: Exception) -> str:
    """What went wrong on the way, in words of ours: the library's may quote anything."""
    causes = [error, error.__cause__, error.__context__]
    if any(isinstance(one, ssl.SSLCertVerificationError) for one in causes):
        return "its certificate does not hold"
    if any(isinstance(one, ssl.SSLError) for one in causes):
        return "no TLS connection"
    if isinstance(error, httpcore.ConnectError | OSError):
        return "no connection"
    if isinstance(error, httpcore.ProtocolError):
        return "what it answered is no HTTP"
    return "the connection broke"
