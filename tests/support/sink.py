"""A real SMTP server on loopback whose behaviour at every stage a test can script.

    async with Sink() as sink:
        sink.script("rcpt", reply("550 5.1.1 no such user"))
        ...
        assert [mail.recipient for mail in sink.messages] == []

Stages: connect, ehlo, starttls, mail, rcpt, data (the word DATA), body (while it is read),
dot (the reply to the final dot), rset, quit. A message counts as accepted when it is in
`messages`, and in the log file, flushed to disk, before its 250 leaves. Ruder ways to behave
are in `tests/support/misbehaviour.py`.
"""

import asyncio
import json
import os
import ssl
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from types import TracebackType

from tests.support.shutting import shut


class Dropped(Exception):
    """The script closes the connection here."""


@dataclass(frozen=True)
class Caught:
    """One message that the sink took, with its envelope."""

    sender: str
    recipient: str
    raw: bytes

    @property
    def parsed(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=default)

    @property
    def message_id(self) -> str:
        return str(self.parsed["Message-ID"])


@dataclass
class Hold:
    """A stage that waits: `reached` is set when a client is there, `release` lets it go on."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    release: asyncio.Event = field(default_factory=asyncio.Event)


# An action may answer (a line or several), do nothing (None: the usual answer) or drop.
Action = Callable[["Visit"], Awaitable[str | bytes | None]]


def reply(line: str) -> Action:
    """Answer with this line instead of the usual one."""

    async def act(visit: "Visit") -> str:
        return line

    return act


async def drop(visit: "Visit") -> None:
    """Close the connection without an answer."""
    raise Dropped


async def hang(visit: "Visit") -> None:
    """Never answer."""
    await asyncio.Event().wait()


async def garbage(visit: "Visit") -> bytes:
    """Answer with what is no SMTP reply."""
    return b"\xff\xfe hello there\r\n"


async def accept_then_drop(visit: "Visit") -> None:
    """At `dot`: take the message for good, then close before the 250."""
    visit.take()
    await visit.sink.told()
    raise Dropped


async def accept_then_hang(visit: "Visit") -> None:
    """At `dot`: take the message for good and never say so."""
    visit.take()
    await visit.sink.told()
    await asyncio.Event().wait()


async def accept_then_garbage(visit: "Visit") -> bytes:
    """At `dot`: take the message for good and answer with nonsense."""
    visit.take()
    await visit.sink.told()
    return b"what?\r\n"


def slow(seconds: float) -> Action:
    """Answer as usual, but late."""

    async def act(visit: "Visit") -> None:
        await asyncio.sleep(seconds)

    return act


def held(hold: Hold) -> Action:
    """Answer as usual once the test releases the hold."""

    async def act(visit: "Visit") -> None:
        hold.reached.set()
        await hold.release.wait()

    return act


class Sink:
    """The server. `port` is known inside the context; `commands` is every line it was told."""

    def __init__(
        self,
        log: Path | None = None,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        implicit_tls: bool = False,
        features: tuple[str, ...] = ("8BITMIME", "SIZE 10000000"),
    ) -> None:
        self.log = log
        self.port = port
        self.tls = tls
        self.implicit_tls = implicit_tls
        self.features = features
        self.messages: list[Caught] = []
        self.commands: list[str] = []
        self.connections = 0
        self.begun = 0  # messages of which at least one line was read
        self._scripts: dict[str, deque[Action]] = defaultdict(deque)
        self._always: dict[str, Action] = {}
        self._visits: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._closed = False
        self._arrived = asyncio.Condition()

    @property
    def url(self) -> str:
        return f"{'smtps' if self.implicit_tls else 'smtp'}://127.0.0.1:{self.port}"

    def script(self, stage: str, action: Action, times: int | None = 1) -> None:
        """Do this at the next `times` visits of the stage; None: at every one."""
        if times is None:
            self._always[stage] = action
        else:
            self._scripts[stage].extend([action] * times)

    def hold(self, stage: str) -> Hold:
        """Stop the next client at this stage until the test releases it."""
        hold = Hold()
        self.script(stage, held(hold))
        return hold

    def clear(self) -> None:
        """Behave well again."""
        self._scripts.clear()
        self._always.clear()

    def next_action(self, stage: str) -> Action | None:
        queue = self._scripts.get(stage)
        return queue.popleft() if queue else self._always.get(stage)

    def take(self, caught: Caught) -> None:
        """Take responsibility: on disk first, then in memory."""
        if self.log is not None:
            line = json.dumps(
                {
                    **asdict(caught),
                    "raw": caught.raw.decode("latin-1"),
                    "message_id": caught.message_id,
                }
            )
            with self.log.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
                file.flush()
                os.fsync(file.fileno())
        self.messages.append(caught)

    async def arrived(self, count: int, within: float = 10.0) -> list[Caught]:
        """The messages, once there are at least `count`."""
        async with asyncio.timeout(within), self._arrived:
            await self._arrived.wait_for(lambda: len(self.messages) >= count)
        return self.messages

    async def told(self) -> None:
        async with self._arrived:
            self._arrived.notify_all()

    async def __aenter__(self) -> "Sink":
        self._server = await asyncio.start_server(
            self._visit,
            "127.0.0.1",
            self.port,
            ssl=self.tls if self.implicit_tls else None,
            limit=1 << 20,
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._closed = True
        await shut(self._server)
        await self.disconnect_all()
        await self._server.wait_closed()

    async def disconnect_all(self) -> None:
        """Break every open connection, as a relay that restarts does."""
        visits = list(self._visits)
        for visit in visits:
            visit.cancel()
        await asyncio.gather(*visits, return_exceptions=True)

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if self._closed:  # accepted while it closed
            writer.transport.abort()
            return
        self._visits.add(task)
        self.connections += 1
        try:
            await Visit(self, reader, writer).run()
        except (Dropped, OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._visits.discard(task)
            writer.transport.abort()


class Visit:
    """One client's connection."""

    def __init__(
        self, sink: Sink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.sink = sink
        self.reader = reader
        self.writer = writer
        self.sender: str | None = None
        self.recipients: list[str] = []
        self.body = b""
        self.secure = sink.implicit_tls

    async def run(self) -> None:
        await self.answer("connect", "220 sink ESMTP")
        while line := await self.reader.readline():
            command = line.decode("latin-1").rstrip("\r\n")
            self.sink.commands.append(command)
            verb = command.split(" ")[0].upper()
            if verb == "QUIT":
                await self.answer("quit", "221 bye")
                return
            await self._obey(verb, command)

    async def answer(self, stage: str, usual: str) -> bool:
        """Answer as scripted or as usual; True when the answer lets the client go on."""
        action = self.sink.next_action(stage)
        said = await action(self) if action else None
        line = usual if said is None else said
        data = line if isinstance(line, bytes) else line.encode() + b"\r\n"
        self.writer.write(data)
        await self.writer.drain()
        return data[:1] in b"23"

    def take(self) -> None:
        assert self.sender is not None
        for recipient in self.recipients:
            self.sink.take(Caught(self.sender, recipient, self.body))

    async def _obey(self, verb: str, command: str) -> None:
        if verb in {"EHLO", "HELO"}:
            await self.answer("ehlo", self._features())
        elif verb == "STARTTLS" and self.sink.tls is not None:
            await self._secure()
        elif verb == "MAIL":
            if await self.answer("mail", "250 2.1.0 ok"):
                self.sender, self.recipients = _path(command), []
        elif verb == "RCPT":
            if await self.answer("rcpt", "250 2.1.5 ok"):
                self.recipients.append(_path(command))
        elif verb == "DATA":
            await self._data()
        elif verb == "RSET":
            self.sender, self.recipients = None, []
            await self.answer("rset", "250 2.0.0 ok")
        elif verb == "NOOP":
            await self.answer("noop", "250 2.0.0 ok")
        elif verb == "AUTH":
            await self.answer("auth", "235 2.7.0 welcome")
        else:
            await self.answer("other", "502 5.5.1 unknown")

    async def _data(self) -> None:
        if not self.recipients:
            await self.answer("data", "503 5.5.1 no recipient")
            return
        if not await self.answer("data", "354 go on"):
            return
        lines: list[bytes] = []
        reading = self.sink.next_action("body")
        while (line := await self.reader.readline()) != b".\r\n":
            if not line:
                raise Dropped
            self.sink.begun += not lines
            lines.append(line[1:] if line.startswith(b".") else line)
            if reading is not None:
                await reading(self)
        self.body = b"".join(lines)
        action = self.sink.next_action("dot")
        said = await action(self) if action else None
        if said is None:
            self.take()
            said = "250 2.0.0 taken"
        self.writer.write(said if isinstance(said, bytes) else said.encode() + b"\r\n")
        await self.writer.drain()
        self.sender, self.recipients = None, []
        await self.sink.told()

    async def _secure(self) -> None:
        if not await self.answer("starttls", "220 2.0.0 go on"):
            return
        assert self.sink.tls is not None
        await self.writer.start_tls(self.sink.tls)
        self.secure = True

    def _features(self) -> str:
        features = ["sink", *self.sink.features]
        if self.sink.tls is not None and not self.secure:
            features.append("STARTTLS")
        return "\r\n".join(
            f"250{'-' if number < len(features) else ' '}{feature}"
            for number, feature in enumerate(features, 1)
        )


def _path(command: str) -> str:
    return command.partition("<")[2].partition(">")[0]
