"""A console over a real house on SQLite, and browsers that came in by its link."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from activities.applying import apply_command
from activities.contract import Receipt
from console.app import create_app
from domain import commands as c
from domain.ids import deal_id_for
from mail.kitchen import Kitchen
from operations import accounts
from operations.desk import kept_command
from operations.house import House
from store import commands, people
from store.database import Store
from store.people import Person
from tests.support.databases import sqlite_databases, sqlite_store
from tests.support.household import MAILS, add_contact
from tests.support.houses import opened_house
from tests.support.page import Page, read
from tests.support.town import NOW, Town, town

__all__ = ["sqlite_databases", "sqlite_store"]

TOKEN = "a-link-for-tests-only"
ADDRESS = "http://127.0.0.1:8000"


@dataclass
class Browser:
    """What a person with a browser and without scripts can do."""

    http: httpx.AsyncClient
    page: Page = field(default_factory=lambda: read(""))

    async def open(self, path: str) -> Page:
        """Go to a page, wherever it leads."""
        answer = await self.http.get(path)
        self.page = read(answer.text, answer.status_code, str(answer.url.copy_with(query=None)))
        return self.page

    async def send(self, action: str, fields: dict[str, str] | None = None, **said: str) -> Page:
        """Fill in the form of that action (and those hidden fields) on the page, and send it."""
        form = self.page.form(action, fields or {})
        headers = {"origin": ADDRESS, "sec-fetch-site": "same-origin"}
        answer = await self.http.post(action, data={**form, **said}, headers=headers)
        self.page = read(answer.text, answer.status_code, str(answer.url.copy_with(query=None)))
        return self.page


@asynccontextmanager
async def browsing(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Requests to the application, without a network and without a session."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url=ADDRESS, follow_redirects=True
    ) as http:
        yield http


@dataclass
class Village:
    """A small house with a few deals and no mail yet."""

    house: House
    deals: dict[str, str] = field(default_factory=dict)

    def ask(self, command: c.AnyCommand, deal_id: str | None = None, its_id: str = "") -> Receipt:
        """Take a command in and apply it, as the workflow engine would have it done."""
        its_id = its_id or f"{command.kind}-{len(self.deals)}"
        deal_id = deal_id or deal_id_for(its_id)
        with self.house.store.write() as tx:
            commands.keep(tx, kept_command(self.house, command, "P-1", deal_id, its_id))
        return apply_command(self.house.store, self.house.time, its_id)

    def open(self, name: str, title: str | None = None, **more: Any) -> str:
        """Open a deal with Ann."""
        told: dict[str, Any] = {"playbook": "simple", "owner_id": "P-1"}
        told |= {"contacts": [c.Party(contact_id="C-1")], "amount": Decimal(1000)}
        told |= {"currency": "EUR", "title": title or name, **more}
        receipt = self.ask(c.OpenDeal(**told), its_id=f"open-{name}")
        assert receipt.status == "done", receipt.message
        self.deals[name] = receipt.deal_id
        return receipt.deal_id


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with opened_house(tmp_path, NOW, ("simple",)) as house:
        with house.store.write() as tx:
            for its_id, name in (("P-1", "Olga Owner"), ("P-2", "Li Wei 李伟")):
                people.add(tx, Person(person_id=its_id, name=name, created_at=NOW))
            add_contact(tx, "C-1", "ann@them.example", "Ann Other", NOW)
        accounts.add(house, "Canal & Sons")
        yield Village(house)


@pytest.fixture
def app(village: Village, tmp_path: Path) -> FastAPI:
    return create_app(village.house, link_token=TOKEN, mailbox=tmp_path, temporal_ui="http://ui")


@pytest.fixture
async def stranger(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without the link."""
    async with browsing(app) as http:
        yield http


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[Browser]:
    """Somebody who came in by the link."""
    async with browsing(app) as http:
        await http.get("/", params={"key": TOKEN})
        yield Browser(http)


@pytest.fixture(scope="session")
def kitchen() -> Iterator[Kitchen]:
    """One kitchen for all: its child process is slow to start."""
    with Kitchen(MAILS, within=20) as opened:
        yield opened


@dataclass
class Post:
    """A town with mail in its mailbox, and a browser."""

    town: Town
    browser: Browser


@pytest.fixture
async def post(sqlite_store: Store, tmp_path: Path, kitchen: Kitchen) -> AsyncIterator[Post]:
    async with town(sqlite_store, tmp_path, kitchen, only=("sill", "won")) as built:
        made = create_app(built.house, link_token=TOKEN, mailbox=tmp_path)
        async with browsing(made) as http:
            await http.get("/", params={"key": TOKEN})
            yield Post(built, Browser(http))
