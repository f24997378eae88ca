"""Mails handed over a second: kept connections against one each, and the whole way with ledger.

    .venv/bin/python -m benchmarks.mail

To a relay in a process of its own on loopback that demands TLS as a real one does, in five
interleaved rounds: handed over by the pool and by one connection each, and the same with rendering
and building, which cost as much either way (bar of both: 2.5 times as many by the pool, in a second
of our processor time). Then the first mails of so many deals: plan, claim, freeze, check, `data`
and outcome in a ledger on SQLite.
"""

import asyncio
import multiprocessing
import ssl
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiosmtplib

from benchmarks.stage import ROUNDS, verdict
from domain import commands as c
from mail.compose import Letter, compose
from mail.handover import Pool
from mail.kitchen import Kitchen
from mail.outcome import Accepted
from mail.samples import COMPANY, sample
from store.database import Store
from store.upgrading import upgrade
from tests.support.household import MAILS, Household, add_contact
from tests.support.sink import Sink

BAR = 2.5
MAILS_EACH = 60
DEALS = 60
AT_ONCE = 4
"""Connections of the pool, and so many of the other way at once."""

TLS = Path(__file__).parents[1] / "tests" / "support" / "tls" / "loopback.pem"
SENDER, READER = "bounces@us.example", "ann@them.example"

Way = Callable[[bytes], Awaitable[None]]


def main() -> int:
    """Measure and print; 1 when the bar was missed."""
    return asyncio.run(_measure())


async def _measure() -> int:
    with tempfile.TemporaryDirectory() as folder, Kitchen(MAILS, size=2, within=20) as kitchen:
        await asyncio.to_thread(_written, kitchen, 0)  # the children are warm from now on
        with _relay(None, tls=True) as secure:
            handed, whole = await _ratios(kitchen, secure)
        with _relay(None, tls=False) as plain:
            await _pipeline(Path(folder), kitchen, f"smtp://127.0.0.1:{plain}")
    missed = verdict("handed over, pool / one connection each", handed, BAR, lambda r: r >= BAR)
    missed |= verdict("rendered, built and handed over, the same", whole, BAR, lambda r: r >= BAR)
    return missed


async def _ratios(kitchen: Kitchen, port: int) -> tuple[list[float], list[float]]:
    trust = ssl.create_default_context(cafile=str(TLS))
    rates: dict[str, list[float]] = {}
    payload = _written(kitchen, 1)
    async with Pool(f"smtps://127.0.0.1:{port}", size=AT_ONCE, context=trust) as pool:
        ways = {"pool": _by_pool(pool), "one each": _by_itself(port, trust)}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                rates.setdefault(name, []).append(await _rate(way, lambda number: payload))
            for name, way in ways.items():
                whole = await _rate(way, lambda number: _written(kitchen, number))
                rates.setdefault(f"rendered, built, {name}", []).append(whole)
    for name, found in rates.items():
        print(f"{name}: {statistics.median(found):,.0f} mails a second of processor time")
    pairs = zip(rates["pool"], rates["one each"], strict=True)
    wholes = zip(rates["rendered, built, pool"], rates["rendered, built, one each"], strict=True)
    return [ours / bare for ours, bare in pairs], [ours / bare for ours, bare in wholes]


def _by_pool(pool: Pool) -> Way:
    async def send(payload: bytes) -> None:
        async with pool.talk() as talk:
            assert await talk.envelope(SENDER, READER) is None
            assert isinstance(await talk.data(payload), Accepted)

    return send


def _by_itself(port: int, trust: ssl.SSLContext) -> Way:
    async def send(payload: bytes) -> None:
        await aiosmtplib.send(
            payload,
            sender=SENDER,
            recipients=[READER],
            hostname="127.0.0.1",
            port=port,
            use_tls=True,
            tls_context=trust,
            local_hostname="localhost",
        )

    return send


async def _rate(way: Way, payload_of: Callable[[int], bytes]) -> float:
    """Mails a second of our own processor time, so many at once; wall time is the machine's."""
    numbers = iter(range(MAILS_EACH))

    async def work() -> None:
        for number in numbers:
            await way(await asyncio.to_thread(payload_of, number))

    begun = time.process_time()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return MAILS_EACH / (time.process_time() - begun)


def _written(kitchen: Kitchen, number: int) -> bytes:
    """A follow-up, rendered and built."""
    rendered = kitchen.render("follow-up-1", sample("deal"))
    letter = Letter(
        message_id=f"<{number}@us.example>",
        purpose="sales",
        sender_name=COMPANY.name,
        sender=COMPANY.sender,
        to=READER,
        subject=rendered.subject,
        html=rendered.html,
        text=rendered.text,
        date=datetime(2026, 3, 2, 9, tzinfo=UTC),
        unsubscribe_url="https://us.example/u/x",
    )
    return compose(letter)


async def _pipeline(folder: Path, kitchen: Kitchen, smtp_url: str) -> None:
    """The first mails of so many deals, each to a contact of its own, from plan to outcome."""
    url = f"sqlite:///{folder}/sluice.db"
    upgrade(url)
    with Store.open(url, wait_s=60) as store:
        house = Household(store, smtp_url, kitchen)
        deals = []
        for number in range(DEALS):
            with store.write() as tx:
                its_id = f"C-b{number}"
                add_contact(tx, its_id, f"p{number}@them.example", "Pat", house.watch.now)
            party = c.Party(contact_id=its_id)
            deals.append(house.open(f"open-{number}", contacts=[party]))
        begun, spent = time.perf_counter(), time.process_time()
        queue = iter(enumerate(deals))

        async def work() -> None:
            for number, deal in queue:
                await house.perform(deal, f"run/{number}/1")

        await asyncio.gather(*(work() for _ in range(8)))
        took, used = time.perf_counter() - begun, time.process_time() - spent
        gone = sum(house.mail(deal).status == "sent" for deal in deals)
        assert gone == DEALS, f"{gone} of {DEALS} went"
        await house.close()
    print(
        f"the whole way with ledger: {DEALS / took:,.0f} mails a second, {DEALS / used:,.0f} a "
        f"second of processor time ({DEALS} deals, SQLite)"
    )


@contextmanager
def _relay(log: Path | None, *, tls: bool) -> Iterator[int]:
    """A relay in a process of its own; gives its port, ends it by its id."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(theirs, log, tls), daemon=True
    )
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join(10)


def _serve(told: Any, log: Path | None, tls: bool) -> None:
    async def serve() -> None:
        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(TLS)
        async with Sink(log, tls=context, implicit_tls=tls) as sink:
            told.send(sink.port)
            await asyncio.Event().wait()

    asyncio.run(serve())


if __name__ == "__main__":
    sys.exit(main())
