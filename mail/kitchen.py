"""Renders mails in child processes, so that no template can take the worker down.

A child that is not done in time is killed and replaced; the mail then counts as not rendered,
with the reason, and nothing else is harmed. The sandbox does not bound work, so this does.
"""

import json
import select
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from domain.refusal import NotFound
from mail.context import Context
from mail.flaws import Flaw, Flawed, RenderFailed
from mail.keeper import STARTED_WITHIN, Keeper
from mail.render import Rendered, plain
from mail.written import NOTHING, Publishing, Written, nothing

RENDERED_WITHIN = 2.0  # seconds
LARGEST_CONTEXT = 1_000_000  # bytes
SLOW = "rendering the mail takes too"
"""How the refusal begins of what took too long or too much, maybe for other work's sake."""


class Kitchen:
    """A few child processes behind one method; safe to call from any thread.

    `written` gives what was published beside the folder, and is asked before every mail.
    """

    def __init__(
        self,
        folder: Path,
        *,
        size: int = 1,
        within: float = RENDERED_WITHIN,
        keeper: Keeper | None = None,
        written: Publishing = nothing,
    ) -> None:
        self.folder = folder
        self._written = written
        self._keeper = keeper or Keeper.shared()
        self.within = within
        self.compilations = 0  # as the child said last
        self._places = threading.Semaphore(size)
        self._idle: list[_Child] = []
        self._lock = threading.Lock()

    def render(
        self,
        name: str,
        context: Context,
        locale: str | None = None,
        written: Written | None = None,
    ) -> Rendered:
        """Fill a mail in. Takes at most `within` seconds once a child is free and warm.

        `written` is used in place of what is published, for a draft.

        Raises NotFound for an unknown mail, Flawed for words that are wrong, RenderFailed for
        words that this context does not fill, and for words that take too much time or memory.
        """
        request = {"name": name, "context": plain(context), "locale": locale}
        size = len(json.dumps(request).encode())
        if size > LARGEST_CONTEXT:
            raise RenderFailed(f"{name}: {size:,} bytes to fill in are too many")
        try:
            with self._child() as child:
                reply = child.ask(request, self.within, written or self._written())
        except RenderFailed as error:
            raise RenderFailed(f"{name}: {error.message}", name) from None
        return self._read(name, reply)

    def warm(self) -> None:
        """Start a child now, so that the first mail need not wait for it."""
        with self._child():
            pass

    def close(self) -> None:
        """End the idle children."""
        with self._lock:
            children, self._idle = self._idle, []
        for child in children:
            child.end()

    def __enter__(self) -> "Kitchen":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def _child(self) -> Iterator["_Child"]:
        with self._places:
            with self._lock:
                child = self._idle.pop() if self._idle else None
            if child is not None and not child.alive:
                child.end()
                child = None
            if child is None:
                child = _Child(self.folder, self._keeper)
            try:
                yield child
            except BaseException:
                child.end()
                raise
            if child.spent:
                child.end()
                return
            with self._lock:
                self._idle.append(child)

    def _read(self, name: str, reply: dict[str, Any]) -> Rendered:
        if "rendered" in reply:
            self.compilations = reply["compilations"]
            return Rendered.model_validate(reply["rendered"])
        if "flawed" in reply:
            raise Flawed([Flaw(*flaw) for flaw in reply["flawed"]])
        if "not_found" in reply:
            raise NotFound(reply["not_found"], reply["where"])
        told = reply.get("failed", "no answer")
        where = reply.get("where")
        raise RenderFailed(told if where else f"{name}: {told}", where or name)


def as_frame(written: Written) -> dict[str, Any]:
    """What is published, as a cook is told."""
    return {
        "mark": written.mark,
        "texts": [[*which, text] for which, text in written.texts.items()],
    }


class _Child:
    """One cook, and our end of the pair of sockets at whose other end it sits."""

    def __init__(self, folder: Path, keeper: Keeper) -> None:
        self.spent = False  # it said that this answer is its last
        self._told = NOTHING.mark  # what it knows to be published
        self._keeper = keeper
        self._place, theirs = socket.socketpair()
        try:
            with theirs:
                self.pid = keeper.cook(theirs)
        except BaseException:
            self._place.close()
            raise
        try:
            self._send({"folder": str(folder)})
            self._receive(time.monotonic() + STARTED_WITHIN)
        except BaseException:
            self.end()
            raise

    @property
    def alive(self) -> bool:
        """Whether it waits for work: one that has ended has closed its end."""
        poll = select.poll()  # select() knows no file numbers over 1,023
        poll.register(self._place, select.POLLIN)
        return not poll.poll(0)

    def ask(self, request: dict[str, Any], within: float, written: Written) -> dict[str, Any]:
        if written.mark != self._told:
            request = request | {"written": as_frame(written)}
        data = json.dumps(request).encode()
        deadline = time.monotonic() + within
        self._place.settimeout(within)
        try:
            self._place.sendall(struct.pack(">I", len(data)) + data)
        except TimeoutError:
            raise RenderFailed(f"{SLOW} long") from None
        except OSError:
            raise RenderFailed("the renderer ended unexpectedly; try again") from None
        reply = self._receive(deadline)
        self._told = written.mark
        self.spent = bool(reply.get("last"))
        return reply

    def end(self) -> None:
        """Kill it: it holds nothing that would be missed."""
        self._keeper.end(self.pid)
        self._place.close()

    def _send(self, value: dict[str, Any]) -> None:
        data = json.dumps(value).encode()
        self._place.sendall(struct.pack(">I", len(data)) + data)

    def _receive(self, deadline: float) -> dict[str, Any]:
        size = struct.unpack(">I", self._read(4, deadline))[0]
        value: dict[str, Any] = json.loads(self._read(size, deadline))
        return value

    def _read(self, size: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < size:
            self._place.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                piece = self._place.recv(size - len(data))
            except TimeoutError:
                raise RenderFailed(f"{SLOW} long") from None
            except OSError:
                piece = b""
            if not piece:
                raise RenderFailed(f"{SLOW} much time or memory")
            data += piece
        return bytes(data)
