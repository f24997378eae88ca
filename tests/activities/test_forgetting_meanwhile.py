"""A person forgotten while a letter to a colleague is made of words about them."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.morning import Mornings
from domain import commands as c
from domain.times.calendar import Calendar
from mail.kitchen import Kitchen
from mail.mentions import speaks_of
from operations import forgetting
from operations.house import House
from store import people, sends
from tests.support.household import ANN, Household
from tests.support.living import config_of
from tests.support.sink import Sink

TITLE = "A boat for Ann Other"


@pytest.fixture
def forget(
    house: Household, database_url: str, tmp_path: Path, sink: Sink
) -> Iterator[Callable[[], forgetting.Forgotten]]:
    """Forget Ann, through the door of the same house."""
    with House(config_of(database_url, tmp_path, sink.url, begin=house.watch.now)) as door:
        door.time = house.time
        yield lambda: forgetting.forget(door, ANN, actor="test")


def _said(raw: bytes) -> bool:
    words = forgetting.pattern_of(["Ann Other", ANN])
    assert words is not None
    return speaks_of(raw, words)


def _kept(house: Household) -> list[bytes]:
    with house.store.read() as tx:
        ids = [one.touch_id for one in sends.page(tx, limit=100)]
        return [found for its_id in ids if (found := sends.payload(tx, its_id))]


def _promised(house: Household, **more: Any) -> str:
    """A deal, Ann's unless more is said, whose owner is to be reminded of a promise now."""
    deal = house.open(**{"title": TITLE, "enroll": False, **more})
    due = house.watch.now + timedelta(days=2)
    house.ask(c.MakePromise(due_at=due, what="Call Ann Other back"), deal)
    house.watch.now = due + timedelta(days=1)
    return deal


async def _perform_all(house: Household, deal: str) -> None:
    """Until nothing is due any more."""
    for number in range(5):
        woken = await house.perform(deal, f"run/{number}/1")
        if woken.wake_at is None or woken.wake_at > house.watch.now:
            return


async def test_what_a_letter_would_say_without_it(house: Household, sink: Sink) -> None:
    """The tests below prove nothing unless such a letter speaks of her."""
    await _perform_all(house, _promised(house))
    assert [_said(one.raw) for one in sink.messages] == [True]


async def test_a_letter_made_of_words_forgotten_meanwhile_is_written_again(
    house: Household, sink: Sink, forget: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    deal, write, told = _promised(house), house.performer.writer.write, []

    async def written_slowly(send: sends.Send) -> Any:
        written = await write(send)
        if not told:
            told.append(await asyncio.to_thread(forget))
        return written

    monkeypatch.setattr(house.performer.writer, "write", written_slowly)
    await _perform_all(house, deal)
    assert told
    assert [one.recipient for one in sink.messages] == ["olga@us.example"]
    assert [one for one in [*_kept(house), *(m.raw for m in sink.messages)] if _said(one)] == []


async def test_a_letter_at_the_door_of_the_relay_does_not_go_with_words_that_are_gone(
    house: Household, sink: Sink, forget: Callable[[], Any]
) -> None:
    deal, hold = _promised(house), sink.hold("rcpt")
    performing = asyncio.create_task(_perform_all(house, deal))
    await hold.reached.wait()
    told = await asyncio.to_thread(forget)
    hold.release.set()
    await performing
    assert told.erased["mails"] >= 1
    assert [one.recipient for one in sink.messages] == ["olga@us.example"]
    assert [one for one in [*_kept(house), *(m.raw for m in sink.messages)] if _said(one)] == []


async def test_a_mail_written_between_the_look_and_the_erasing_is_found(
    house: Household, sink: Sink, forget: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    deal, look = _promised(house, title="A raft", contacts=[]), forgetting._mentioned
    loop, went = asyncio.get_running_loop(), []

    def looked(*told: Any, **more: Any) -> list[str]:
        found = look(*told, **more)
        if not went:  # in the transaction that reads, before the one that erases
            went.append(asyncio.run_coroutine_threadsafe(_perform_all(house, deal), loop).result())
        return found

    monkeypatch.setattr(forgetting, "_mentioned", looked)
    await asyncio.to_thread(forget)
    assert len(sink.messages) == 1
    assert [one for one in _kept(house) if _said(one)] == []


async def test_a_morning_mail_made_of_words_forgotten_meanwhile_is_not_kept(
    house: Household, kitchen: Kitchen, forget: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    deal, told, render = _promised(house), [], kitchen.render
    house.ask(c.RecordReply(contact_id="C-1"), deal)

    def rendered_slowly(*what: Any) -> Any:
        rendered = render(*what)
        if not told:
            assert "Ann Other" in rendered.text
            told.append(forget())
        return rendered

    monkeypatch.setattr(kitchen, "render", rendered_slowly)
    mornings = Mornings(house.store, house.time, kitchen, house.sender)
    with house.store.read() as tx:
        olga = people.load(tx, "P-1")
    assert olga is not None
    assert await asyncio.to_thread(mornings.plan, olga, Calendar()) is False
    assert await asyncio.to_thread(mornings.plan, olga, Calendar()) is True
    assert [len(_kept(house)), *(one for one in _kept(house) if _said(one))] == [1]
