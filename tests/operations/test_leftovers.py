"""A question and a test mail whose process died: they end, say why, and never go by themselves."""

import asyncio
import multiprocessing
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from activities import crashpoints
from activities.leftovers import LEFT_ALONE, REASON
from activities.rounds import RoundsMaker
from activities.timekeeping import Timekeeper, wall_time
from domain.times.clock import Clock
from domain.touch_events import NoticeSettled
from operations import asking_consent, consenting, contacts, people
from operations.authoring import proofs
from operations.house import Config, House
from operations.post.mail_work import mail_work
from store import sends
from store.proofs import stream_of
from store.sends import Send
from tests.support.shortcut import ANN, OLGA, events_of, house, no_engine
from tests.support.sink import Sink

__all__ = ["house", "no_engine"]

_PROCESSES = multiprocessing.get_context("forkserver")


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink() as opened:
        yield opened


def _die(plain: Config, clock: Clock, what: str, point: str) -> None:
    """In a process of its own: ask for a mail, and be killed at a point on the way."""
    crashpoints._ARMED = f"{point}:KILL"
    with House(replace(plain, clock=lambda: clock)) as mine:
        if what == "question":
            asyncio.run(asking_consent.ask(mine, ANN, "marketing", actor="test"))
        else:
            asyncio.run(proofs.send_test(mine, "follow-up-1", OLGA, actor="test"))


async def killed(house: House, sink: Sink, what: str, point: str) -> Config:
    """The config of a house in which that was asked for and its process died."""
    if what == "question":
        consenting.withdraw(house, ANN, "*", actor="test")
    config = replace(house.config, smtp_url=sink.url)
    plain = replace(config, clock=Clock.real)  # the house's own clock cannot be handed over
    process = _PROCESSES.Process(target=_die, args=(plain, config.clock(), what, point))
    process.start()
    await asyncio.to_thread(process.join, 60)
    assert process.exitcode == -signal.SIGKILL
    return config


async def rounds(house: House, **later: float) -> None:
    house.time = Timekeeper(house.config.clock, lambda: wall_time() + timedelta(**later))
    async with mail_work(house) as work:
        await RoundsMaker(work.performer, work.mornings, "simple").go_round("run/9/1")


def left(house: House, what: str) -> tuple[str, Send]:
    """The stream and the row of the mail."""
    with house.store.read() as tx:
        ann, olga = contacts.id_of(house, ANN), people.find(tx, OLGA).person_id
        stream = f"contact/{ann}" if what == "question" else stream_of(olga)
        [row] = [one for one in sends.page(tx) if one.stream == stream]
    return stream, row


@pytest.mark.parametrize(
    ("what", "point", "status"),
    [
        ("test", "perform.before_claim", "missed"),
        ("question", "perform.claimed", "missed"),
        ("question", "perform.data_committed", "in_doubt"),
    ],
)
async def test_what_a_dead_process_left_ends_after_a_while_and_is_not_sent(
    house: House, sink: Sink, what: str, point: str, status: str
) -> None:
    config = await killed(house, sink, what, point)
    with House(config) as mine:
        before = left(mine, what)[1]
        assert before.status in ("planned", "claimed", "data")
        await rounds(mine, minutes=1)
        assert left(mine, what)[1] == before, "it may be alive"
        await rounds(mine, seconds=LEFT_ALONE.total_seconds() + 60)
        stream, row = left(mine, what)
        assert row.status == status
        assert row.reason == REASON or status == "in_doubt"
        event = events_of(mine, stream)[-1].event
        assert isinstance(event, NoticeSettled)
        assert event.outcome == status
    assert sink.messages == []
