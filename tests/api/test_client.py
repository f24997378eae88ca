"""The client over a real connection: it asks again where that is safe, and never twice for real."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from client import Problem, Sluice, Unanswered
from client.wire import PATIENCE_S, wait_s
from operations import deals, desk
from operations.access import keys
from operations.house import EngineUnreachable, House
from tests.api.conftest import key_for, listening
from tests.support.shortcut import opened_deal
from tests.support.shutting import shut


@dataclass
class Line:
    """A line between client and server on which answers get lost: the first `losing` of them."""

    port: int
    losing: int = 0
    asked: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """The address at which the line begins."""
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            await shut(server)
            for one in self._open:
                one.close()

    async def _carry(self, inward: asyncio.StreamReader, outward: asyncio.StreamWriter) -> None:
        self.asked += 1
        lose = self.asked <= self.losing
        answers, asking = await asyncio.open_connection("127.0.0.1", self.port)
        self._open |= {outward, asking}
        sending = asyncio.create_task(_copied(inward, asking))
        if lose:
            # The server has answered, so what was asked is done; nobody hears of it.
            await answers.read(1)
        else:
            await _copied(answers, outward)
        sending.cancel()
        outward.close()
        asking.close()


async def _copied(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while piece := await source.read(65_536):
        target.write(piece)
        await target.drain()


def at(port: int) -> str:
    """The address of a port of this machine."""
    return f"http://127.0.0.1:{port}"


async def test_an_answer_that_was_lost_is_asked_for_again_under_the_same_key(
    app: FastAPI, house: House
) -> None:
    async with listening(app) as port:
        line = Line(port, losing=2)
        async with line.listening() as address, Sluice(address, key_for(house)) as api:
            told: Any = await api.open_deal({"title": "A boat"})
    assert line.asked == 3
    assert [one.deal_id for one in deals.list_page(house).deals] == [told["deal_id"]]


async def test_what_can_be_done_once_only_is_not_asked_twice(app: FastAPI, house: House) -> None:
    async with listening(app) as port:
        line = Line(port, losing=1)
        async with line.listening() as address, Sluice(address, key_for(house)) as api:
            with pytest.raises(Unanswered, match="/keys"):
                await api.add_key({"name": "the shop", "scopes": ["read"]})
    assert line.asked == 1
    assert [one.name for one in keys.list_all(house)].count("the shop") == 1


async def test_who_asked_too_often_waits_as_long_as_told(
    app: FastAPI, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.pace.WINDOW_S", 2.0)
    scopes = ["read", "manage_keys"]
    secret = keys.add(house, "slow", scopes, actor="test", per_minute=1).secret
    seen: list[int] = []

    async def note(answer: httpx.Response) -> None:
        seen.append(answer.status_code)

    async with listening(app) as port, httpx.AsyncClient(event_hooks={"response": [note]}) as http:
        api = Sluice(at(port), secret, http=http)
        await api.who_am_i()
        # Nothing was begun, so what can be done once only is asked again as well.
        await api.add_key({"name": "the shop", "scopes": ["read"]})
    assert seen == [200, 429, 200]


async def test_an_engine_that_comes_back_is_asked_again_under_the_same_key(
    app: FastAPI, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal = await opened_deal(house)
    sent, tried = desk._sent, []

    async def down_once(house: House, submit: Any, *more: Any) -> Any:
        tried.append(submit.command_id)
        if len(tried) == 1:
            raise EngineUnreachable("Temporal", "no answer")
        return await sent(house, submit, *more)

    monkeypatch.setattr(desk, "_sent", down_once)
    monkeypatch.setattr("console.api.problems.RETRY_S", "0")
    async with listening(app) as port, Sluice(at(port), key_for(house)) as api:
        told: Any = await api.command_deal(deal, {"kind": "pause_deal"})
        assert told["paused"] is True
        assert len(tried) == 2
        assert tried[0] == tried[1] == told["command_id"]
        with pytest.raises(Problem, match="409"):
            await api.command_deal(deal, {"kind": "advance_deal", "stage": "proposal"})
    assert len(tried) == 2, "a rule that says no is not asked again"


def test_how_long_to_wait_is_told_in_seconds_or_by_a_date() -> None:
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    later = format_datetime(now + timedelta(seconds=30), usegmt=True)
    for said, expected in (("7", 7), (later, 30), (None, 1), ("soon", 1), ("nan", 1)):
        assert wait_s(said, now) == expected
    assert wait_s("86400", now) == PATIENCE_S
