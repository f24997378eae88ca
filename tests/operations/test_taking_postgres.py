"""Mail taken on PostgreSQL, where transactions truly run side by side."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from operations import contacts, deals, people
from operations.house import House
from operations.inbound.taking import Taken
from store.verify import verify
from tests.operations.test_taking import barred, her, kinds
from tests.support.databases import Fresh, postgres_databases, postgres_server
from tests.support.houses import opened_house
from tests.support.moments import MONDAY
from tests.support.post import came, returned, sent, written
from tests.support.shortcut import ANN, OLGA, no_engine, opened_deal

__all__ = ["no_engine", "postgres_databases", "postgres_server"]
pytestmark = pytest.mark.postgres


@pytest.fixture
def house(tmp_path: Path, no_engine: None, request: pytest.FixtureRequest) -> Iterator[House]:
    fresh: Fresh = request.getfixturevalue("postgres_databases")
    with opened_house(tmp_path, MONDAY + timedelta(hours=1), ("simple",), url=fresh()) as opened:
        people.add(opened, people.NewPerson(email=OLGA, name="Olga Owner"), actor="test")
        contacts.add(opened, contacts.NewContact(email=ANN, name="Ann Other"), actor="test")
        yield opened


async def test_whoever_brings_a_mail_at_once_with_others_it_counts_once(house: House) -> None:
    """The same answer by four ways, a bounce and a mail of our own, all at the same time."""
    deal = await opened_deal(house)
    ours = sent(house, her(house), deal)
    answer = written(answers=ours.message_id)
    own = written("Here.", sender=OLGA, to=ANN, message_id="<o1@us.example>")
    mails = [(answer, False)] * 4 + [(returned(ANN, ours.message_id), False), (own, True)]
    together = threading.Barrier(len(mails))

    def take(mail: tuple[bytes, bool]) -> Taken:
        together.wait()
        return came(house, mail[0], sent=mail[1])

    def at_once() -> list[Taken]:
        with ThreadPoolExecutor(len(mails)) as pool:
            return list(pool.map(take, mails))

    told = await asyncio.to_thread(at_once)
    assert sorted(one.fresh for one in told[:4]) == [False, False, False, True]
    assert all(one.fresh and one.status == "matched" for one in told[4:])
    found = kinds(house, f"deal/{deal}")
    assert found.count("reply_recorded") == found.count("activity_logged") == 1
    assert barred(house) == "hard_bounce"
    assert [one.status for one in deals.show(house, deal).sequences] == ["ended"]
    assert verify(house.store) == []
