"""What is said at a door while the relay holds a mail stops that mail, whoever says it and how.

The doors that people and programs use, on both databases; the commands behind them are in
`tests/activities/test_stopping.py`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from domain import commands as c
from mail.kitchen import Kitchen
from operations import deals, stop_facts
from operations.house import Config, House
from operations.inbound.taking import Arrival, take
from operations.post import mail_room
from store import tokens
from store.database import Store
from store.tokens import Token
from tests.support.databases import (
    database_url,
    postgres_databases,
    postgres_server,
    sqlite_databases,
    store,
)
from tests.support.household import ANN, MAILS, SECRET, Household
from tests.support.post import returned, written
from tests.support.shortcut import no_engine
from tests.support.sink import Sink
from tests.support.trials import Trial, trial

__all__ = [
    "database_url",
    "no_engine",
    "postgres_databases",
    "postgres_server",
    "sqlite_databases",
    "store",
    "trial",
]

Stop = Callable[[House, Household, str], Awaitable[object]]


@pytest.fixture(scope="module")
def kitchen() -> Iterator[Kitchen]:
    with Kitchen(MAILS, within=20) as opened:
        yield opened


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink() as opened:
        yield opened


@pytest.fixture
async def household(store: Store, sink: Sink, kitchen: Kitchen) -> AsyncIterator[Household]:
    opened = Household(store, sink.url, kitchen)
    yield opened
    await opened.close()


@pytest.fixture
def beside(household: Household, tmp_path: Path, no_engine: None) -> House:
    """The doors of the same house."""
    url = household.store.url.render_as_string(hide_password=False)
    opened = House(Config(url, SECRET, tmp_path))
    opened.store.close()
    opened.store, opened.time = household.store, household.time
    return opened


async def _answers(house: House, hold: Household, deal: str) -> object:
    """An answer to the mail that is just leaving: to one that went before, in truth."""
    raw = written(sender=ANN, answers=hold.mail(deal).message_id)
    return await asyncio.to_thread(take, house, Arrival(raw, "imap", "box", "INBOX"))


async def _writes_stop(house: House, hold: Household, deal: str) -> object:
    raw = written("unsubscribe", sender=ANN)
    return await asyncio.to_thread(take, house, Arrival(raw, "imap", "box", "INBOX"))


async def _bounces(house: House, hold: Household, deal: str) -> object:
    raw = returned(ANN, hold.mail(deal).message_id)
    return await asyncio.to_thread(take, house, Arrival(raw, "imap", "box", "INBOX"))


async def _one_click(house: House, hold: Household, deal: str) -> object:
    with house.store.write() as tx:
        link = Token("a" * 32, "C-1", "sales", f"deal/{deal}", hold.watch.now)
        tokens.issue(tx, link)
    return await asyncio.to_thread(stop_facts.unsubscribe_by_token, house, "a" * 32)


async def _wins(house: House, hold: Household, deal: str) -> object:
    return await deals.tell(house, deal, c.WinDeal(), actor="P-1")


async def _pauses(house: House, hold: Household, deal: str) -> object:
    return await deals.tell(house, deal, c.PauseDeal(), actor="P-1")


async def _stops_all(house: House, hold: Household, deal: str) -> object:
    return await asyncio.to_thread(mail_room.stop, house, actor="P-1", reason="look_at_it")


@pytest.mark.proof("a stop while the relay holds the mail at MAIL or RCPT")
@pytest.mark.parametrize(
    ("stop", "status", "reason"),
    [
        (_answers, "cancelled", "reply"),
        (_writes_stop, "cancelled", "opt_out"),
        (_bounces, "cancelled", "hard_bounce"),
        (_one_click, "cancelled", "opt_out"),
        (_wins, "cancelled", "won"),
        (_pauses, "planned", "paused"),
        (_stops_all, "planned", "mail_stopped"),
    ],
)
async def test_what_is_said_at_a_door_before_data_stops_the_mail(
    beside: House, household: Household, sink: Sink, trial: Trial,
    stop: Stop, status: str, reason: str,
) -> None:  # fmt: skip
    deal, hold = household.open(), sink.hold("mail")
    performing = asyncio.create_task(household.perform(deal))
    await hold.reached.wait()
    await stop(beside, household, deal)
    hold.release.set()
    await performing
    first = next(one for one in household.mails(deal) if one.template == "first-contact")
    went = [one for one in sink.messages if one.message_id == first.message_id]
    trial.count(1 + len(went), lost=first.status not in ("cancelled", "planned"))
    assert (first.status, first.reason, went) == (status, reason, [])
    if status == "planned":
        assert first.not_before is not None
        assert first.not_before - household.watch.now > timedelta(0)
