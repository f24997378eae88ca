"""A person is in every place that there is, is forgotten, and is then in none.

On a real `sluice up`: its database, the server's, its mailbox, its logs, all files it leaves.
"""

import asyncio
import base64
import contextlib
import json
import re
import signal
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client

from operations.clock import ClockFile
from store import aliases, inbound, links, sends
from store.database import Store
from store.inbound import Inbound
from store.links import Link
from tests.cli.test_running import ask, stopped, up
from tests.support.living import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

NAME, EMAIL = "Zephyrine Quackenbush", "zephyrine.quackenbush@canary.example"
WORDS = ("zephyrine", "quackenbush", "canary.example")
AWAY = f"https://shop.example/offer?for={EMAIL}"
WRITTEN = {"first-contact", "promise-reminder"}


def spellings() -> Iterator[re.Pattern[bytes]]:
    """The words as they are, and as base64 and UTF-16 may hide them."""
    for word in WORDS:
        for said in (word, word.capitalize()):
            raw = said.encode()
            yield re.compile(re.escape(raw), re.IGNORECASE)
            yield re.compile(re.escape(said.encode("utf-16-le")))
            for shift in range(3):
                # What stands before and after changes the first and the last characters.
                coded = base64.b64encode(b"x" * shift + raw + b"x" * 3)
                yield re.compile(re.escape(coded[(shift * 4 + 2) // 3 + 1 : -5]))


SPELLINGS = list(spellings())


def found_in(folder: Path) -> set[str]:
    """The files below a folder that hold the person, in any spelling."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    return {
        str(file.relative_to(folder))
        for file in files
        for raw in (file.read_bytes(),)
        if any(pattern.search(raw) for pattern in SPELLINGS)
    }


async def histories(address: str, namespace: str) -> str:
    """Everything that Temporal tells of its workflows: histories, memos and attributes."""
    client = await Client.connect(address, namespace=namespace)
    told = []
    async for one in client.list_workflows():
        handle = client.get_workflow_handle(one.id, run_id=one.run_id)
        history = await handle.fetch_history()
        told += [str(one.raw_info), *(str(event) for event in history.events)]
    return "\n".join(told)


def sent_in(data: Path) -> set[str]:
    """The names of the mails that went; asked of the file, since starting a command is work."""
    with Store.open(f"sqlite:///{data / 'sluice.db'}") as store, store.read() as tx:
        return {one.template for one in sends.page(tx, status="sent")}


def tomorrow(data: Path) -> datetime:
    """As the house has it: reminded of in three hours, overdue when all this is over."""
    return ClockFile(data).read().now(datetime.now(UTC)) + timedelta(hours=27)


class Asking:
    """The command line of a running house."""

    def __init__(self, data: Path) -> None:
        self.data = data

    async def __call__(self, *words: str, code: int = 0) -> Any:
        got, out, err = await ask(self.data, *words, "--json", SLUICE_ACTOR="tester")
        assert got == code, out + err
        return json.loads(out) if out else json.loads(err.splitlines()[-1])


async def fill(say: Asking) -> tuple[str, str]:
    """Put the person into every place that a door can write to. Gives two deals."""
    await say("user", "add", "olga@us.example", "--name", "Olga Owner")
    new = ("contact", "add", EMAIL, "--name", NAME, "--fact", f"nickname={NAME}")
    await say(
        *new,
        "--consent",
        "marketing:fair",
        "--source",
        "fair",
        "--account",
        "Canary",
        "--command-id",
        "new-1",
    )
    await say("contact", "add", "bob@them.example", "--name", "Bob Other")
    told = ("--owner", "olga@us.example", "--title", f"Seats for {NAME}")
    alone = await say("deal", "open", "--contact", EMAIL, *told, "--command-id", "alone")
    both = ("--contact", "bob@them.example", "--contact", EMAIL)
    shared = await say("deal", "open", *both, *told, "--command-id", "shared")
    for deal in (alone["deal_id"], shared["deal_id"]):
        await say("deal", "log", deal, "call", "--note", f"spoke to {NAME}")
        due = f"{tomorrow(say.data):%Y-%m-%dT%H:%M}"
        await say("deal", "promise", deal, "--what", f"call {EMAIL}", "--due", due)
    refused = await say("deal", "advance", alone["deal_id"], "Quackenbush", code=3)
    assert "Quackenbush" in str(refused)
    return str(alone["deal_id"]), str(shared["deal_id"])


def receive(data: Path, contact_id: str) -> None:
    """A mail of the person, as the room for mail that comes in keeps it."""
    now = datetime.now(UTC)
    told: Any = {"sender": EMAIL, "sender_name": NAME, "subject": NAME, "text": f"Yours, {NAME}"}
    mail = Inbound(
        inbound_id="in-1", source="imap", arrived_at=now, taken_at=now, kind="reply", why="human",
        status="matched", contact_id=contact_id, message_id=f"<1@{WORDS[2]}>", **told,
    )  # fmt: skip
    with Store.open(f"sqlite:///{data / 'sluice.db'}") as store, store.write() as tx:
        inbound.add(tx, mail, raw=f"From: {EMAIL}\r\n\r\nYours, {NAME}".encode())
        led = Link(link_id="1" * 32, touch_id="T-x", contact_id=contact_id, position=1, url=AWAY)
        links.keep(tx, [led])
        aliases.add(tx, "key-of-a-further-address", contact_id, now, "tester")


async def test_a_forgotten_person_is_nowhere_and_the_ledger_is_whole(tmp_path: Path) -> None:
    data = tmp_path / "data"
    say = Asking(data)
    async with up(data, "--speed", "600", "--start", "2026-03-02T09:00") as running:
        alone, shared = await fill(say)
        who = (await say("contact", "show", EMAIL))["contact_id"]

        await eventually(lambda: sent_in(data) >= WRITTEN, 120, every=0.2)
        receive(data, who)
        before = found_in(data)
        for place in ("sluice.db", "mailbox"):
            assert any(place in name for name in before), place
        assert not any("temporal" in name or "log" in name for name in before), before

        would = await say("contact", "forget", EMAIL, "--dry-run")
        assert (await say("contact", "show", who))["name"] == NAME
        told = await say("contact", "forget", EMAIL, "--command-id", "forget-1")
        assert all(told["erased"][place] for place in told["erased"]), told
        assert told["erased"].keys() == would["erased"].keys()
        assert alone in told["deals"]
        assert (await say("contact", "forget", who, "--command-id", "forget-1"))["deals"]
        again = await say("contact", "add", EMAIL, code=3)
        assert again["error"]["type"] == "forgotten"
        assert (await say("contact", "show", who))["forgotten"]
        assert (await say("deal", "show", shared))["contacts"]
        assert await say("verify") is not None
        address = running.addresses["settings"]["temporal_address"]
        assert not re.search("|".join(WORDS), await histories(address, "default"), re.IGNORECASE)
        await stopped(running, signal.SIGINT)
    assert found_in(data) == set(), _rows_with(data)
    assert await asyncio.to_thread(_rebuilt_is_the_same, data)


def _rebuilt_is_the_same(data: Path) -> bool:
    from store.rebuild import rebuild
    from store.tables import metadata
    from store.verify import verify

    def rows(store: Store) -> dict[str, list[tuple[Any, ...]]]:
        with store.read() as tx:
            return {
                table.name: sorted(map(tuple, tx.execute(table.select())), key=repr)
                for table in metadata.sorted_tables
            }

    with Store.open(f"sqlite:///{data / 'sluice.db'}") as store:
        before = rows(store)
        rebuild(store)
        assert verify(store) == []
        return rows(store) == before


def _rows_with(data: Path) -> list[str]:
    """The rows that hold the person, for a test that fails."""
    with contextlib.closing(sqlite3.connect(data / "sluice.db")) as file:
        lines = list(file.iterdump())
    return [one[:300] for one in lines if re.search("|".join(WORDS), one, re.IGNORECASE)]
