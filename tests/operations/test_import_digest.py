"""After an import each owner gets one mail about the deals that came quiet, and no more."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client

from activities import arrivals
from activities.rounds import RoundsMaker
from domain import commands as c
from operations import deals, people
from operations.by_hand import clock_by_hand
from operations.house import House
from operations.importing.deals import DealFiles, import_deals
from operations.importing.digests import Digests
from operations.importing.report import ImportReport
from operations.post.mail_work import mail_work
from store import ledger, sends
from tests.operations.test_imports import HEAD, NOW, deal, written
from tests.support.houses import opened_house
from tests.support.servers import working
from tests.support.shortcut import no_engine
from tests.support.sink import Caught, Sink

__all__ = ["no_engine"]

MAX, OLGA = "max@us.example", "olga@us.example"
QUIET = [f"Q{n},Max Other,GTX Pro,Acme {n},Engaging,2025-{12 - n % 11:02}-01,," for n in range(11)]
OTHERS = [
    "R1,Olga Owner,GTX Pro,Beta,Engaging,2025-11-01,,",
    "R2,Nobody Known,GTX Pro,Beta,Engaging,2025-11-01,,",
    "R3,Max Other,GTX Pro,Beta,Engaging,2026-03-01,,",
    "R4,Max Other,GTX Pro,Beta,Won,2025-01-01,2025-02-01,10",
]


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink() as opened:
        yield opened


@pytest.fixture
def house(tmp_path: Path, sink: Sink, no_engine: None) -> Iterator[House]:
    """Max and Olga have an address; whom only the file names has none."""
    with opened_house(tmp_path, NOW) as opened:
        config = replace(opened.config, smtp_url=sink.url, default_playbook="crm-sales")
        with House(config) as ours:
            for email, name in ((MAX, "Max Other"), (OLGA, "Olga Owner")):
                people.add(ours, people.NewPerson(email=email, name=name), actor="test")
            yield ours


async def brought(house: House, *rows: str, **more: Any) -> ImportReport:
    """Import these rows; nobody's workflow is started, unless asked."""
    file = written(house.config.data_dir, HEAD, *rows)
    told = {"arm": False, **more}
    return await import_deals(house, DealFiles(file), actor="test", **told)


async def rounds(house: House, after: timedelta = timedelta()) -> None:
    """Rounds as the worker makes them, so much later."""
    with clock_by_hand(house, house.time.now() + after) as (later, _):
        async with mail_work(later) as work:
            await RoundsMaker(work.performer, work.mornings, "crm-sales").go_round("run/1/1")


def digests_in(sink: Sink) -> dict[str, Caught]:
    """The mails about imported deals, by who got them; each of them one."""
    found = [one for one in sink.messages if "imported deals" in str(one.parsed["Subject"])]
    assert len({one.recipient for one in found}) == len(found)
    return {one.recipient: one for one in found}


def text_of(mail: Caught) -> str:
    body = mail.parsed.get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())


async def test_each_owner_reads_once_how_many_came_quiet_and_which_are_worst(
    house: House, sink: Sink
) -> None:
    report = await brought(house, *QUIET, *OTHERS)
    assert [(one.name, one.deals, one.told) for one in report.stagnant] == [
        ("Max Other", 11, True),
        ("Nobody Known", 1, False),
        ("Olga Owner", 1, True),
    ]
    await rounds(house)
    mails = digests_in(sink)
    assert set(mails) == {MAX, OLGA}
    assert mails[MAX].parsed["Subject"] == "11 of your imported deals have gone quiet"
    assert mails[OLGA].parsed["Subject"] == "1 of your imported deals has gone quiet"
    text = text_of(mails[MAX])
    named = [text.find(deal(house, f"Q{number}").deal_id) for number in range(11)]
    assert named[0] == -1, "the ten longest quiet ones are named"
    assert sorted(named[1:], reverse=True) == named[1:], "the longest quiet one first"
    assert "no word from the other side since Feb 1, 2025" in text
    await rounds(house)
    assert len(digests_in(sink)) == 2, "rounds send it once"
    with house.store.read() as tx:
        kinds = [one.kind for one in ledger.feed(tx, 0, 1000)]
    assert kinds.count("notified") == 2, "never one a deal"
    assert kinds.count("notice_settled") == 2 + kinds.count("morning_sent")


async def test_a_second_import_tells_nobody_and_new_quiet_deals_tell_again(
    house: House, sink: Sink
) -> None:
    await brought(house, *QUIET)
    await rounds(house)
    again = await brought(house, *QUIET)
    assert (again.created, again.stagnant) == (0, ())
    await rounds(house)
    assert len(digests_in(sink)) == 1
    changed = QUIET[0].replace("GTX Pro", "MG Special")
    more = await brought(house, changed, *QUIET[1:], "Q99,Max Other,GTX Pro,,Engaging,2025-05-05,,")
    assert (more.created, more.updated) == (1, 1)
    sink.messages.clear()
    await rounds(house)
    assert digests_in(sink)[MAX].parsed["Subject"] == "1 of your imported deals has gone quiet"


async def test_a_dry_run_plans_no_mail(house: House) -> None:
    report = await brought(house, *QUIET, dry_run=True)
    assert [one.told for one in report.stagnant] == [True]
    with house.store.read() as tx:
        assert sends.unsettled(tx, "planned") == []


async def test_an_import_that_was_cut_short_tells_of_what_came_some_minutes_later(
    house: House, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between its last batch and its end: the mail is in the batch's own transaction."""

    def killed(_: Digests) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Digests, "let_go", killed)
    with pytest.raises(KeyboardInterrupt):
        await brought(house, *QUIET)
    await rounds(house)
    assert digests_in(sink) == {}, "the import may still be at it"
    await rounds(house, arrivals.HELD_FOR)
    assert set(digests_in(sink)) == {MAX}


async def test_deals_that_were_worked_on_meanwhile_are_not_told(house: House, sink: Sink) -> None:
    await brought(house, *QUIET[:2])
    for name in ("Q0", "Q1"):
        its_id = deal(house, name).deal_id
        await deals.tell(house, its_id, c.LoseDeal(reason="silent"), actor="test")
    await rounds(house)
    assert "none is any more" in text_of(digests_in(sink)[MAX])


async def test_with_a_worker_the_mail_goes_at_once(
    house: House, sink: Sink, temporal: Client
) -> None:
    """The rounds are rung at the end of the import: nobody waits five minutes for them."""
    async with working(house, temporal):
        report = await brought(house, *QUIET[:2], arm=True)
        assert report.waiting == 0
        async with asyncio.timeout(30):
            while MAX not in digests_in(sink):
                await sink.arrived(len(sink.messages) + 1, within=30)
