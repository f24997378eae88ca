"""Handing a message to the relay stage by stage, over connections that are kept open.

The caller commits `data` in the send ledger between `envelope` and `data`, so the two are apart:

    async with pool.talk() as talk:
        outcome = await talk.envelope(sender, recipient)    # None: the relay is ready
        if outcome is None:
            ...                                             # the point of no return is recorded
            outcome = await talk.data(payload)

aiosmtplib raises one and the same error for a line that broke before the message and after it.
The final dot is therefore written apart from the message: until it is handed to the socket the
relay cannot have taken the mail, and a failure is a safe `TryLater`; from then on it is `InDoubt`.
"""

import asyncio
import os
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import TracebackType

from aiosmtplib import (
    SMTP,
    SMTPConnectError,
    SMTPConnectTimeoutError,
    SMTPException,
    SMTPResponse,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)
from aiosmtplib.protocol import SMTPProtocol

from mail.address import normalise
from mail.outcome import Accepted, InDoubt, Outcome, Rejected, TryLater, refusal, short
from mail.relay import ANSWER_WITHIN, Relay

TAKEN_WITHIN = 600.0  # seconds for the reply to the final dot (RFC 5321 section 4.5.3.2.6)
TIDIED_WITHIN = 2.0  # seconds for RSET and QUIT: what is known by then must not wait for them
IDLE_AT_MOST = 60.0  # seconds; an older idle connection is replaced rather than trusted

_LINE_END = re.compile(rb"\r\n|\r|\n")
_LEADING_DOT = re.compile(rb"(?m)^\.")
_BROKEN = (SMTPException, OSError, asyncio.TimeoutError)


def _unwatched(point: str) -> None:
    """Nobody wants to know how far a talk has come."""


class Pool:
    """At most `size` connections to one relay; more talks wait for their turn.

    `passing` is told the name of a point before each command of SMTP.
    """

    def __init__(
        self,
        smtp_url: str,
        *,
        size: int = 4,
        answer_within: float = ANSWER_WITHIN,
        taken_within: float = TAKEN_WITHIN,
        context: ssl.SSLContext | None = None,
        passing: Callable[[str], None] = _unwatched,
    ) -> None:
        self.relay = Relay.at(smtp_url)
        self.passing = passing
        self.answer_within = answer_within
        self.taken_within = taken_within
        self._context = context
        if context is None and not self.relay.plain:
            self._context = ssl.create_default_context()
        self._closed = False
        self._places = asyncio.Semaphore(size)
        self._idle: list[tuple[SMTP, float]] = []

    @asynccontextmanager
    async def talk(self) -> AsyncIterator["Talk"]:
        """One conversation about one message; its connection goes back to the pool if sound."""
        async with self._places:
            talk = Talk(self)
            try:
                yield talk
            except BaseException:
                talk.hang_up()
                raise
            await self._keep(talk)

    async def __aenter__(self) -> "Pool":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Say goodbye on every idle connection; one in use is closed when its talk ends."""
        self._closed = True
        while self._idle:
            client, _ = self._idle.pop()
            try:
                await client.quit(timeout=TIDIED_WITHIN)
            except _BROKEN:
                client.close()

    def idle_client(self) -> SMTP | None:
        """The connection used last that still looks alive."""
        now = asyncio.get_running_loop().time()
        while self._idle:
            client, since = self._idle.pop()
            if client.is_connected and now - since < IDLE_AT_MOST:
                return client
            client.close()
        return None

    async def new_client(self) -> SMTP:
        client = self.relay.client(self._context, self.answer_within)
        try:
            self.passing("smtp.before_connect")
            await client.connect()
            _refuse_unasked(client)
            if client.is_ehlo_or_helo_needed:
                self.passing("smtp.before_ehlo")
                await client.ehlo()
                _refuse_unasked(client)
        except BaseException:
            client.close()
            raise
        return client

    async def _keep(self, talk: "Talk") -> None:
        client = await talk.release()
        if client is not None and self._closed:
            client.close()
        elif client is not None:
            self._idle.append((client, asyncio.get_running_loop().time()))


class Talk:
    """One envelope and, perhaps, its message. Outcomes are values; only misuse raises."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._client: SMTP | None = None
        self._used = False  # the relay holds an envelope that RSET must clear
        self._ready = False  # the relay waits for the message

    async def envelope(self, sender: str, recipient: str) -> Rejected | TryLater | None:
        """MAIL and RCPT. None: the relay waits for the message; otherwise why it does not.

        A kept connection that proves dead is replaced once, silently. Raises `Malformed` for
        an address that SMTP may not carry.
        """
        if self._used:
            raise RuntimeError("this talk has its envelope already")
        sender, recipient = normalise(sender), normalise(recipient)
        kept = self._pool.idle_client()
        if kept is not None:
            self._client = kept
            try:
                return await self._address(kept, sender, recipient)
            except _BROKEN:
                self.hang_up()
        try:
            self._client = await self._pool.new_client()
        except SMTPResponseException as error:
            return refusal("connect", error.code, error.message)
        except (*_BROKEN, ValueError, UnicodeError) as error:
            return TryLater(None, f"connect: {_why(error)}")
        try:
            return await self._address(self._client, sender, recipient)
        except SMTPResponseException as error:
            self.hang_up()
            return refusal("mail", error.code, error.message)
        except _BROKEN as error:
            self.hang_up()
            return TryLater(None, f"envelope: {_why(error)}")

    async def data(self, payload: bytes) -> Outcome:
        """Hand over the message itself. Bytes go as they are, but for line ends and dots."""
        client = self._client
        if client is None or not self._ready:
            raise RuntimeError("there is no open envelope")
        self._ready = False
        body = _LEADING_DOT.sub(b"..", _LINE_END.sub(b"\r\n", payload))
        if not body.endswith(b"\r\n"):
            body += b"\r\n"
        outcome = await self._begin(client)
        if outcome is not None:
            return outcome
        protocol = client.protocol
        self._pool.passing("smtp.before_body")
        try:
            if protocol is None:
                raise SMTPServerDisconnected("Connection lost")
            protocol._response_pending = True  # else the library drops what comes early
            protocol.write(body)
            early = await self._drained(protocol)
        except _BROKEN as error:
            self.hang_up()
            return TryLater(None, f"data: {_why(error)} before the message was complete")
        except BaseException:
            self.hang_up()
            raise
        if early is not None:
            self.hang_up()
            return refusal("dot", early.code, early.message)
        return await self._finish(protocol)

    async def release(self) -> SMTP | None:
        """The connection, made ready for the next talk, or None if it must not be used again."""
        client, self._client = self._client, None
        if client is None or not client.is_connected:
            return None
        try:
            _refuse_unasked(client)
            if self._used:
                self._pool.passing("smtp.before_rset")
                await client.rset(timeout=min(TIDIED_WITHIN, self._pool.answer_within))
                _refuse_unasked(client)
        except _BROKEN:
            client.close()
            return None
        return client

    def hang_up(self) -> None:
        """Drop the connection at once; what lies in its buffer is lost, on purpose."""
        client, self._client = self._client, None
        self._used = self._ready = False
        if client is None:
            return
        if isinstance(client.transport, asyncio.WriteTransport):
            client.transport.abort()
        client.close()

    async def _address(
        self, client: SMTP, sender: str, recipient: str
    ) -> Rejected | TryLater | None:
        """MAIL and RCPT on one connection. Raises when the line breaks or talks nonsense."""
        paths = (
            ("mail", "smtp.before_mail", b"MAIL FROM:", sender),
            ("rcpt", "smtp.before_rcpt", b"RCPT TO:", recipient),
        )
        for stage, point, verb, path in paths:
            self._pool.passing(point)
            reply = await client.execute_command(verb + b"<" + path.encode("ascii") + b">")
            _refuse_unasked(client)
            if reply.code == 421:  # the relay is leaving; a kept connection is then replaced
                raise SMTPResponseException(reply.code, reply.message)
            if reply.code not in (250, 251):
                return refusal(stage, reply.code, reply.message)
            self._used = True
        self._ready = True
        return None

    async def _begin(self, client: SMTP) -> Rejected | TryLater | None:
        """DATA; None when the relay asks for the message (354)."""
        self._pool.passing("smtp.before_data")
        try:
            reply = await client.execute_command(b"DATA")
            _refuse_unasked(client)
        except SMTPResponseException as error:
            self.hang_up()
            return refusal("data", error.code, error.message)
        except _BROKEN as error:
            self.hang_up()
            return TryLater(None, f"data: {_why(error)}")
        if reply.code == 354:
            return None
        self.hang_up()
        return refusal("data", reply.code, reply.message)

    async def _drained(self, protocol: SMTPProtocol) -> SMTPResponse | None:
        """Wait until the socket took the message, so that a dead line shows before the dot.

        Gives what the relay answers before it has all: no to a message that is too large, say.
        Without its dot a message is not taken, whatever the relay says.
        """
        deadline = asyncio.get_running_loop().time() + self._pool.answer_within
        while True:
            early = _early(protocol)
            if early is not None:
                return early
            transport = protocol.transport
            if not isinstance(transport, asyncio.WriteTransport) or transport.is_closing():
                raise SMTPServerDisconnected("Connection lost")
            if transport.get_write_buffer_size() == 0:
                return None
            if asyncio.get_running_loop().time() > deadline:
                raise SMTPTimeoutError("Timed out writing the message")
            await asyncio.sleep(0.005)  # no public call waits for an emptied buffer

    async def _finish(self, protocol: SMTPProtocol) -> Outcome:
        """The final dot and its reply. Whatever fails from here on is in doubt."""
        self._pool.passing("smtp.before_dot")
        try:
            protocol.write(b".\r\n")
        except SMTPServerDisconnected as error:  # refused before it reached the socket
            self.hang_up()
            return TryLater(None, f"data: {_why(error)} before the message was complete")
        try:
            reply = await protocol.read_response(timeout=self._pool.taken_within)
        except _BROKEN as error:
            self.hang_up()
            return InDoubt(f"dot: {_why(error)} after the whole message")
        except BaseException:
            self.hang_up()
            raise
        if 200 <= reply.code <= 299:
            self._used = False  # the transaction has ended, so nothing is left to clear
            return Accepted(short(reply.message))
        if 400 <= reply.code <= 599:
            return refusal("dot", reply.code, reply.message)
        self.hang_up()
        return InDoubt(f"dot: the reply {reply.code} {short(reply.message)} means nothing here")


def _early(protocol: SMTPProtocol) -> SMTPResponse | None:
    """The refusal that came while the message was still being written, if one did.

    Raises what broke the line meanwhile, and for a reply that is no refusal.
    """
    waiter = protocol._response_waiter
    if waiter is None or not waiter.done():
        return None
    reply = waiter.result()
    if 400 <= reply.code <= 599:
        return reply
    raise SMTPException("a reply that nobody asked for")


def _refuse_unasked(client: SMTP) -> None:
    """Raise when the relay said more than it was asked.

    The library keeps what follows a reply in the same packet and takes it for the reply to the
    next command; at the final dot that would be a mail counted as sent which was never taken.
    """
    if client.protocol is not None and client.protocol._buffer:
        raise SMTPException("a reply that nobody asked for")


def _why(error: BaseException) -> str:
    """The failure in words, without addresses of ours."""
    if isinstance(error, SMTPConnectTimeoutError):
        return "no connection in time"
    if isinstance(error, SMTPTimeoutError | asyncio.TimeoutError):
        return "no answer in time"
    if isinstance(error, SMTPResponseException):
        return f"unreadable reply {short(error.message)}"
    if isinstance(error, SMTPConnectError) and error.__cause__ is not None:
        return _why(error.__cause__)  # its own text names the relay
    if isinstance(error, ConnectionError) and error.errno:
        return os.strerror(error.errno)  # and so does asyncio's
    return short(str(error)) or type(error).__name__
