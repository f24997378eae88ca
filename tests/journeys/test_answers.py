"""From a mail that goes out to the answer that comes in, by real servers all the way."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from temporalio.client import Client, ScheduleOverlapPolicy

from activities.contract import INBOX_ID
from operations.house import Arriving
from operations.inbound import inbox, polling
from tests.support.databases import Fresh
from tests.support.household import ANN, OLGA
from tests.support.imap import Letterbox, imap_server, letterbox
from tests.support.living import eventually, manor
from tests.support.post import written
from tests.support.servers import working
from tests.support.sink import Caught, Sink

__all__ = ["imap_server", "letterbox"]


def to(sink: Sink, recipient: str) -> list[Caught]:
    return [one for one in sink.messages if one.recipient == recipient]


def notices(sink: Sink) -> list[Caught]:
    """What its owner is told of the deal; the rounds may bring a morning mail as well."""
    return [one for one in to(sink, OLGA) if "A boat" in one.parsed["Subject"]]


async def test_an_answer_stops_the_cadence_and_reaches_the_owner_in_words(
    sqlite_databases: Fresh,
    tmp_path: Path,
    sink: Sink,
    temporal: Client,
    letterbox: Letterbox,
) -> None:
    """The mail leaves through SMTP, its answer lies in a mailbox, a schedule has it read."""
    async with manor(sqlite_databases(), tmp_path, sink.url, temporal) as house:
        arriving = Arriving(mailboxes=(letterbox.url,))
        house.house.config = replace(house.house.config, arriving=arriving)
        async with working(house.house, temporal):
            deal = await house.open()
            [ours] = await eventually(lambda: to(sink, ANN))
            words = "Yes, let us talk.\n\nOn Thursday?\n\nOn Monday Olga wrote:\n> Hello Ann\n"
            raw = written(words, sender=f"Ann Other <{ANN}>", answers=ours.message_id)
            await asyncio.to_thread(letterbox.put, raw)
            schedule = temporal.get_schedule_handle(INBOX_ID)
            await schedule.trigger(overlap=ScheduleOverlapPolicy.BUFFER_ONE)
            [told] = await eventually(lambda: notices(sink))
            status = await house.status(deal)
    assert told.parsed["Subject"] == "New reply: A boat"
    body = told.parsed.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "Ann Other has answered" in text
    assert "Yes, let us talk." in text
    assert "On Thursday?" in text
    assert "Hello Ann" not in text
    kinds = house.kinds(deal)
    assert kinds.count("reply_recorded") == 1
    assert kinds.count("enrollment_ended") == 1
    assert status is not None
    [line] = inbox.list_page(house.house, deal=deal).mails
    assert (line.kind, line.status, line.how) == ("human_reply", "matched", "thread")
    history = [str(one.to_json()) for one in await house.histories(deal)]
    assert not any("Thursday" in one or ANN in one for one in history)


async def test_the_schedule_reads_each_minute_and_goes_when_no_mailbox_is_left(
    sqlite_databases: Fresh, tmp_path: Path, sink: Sink, temporal: Client, letterbox: Letterbox
) -> None:
    async with manor(sqlite_databases(), tmp_path, sink.url, temporal) as house:
        await polling.schedule(house.house, temporal)  # nothing to read, nothing to take away
        bare = house.house.config
        arriving = Arriving(mailboxes=(letterbox.url,))
        house.house.config = replace(bare, arriving=arriving)
        for _ in range(2):
            await polling.schedule(house.house, temporal)
        handle = temporal.get_schedule_handle(INBOX_ID)
        told = (await handle.describe()).schedule
        assert [one.every for one in told.spec.intervals] == [timedelta(minutes=1)]
        assert told.policy.overlap == ScheduleOverlapPolicy.SKIP
        house.house.config = bare
        await polling.schedule(house.house, temporal)

        async def ids() -> list[str]:
            return [one.id async for one in await temporal.list_schedules()]

        await eventually(lambda: _none(ids()))


async def _none(asked: object) -> bool:
    found = await asked  # type: ignore[misc]
    return not found
