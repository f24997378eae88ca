"""What was committed before `data` stops a mail, whoever said it, even with the relay waiting."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from domain import commands as c
from mail.address import address_key
from store import contacts, suppression, switches
from store.sends import Send
from store.switches import Switch
from tests.support.household import ANN, SECRET, Household
from tests.support.sink import Sink
from tests.support.trials import Trial, trial

__all__ = ["trial"]

stop_race = pytest.mark.proof("a stop while the relay holds the mail at MAIL or RCPT")

Stop = Callable[[Household, str], None]


def _reply(house: Household, deal: str) -> None:
    house.ask(c.RecordReply(contact_id="C-1"), deal)


def _win(house: Household, deal: str) -> None:
    """The welcome goes in the same wake-up."""
    house.ask(c.WinDeal(), deal)


def _lose(house: Household, deal: str) -> None:
    house.ask(c.LoseDeal(reason="price"), deal)


def _stop(house: Household, deal: str) -> None:
    house.ask(c.StopEnrollments(reason="by_hand"), deal)


def _pause(house: Household, deal: str) -> None:
    house.ask(c.PauseDeal(), deal)


def _attention(house: Household, deal: str) -> None:
    house.ask(c.RaiseAttention(reason="look at this"), deal)


def _barred(reason: str, scope: str) -> Stop:
    def stop(house: Household, deal: str) -> None:
        with house.store.write() as tx:
            suppression.add(tx, address_key(SECRET, ANN), reason, house.watch.now, scope)

    return stop


def _forgotten(house: Household, deal: str) -> None:
    with house.store.write() as tx:
        contacts.forget(tx, "C-1", house.watch.now)


def _kill_switch(house: Household, deal: str) -> None:
    with house.store.write() as tx:
        switches.flip(tx, Switch(switches.MAIL_STOPPED, True, house.watch.now, "P-1"))


async def _race(house: Household, sink: Sink, stop: Stop, stage: str = "rcpt") -> str:
    """Perform, hold the relay at that stage, commit the stop, let the relay go on."""
    deal, hold = house.open(), sink.hold(stage)
    performing = asyncio.create_task(house.perform(deal))
    await hold.reached.wait()
    await asyncio.to_thread(stop, house, deal)
    hold.release.set()
    await performing
    assert _first(house, deal).message_id not in [one.message_id for one in sink.messages]
    return deal


def _first(house: Household, deal: str) -> Send:
    return next(one for one in house.mails(deal) if one.template == "first-contact")


def _judge(trial: Trial, house: Household, sink: Sink, deal: str) -> None:
    """A mail that went against the stop is a copy too many; one without an end is lost."""
    its_id = _first(house, deal).message_id
    went = [one for one in sink.messages if one.message_id == its_id]
    ended = _first(house, deal).status in ("cancelled", "planned")
    trial.count(1 + len(went), lost=not ended)


@stop_race
@pytest.mark.parametrize("stage", ["mail", "rcpt"])
@pytest.mark.parametrize(
    ("stop", "reason"),
    [
        (_reply, "reply"),
        (_win, "won"),
        (_lose, "lost"),
        (_stop, "by_hand"),
        (_barred("unsubscribed", "*"), "opt_out"),
        (_barred("unsubscribed", "sales"), "opt_out"),
        (_barred("complaint", "*"), "complaint"),
        (_barred("hard_bounce", "*"), "hard_bounce"),
        (_forgotten, "no_address"),
    ],
)
async def test_a_stop_cancels_the_mail_that_is_about_to_go(
    house: Household, sink: Sink, trial: Trial, stop: Stop, reason: str, stage: str
) -> None:
    deal = await _race(house, sink, stop, stage)
    _judge(trial, house, sink, deal)
    first = _first(house, deal)
    assert (first.status, first.reason) == ("cancelled", reason)
    assert "touch_cancelled" in house.kinds(deal)


@stop_race
@pytest.mark.parametrize("stage", ["mail", "rcpt"])
@pytest.mark.parametrize(
    ("stop", "reason"),
    [(_pause, "paused"), (_attention, "attention"), (_kill_switch, "mail_stopped")],
)
async def test_what_only_waits_defers_it(
    house: Household, sink: Sink, trial: Trial, stop: Stop, reason: str, stage: str
) -> None:
    deal = await _race(house, sink, stop, stage)
    _judge(trial, house, sink, deal)
    row = house.mail(deal)
    assert (row.status, row.reason, sink.messages) == ("planned", reason, [])
    assert row.not_before is not None
    assert row.not_before > house.watch.now


async def test_mail_goes_again_after_a_pause(small_house: Household, sink: Sink) -> None:
    house = small_house
    deal = await _race(house, sink, _pause)
    house.watch.pass_(hours=1)
    receipt = house.ask(c.ResumeDeal(), deal)
    assert receipt.wake_at is not None
    assert receipt.wake_at <= house.watch.now
    await house.perform(deal, "run/2/1")
    assert (house.mail(deal).status, len(sink.messages)) == ("sent", 1)


async def test_a_pause_that_outlasts_the_window_makes_it_missed(
    small_house: Household, sink: Sink
) -> None:
    house = small_house
    deal = await _race(house, sink, _pause)
    house.watch.pass_(days=4)
    house.ask(c.ResumeDeal(), deal)
    await house.perform(deal, "run/2/1")
    assert (house.mails(deal)[0].status, sink.messages) == ("missed", [])
    assert "touch_missed" in house.kinds(deal)


async def test_a_retry_never_mails_at_night(small_house: Household, sink: Sink) -> None:
    house, deal = small_house, small_house.open()
    house.watch.pass_(hours=11)
    woken = await house.perform(deal)
    row = house.mail(deal)
    assert (row.status, row.reason, sink.messages) == ("planned", "outside_send_window", [])
    assert woken.wake_at is not None
    assert woken.wake_at - house.watch.now == timedelta(hours=12)


async def test_what_comes_after_data_comes_too_late_for_this_mail_only(
    small_house: Household, sink: Sink
) -> None:
    house = small_house
    deal, hold = house.open(), sink.hold("dot")
    performing = asyncio.create_task(house.perform(deal))
    await hold.reached.wait()
    await asyncio.to_thread(_reply, house, deal)
    hold.release.set()
    await performing
    assert house.mail(deal).status == "sent"
    house.watch.pass_(days=5)
    await house.perform(deal, "run/2/1")
    assert len(sink.messages) == 1
