"""A program that receives webhooks on loopback, answers as a test says, and checks signatures."""

import asyncio
import base64
import hashlib
import hmac
import json
import ssl
from dataclasses import dataclass, field
from typing import Any

from tests.support.shutting import shut


@dataclass(frozen=True)
class Received:
    """One message as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def its_id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found

    def signed_by(self, secret: str) -> bool:
        """Whether one of its signatures was made with `whsec_…`, as Standard Webhooks say."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{self.its_id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return f"v1,{right}" in self.headers["webhook-signature"].split()


@dataclass
class Receiver:
    """Answers with the next of `answers` (a status, or the very bytes), then with 204."""

    tls: ssl.SSLContext | None = None
    answers: list[int | bytes] = field(default_factory=list)
    messages: list[Received] = field(default_factory=list)
    port: int = 0
    pause: asyncio.Event | None = None
    _server: asyncio.Server | None = None
    _came: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        scheme = "https" if self.tls else "http"
        return f"{scheme}://127.0.0.1:{self.port}/hooks"

    @property
    def ids(self) -> list[str]:
        return [one.its_id for one in self.messages]

    async def arrived(self, count: int, within: float = 30.0) -> list[Received]:
        """The messages, once there are so many."""
        async with asyncio.timeout(within), self._came:
            await self._came.wait_for(lambda: len(self.messages) >= count)
        return self.messages

    async def __aenter__(self) -> "Receiver":
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        await shut(self._server)
        await self._server.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._one(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.split("\r\n")
        said = (line.split(": ", 1) for line in lines if ": " in line)
        headers = {name.lower(): value for name, value in said}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        async with self._came:
            self.messages.append(Received(first.split()[1], headers, body))
            self._came.notify_all()
        if self.pause is not None:
            await self.pause.wait()
        answer = self.answers.pop(0) if self.answers else 204
        if isinstance(answer, int):
            answer = f"HTTP/1.1 {answer} Said\r\nContent-Length: 0\r\n\r\n".encode()
        writer.write(answer)
        await writer.drain()
