"""A database restored from a backup sends nothing again: what may have gone is held in doubt."""

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from activities.planning import plan_due
from domain import commands as c
from domain.refusal import Malformed
from domain.times.clock import Clock
from mail.outbox import Outbox
from operations import deals, restoring, upkeep
from operations.by_hand import Wakings, clock_by_hand
from operations.house import House
from operations.post import mail_room
from operations.post.mail_work import mail_work
from store import sends
from store.sends import Send
from store.verify import verify
from tests.support.moments import MONDAY
from tests.support.shortcut import events_of, house, no_engine, opened_deal
from tests.support.sink import Sink

__all__ = ["house", "no_engine"]


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with Sink() as opened:
        yield opened


@contextmanager
def standing_at(house: House, at: datetime, sink: Sink) -> Iterator[House]:
    """The same memory, opened by a house whose time goes on from that moment."""
    clock = Clock(b0=at, w0=datetime.now(UTC), speed=1)
    elsewhere = tuple(replace(one, relay=sink.url) for one in house.config.outboxes)
    config = replace(house.config, clock=lambda: clock, smtp_url=sink.url, outboxes=elsewhere)
    with House(config) as other:
        yield other


async def live(house: House, begins: datetime, until: datetime) -> None:
    """Days in which everything works and every mail goes to the relay."""
    with clock_by_hand(house, begins) as (past, hand):
        async with mail_work(past) as work:
            wakings = Wakings(past, work.performer, hand, "life")
            wakings.sleep_all((stream, at) for at, stream in upkeep._due(past))
            while await wakings.wake_next(until):
                pass


def mails(house: House, deal_id: str) -> list[Send]:
    with house.store.read() as tx:
        found = sends.page(tx, deal_id=deal_id)
    return sorted(found, key=lambda one: one.planned_at)


def restore(house: House, copy: Path) -> None:
    house.store.close()
    shutil.copyfile(copy, str(house.store.url.database))


@pytest.mark.parametrize("owners", [(), ("olga@us.example",)])
async def test_what_went_after_the_backup_is_in_doubt_and_goes_no_second_time(
    house: House, sink: Sink, tmp_path: Path, owners: tuple[str, ...]
) -> None:
    """By the house's own relay, and by a mailbox of the owner's."""
    own = Outbox("own", "own@us.example", "smtp://127.0.0.1:1", owners=owners)
    house.config = replace(house.config, outboxes=(own,))
    deal_id = await opened_deal(house)
    begins, backed_up = house.time.now(), MONDAY + timedelta(days=1, hours=8)
    with standing_at(house, begins, sink) as life:
        await live(life, begins, backed_up)
        before = [one.message_id for one in sink.messages]
        upkeep.back_up(life, tmp_path / "copy.db")
        await live(life, backed_up, MONDAY + timedelta(days=24))
        went = [one for one in mails(life, deal_id) if one.sent_at and one.sent_at > backed_up]
    assert before
    assert len([one for one in went if one.contact_id]) >= 2
    assert went[-1].sent_at is not None
    assert {one.mailbox for one in went if one.contact_id} == {"own" if owners else "main"}
    restore(house, tmp_path / "copy.db")
    restored = went[-1].sent_at + timedelta(minutes=10)
    with standing_at(house, restored, sink) as after:
        told = await upkeep.make_anew(after, workflows=False, restored_at=backed_up.isoformat())
        assert len(sink.messages) == len(before) + len(went), "nothing goes while it is restored"
        doubts = mail_room.in_doubt(after)
        of_deal = [one for one in doubts if one.deal_id == deal_id]
        assert {one.message_id for one in of_deal} == {one.message_id for one in went}
        assert {one.reason for one in doubts} == {restoring.REASON}
        assert told.held == len(doubts)
        assert mail_room.show(after, went[0].touch_id).text, "it keeps its words"
        assert {one.status for one in mails(after, deal_id)} == {"sent", "in_doubt"}
        again = await upkeep.make_anew(after, workflows=False, restored_at=backed_up.isoformat())
        assert again.held == 0
        await live(after, restored, restored + timedelta(days=30))
        mail_room.resolve(after, went[0].touch_id, "arrived", actor="olga")
        settled = next(one for one in mails(after, deal_id) if one.touch_id == went[0].touch_id)
        assert settled.sent_at is not None
        assert settled.slot_at is not None
        assert timedelta(0) <= settled.sent_at - settled.slot_at < timedelta(minutes=5)
        assert verify(after.store) == []
    ids = [one.message_id for one in sink.messages]
    assert len(ids) == len(set(ids)), "no mail goes twice"
    assert len(ids) > len(before) + len(went), "and what was not due yet goes its way"


async def test_without_the_moment_of_the_backup_a_mail_would_go_twice(
    house: House, sink: Sink, tmp_path: Path
) -> None:
    """The fault that `--restored-at` is for; were it gone, the option could go as well."""
    await opened_deal(house)
    begins = house.time.now()
    upkeep.back_up(house, tmp_path / "copy.db")
    with standing_at(house, begins, sink) as life:
        await live(life, begins, begins + timedelta(days=1))
    restore(house, tmp_path / "copy.db")
    with standing_at(house, begins + timedelta(hours=2), sink) as after:
        await upkeep.make_anew(after, workflows=False)
        await live(after, after.time.now(), begins + timedelta(days=1))
    ids = [one.message_id for one in sink.messages]
    assert len(ids) == len(set(ids)) + 1


async def test_a_mail_that_was_in_somebodys_hands_at_the_backup_is_in_doubt(
    house: House, sink: Sink
) -> None:
    """Claimed is not sent; but whoever held it had time to send it after the backup."""
    deal_id = await opened_deal(house)
    begins = house.time.now()
    slot = begins + timedelta(hours=1)
    with standing_at(house, slot, sink) as at_slot:
        [planned, *_] = plan_due(
            at_slot.store, at_slot.time, f"deal/{deal_id}", "dead", "us.example", set()
        ).sends
        with at_slot.store.write() as tx:
            assert sends.claim(tx, planned.touch_id, "dead", at_slot.time.wall())
    with standing_at(house, slot + timedelta(minutes=5), sink) as after:
        told = await upkeep.make_anew(after, workflows=False, restored_at=slot.isoformat())
    assert told.held == 1
    [one] = [one for one in mails(house, deal_id) if one.touch_id == planned.touch_id]
    assert (one.status, one.reason) == ("in_doubt", restoring.REASON)
    assert "touch_in_doubt" in [one.kind for one in events_of(house, f"deal/{deal_id}")]
    assert sink.messages == []


async def test_a_morning_mail_of_the_lost_time_is_held_and_a_later_one_is_not(
    house: House, sink: Sink
) -> None:
    deal_id = await opened_deal(house)
    await deals.tell(house, deal_id, c.RecordReply(channel="email"), actor="test")
    begins = house.time.now()
    noon = (begins + timedelta(days=1)).replace(hour=12, minute=0)
    for restored_at, expected in ((noon - timedelta(minutes=1), []), (begins, ["morning"])):
        with standing_at(house, noon, sink) as after:
            await upkeep.make_anew(after, workflows=False, restored_at=restored_at.isoformat())
            doubts = mail_room.in_doubt(after)
        found = [one for one in doubts if one.deal_id is None]
        assert [one.template for one in found] == expected
    assert sink.messages == []
    [olga] = {one.person_id for one in found}
    kinds = [one.kind for one in events_of(house, f"person/{olga}")]
    assert kinds[-2:] == ["morning_sent", "notice_settled"]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("2026-03-02", "say the time as well"),
        ("yesterday noon", "is no date or time"),
        ("2126-03-02T10:00Z", "still to come"),
    ],
)
async def test_a_moment_that_cannot_be_the_backups_is_refused_before_anything_is_made(
    house: House, said: str, told: str
) -> None:
    with pytest.raises(Malformed, match=told):
        await upkeep.make_anew(house, workflows=False, restored_at=said)
    with pytest.raises(Malformed, match=told):
        upkeep.would_make(house, said)


async def test_a_dry_run_says_how_much_of_the_lost_time_there_is(house: House, sink: Sink) -> None:
    await opened_deal(house)
    begins = house.time.now()
    with standing_at(house, begins + timedelta(hours=5), sink) as after:
        told = upkeep.would_make(after, begins.isoformat())
        assert (told.streams, told.workflows, told.lived_through) == (1, 1, 1)
        assert upkeep.would_make(after).lived_through == 0
        assert mail_room.in_doubt(after) == []
