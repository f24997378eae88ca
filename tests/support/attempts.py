"""Attempts to hand over mail that go step by step, so that a test may interleave and end them.

Each is the real `Performer` in a task of its own. It stops before every transaction and at every
word to the relay until the test lets it go on; one that is never let go on again has died there.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

from activities.performing import Performer, Written
from mail.outcome import Accepted, InDoubt, Outcome, Rejected, TryLater
from store.sends import Send

Fate = Literal["taken", "taken, unheard", "lost", "later", "refused"]
"""What the relay does with a message, and whether its answer is heard."""

_CURRENT: ContextVar["Attempt"] = ContextVar("attempt")


TURNS_OF_THE_LOOP = 10
"""After so many everything has happened that waits for nobody."""


class Died(BaseException):
    """The process ended here."""


async def gate(work: Callable[..., Any], *args: Any, **named: Any) -> Any:
    """Instead of `asyncio.to_thread`: wait for one's turn, then do the work at once.

    A thread that has begun goes on to its end when the attempt is told to give up.
    """
    attempt = _CURRENT.get()
    try:
        await attempt.turn()
    except asyncio.CancelledError:
        if attempt.begun:
            work(*args, **named)
        raise
    return work(*args, **named)


class Attempt:
    """One attempt to perform a stream; stopped from the beginning."""

    def __init__(self, loop: asyncio.AbstractEventLoop, performer: Performer, stream: str) -> None:
        self.loop = loop
        self.stream = stream
        self.fate: Fate = "taken"
        self.begun = False
        self._turn: asyncio.Future[None] | None = None
        self._parked = asyncio.Event()
        owner = f"run/{id(self)}/1"
        self.task = loop.create_task(self._run(performer, owner))
        loop.run_until_complete(self._settled())

    @property
    def over(self) -> bool:
        return self.task.done()

    def step(self, fate: Fate) -> None:
        """Go on to the next stop; the relay, if it is asked meanwhile, does this."""
        self.fate = fate
        self._release(None)

    def cancel(self, begun: bool) -> None:
        """Be told to give up, as by a worker that stops; a thread may have `begun`."""
        self.begun = begun
        self.task.cancel()
        for _ in range(TURNS_OF_THE_LOOP):
            self.loop.run_until_complete(asyncio.sleep(0))
        self._look()

    def die(self) -> None:
        """Nothing more is done, wherever it was; only the test's own memory is tidied up."""
        while not self.over and self._turn is not None:
            self._release(Died())

    async def turn(self) -> None:
        self._turn = self.loop.create_future()
        self._parked.set()
        await self._turn

    def _release(self, error: BaseException | None) -> None:
        turn, self._turn = self._turn, None
        self._parked.clear()
        if turn is not None and not turn.done():
            if error is None:
                turn.set_result(None)
            else:
                turn.set_exception(error)
        self.loop.run_until_complete(self._settled())
        self._look()

    def _look(self) -> None:
        if self.over:
            self.task.result()

    async def _settled(self) -> None:
        parked = asyncio.ensure_future(self._parked.wait())
        await asyncio.wait([self.task, parked], return_when=asyncio.FIRST_COMPLETED)
        parked.cancel()

    async def _run(self, performer: Performer, owner: str) -> None:
        _CURRENT.set(self)
        try:
            await self.turn()
            await performer.perform(self.stream, owner)
        except (Died, asyncio.CancelledError):
            return


class PlainWriter:
    """Writes the least that a mail can be."""

    domain = "us.example"

    async def write(self, send: Send) -> Written:
        await _CURRENT.get().turn()
        ends = await self.envelope(send)
        return Written("A boat", f"{send.message_id}".encode(), "plain@1", None, *ends)

    async def envelope(self, send: Send) -> tuple[str, str]:
        return "sales@us.example", f"{send.contact_id or send.person_id}@them.example".lower()


@dataclass
class Memory:
    """What the relay took, by Message-ID, and whom it is to tell when a message comes."""

    taken: Counter[str]
    begins: Callable[[str], None]


class ScriptedPool:
    """A relay that does with each message as the attempt's fate says."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory

    @asynccontextmanager
    async def talk(self) -> AsyncIterator["ScriptedTalk"]:
        yield ScriptedTalk(self.memory)


class ScriptedTalk:
    """One message's way to that relay."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory

    async def envelope(self, sender: str, recipient: str) -> Rejected | TryLater | None:
        attempt = _CURRENT.get()
        await attempt.turn()
        if attempt.fate == "later":
            return TryLater(None, "rcpt: 450")
        if attempt.fate == "refused":
            return Rejected(550, "no such user", suppress=False)
        return None

    async def data(self, payload: bytes) -> Outcome:
        attempt, name = _CURRENT.get(), payload.decode()
        self.memory.begins(name)
        await attempt.turn()
        fate = attempt.fate
        if fate.startswith("taken"):
            self.memory.taken[name] += 1
        await attempt.turn()
        if fate == "taken":
            return Accepted("2.0.0 taken")
        if fate == "later":
            return TryLater(None, "dot: 451")
        if fate == "refused":
            return Rejected(554, "no", suppress=False)
        return InDoubt("dot: no answer in time after the whole message")
