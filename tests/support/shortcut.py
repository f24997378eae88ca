"""A desk without an engine: commands are applied in this process instead of by a workflow."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.applying import apply_command
from activities.contract import Receipt, Submit
from domain.facts import Facts
from operations import contacts, deals, desk, people
from operations.house import House
from store import situation
from store.ledger import Recorded
from store.ledger import read as read_stream
from tests.support.houses import opened_house
from tests.support.moments import MONDAY

ANN, BOB, OLGA = "ann@them.example", "bob@them.example", "olga@us.example"


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a deal's workflow would do with a command is done at once."""

    async def applied(house: House, submit: Submit, *_: object) -> Receipt:
        return await asyncio.to_thread(apply_command, house.store, house.time, submit.command_id)

    monkeypatch.setattr(desk, "_sent", applied)


@pytest.fixture
def house(tmp_path: Path, no_engine: None) -> Iterator[House]:
    """A house with the default playbook, one person of ours and two of theirs."""
    with furnished_house(tmp_path) as opened:
        yield opened


@contextmanager
def furnished_house(folder: Path, url: str | None = None) -> Iterator[House]:
    """The same, on a database that has all tables; by default on a fresh SQLite file."""
    with opened_house(folder, MONDAY + timedelta(hours=1), ("simple",), url) as opened:
        olga = people.NewPerson(email=OLGA, name="Olga Owner")
        people.add(opened, olga, actor="test")
        for email, name in ((ANN, "Ann Other"), (BOB, "Bob Other")):
            wanted = contacts.NewContact(email=email, name=name, consents=("marketing:test",))
            contacts.add(opened, wanted, actor="test")
        yield opened


async def opened_deal(house: House, **more: Any) -> str:
    """A deal with Ann, owned by Olga; its first mail is due."""
    told: dict[str, Any] = {"title": "A boat", "contacts": (ANN,), "owner": OLGA, **more}
    opened = await deals.open_deal(house, deals.Opening(**told), actor="test")
    return opened.deal_id


def events_of(house: House, stream: str) -> list[Recorded]:
    """The events of a stream."""
    with house.store.read() as tx:
        return read_stream(tx, stream)


def facts_of(house: House, deal_id: str) -> Facts:
    """What a rule may know of a deal now."""
    with house.store.read() as tx:
        deal = deals.find(tx, deal_id)
        return situation.facts_for(tx, deal, house.time.now(), house.time.grace())
