"""What kept mail back as a whole is told as of its time: the kill switch, a halted mailbox."""

import dataclasses
from collections.abc import Callable
from datetime import datetime

from domain.limits import Breaker, MailLimits, Wait
from mail.outbox import Outbox
from operations import deals, history, stop_facts
from operations.history import Reason
from operations.house import House
from operations.looking_back import AsOf
from operations.post import mail_room, mailboxes
from operations.upcoming import Upcoming
from store import waits
from tests.operations.test_looking_back import day, on_day
from tests.operations.test_mailboxes import wrote_to
from tests.support.shortcut import ANN, OLGA, house, no_engine, opened_deal

__all__ = ["house", "no_engine", "on_day"]


def mail_to_come(house: House, deal_id: str, moment: AsOf | None) -> tuple[Reason, Upcoming]:
    """The first mail that was to come, as it is explained and as it is planned."""
    told = history.explained(house, deal_id, as_of=moment).touches
    planned = history.coming(house, deal_id, as_of=moment).next
    reason = next(one for one in told if one.touch_id is not None and one.version is None)
    return reason, next(one for one in planned if one.touch_id == reason.touch_id)


def why(house: House, deal_id: str, at: datetime | None, known: bool = False) -> str:
    reason, _ = mail_to_come(house, deal_id, AsOf(at, known) if at else None)
    return "; ".join(reason.why)


async def test_the_kill_switch_of_then_is_told_and_not_that_of_today(
    house: House, on_day: Callable[[float], None]
) -> None:
    deal_id = await opened_deal(house)
    on_day(2)
    mail_room.stop(house, actor="olga", reason="a wrong price")
    since = f"all mail is stopped since {day(2):%a %d %b}".replace(" 0", " ")
    on_day(4)
    mail_room.start(house, actor="olga")
    on_day(6)
    assert "stopped" not in why(house, deal_id, day(1))
    reason, planned = mail_to_come(house, deal_id, AsOf(day(3)))
    assert since in "; ".join(reason.why)
    assert reason.would_need is not None
    assert reason.would_need.startswith("a person letting mail go again")
    assert planned.halted == "mail_stopped"
    assert planned.why.endswith("as things stand it waits: all mail is stopped")
    assert since in why(house, deal_id, day(3), known=True)
    assert "stopped" not in why(house, deal_id, day(5))
    # No word of a worker that did not do it: a limit may have held it, and that is not kept.
    assert "why it had not gone by then is not kept" in why(house, deal_id, day(5))
    mail_room.stop(house, actor="olga")
    assert "stopped" not in why(house, deal_id, day(5))
    assert {one.halted for one in deals.show(house, deal_id).next} == {None, "mail_stopped"}
    assert "mail_stopped" in {
        one.halted for one in deals.show(house, deal_id, as_of=AsOf(day(3))).next
    }
    opened = await deals.open_deal(house, deals.Opening(title="Told", contacts=(ANN,)), actor="t")
    assert opened.next[0].halted == "mail_stopped"
    now, planned = mail_to_come(house, deal_id, None)
    assert any(one.startswith("all mail is stopped since") for one in now.why)
    assert planned.halted == "mail_stopped"


async def test_a_limit_that_held_a_mail_then_is_told_of_then_alone(
    house: House, on_day: Callable[[float], None]
) -> None:
    deal_id = await opened_deal(house)
    on_day(4)
    reason, _ = mail_to_come(house, deal_id, AsOf(day(1)))
    assert reason.touch_id is not None
    with house.store.write() as tx:
        held = Wait(day(2), day(3), "mailbox_day")
        waits.note(tx, reason.touch_id, f"deal/{deal_id}", held)
    word = "its mailbox has sent what it may in a day"
    for known in (False, True):
        told, planned = mail_to_come(house, deal_id, AsOf(day(2.5), known))
        assert word in "; ".join(told.why)
        assert told.would_need is not None
        assert (told.at, planned.at, told.values["waits_for"]) == (day(3), day(3), "mailbox_day")
        assert word in planned.why
    for moment in (day(1.9), day(3), None):
        assert word not in why(house, deal_id, moment)
    with house.store.write() as tx:
        longer = Wait(day(3), day(3.5), "mailbox_day")
        waits.note(tx, reason.touch_id, f"deal/{deal_id}", longer)
    told, planned = mail_to_come(house, deal_id, AsOf(day(2.5)))
    assert word in "; ".join(told.why)
    assert (told.at, planned.at) == (day(2.5), day(2.5)), "nobody knew then how long it would be"


async def test_a_halted_mailbox_of_then_is_told_of_its_mail_alone(
    house: House, on_day: Callable[[float], None]
) -> None:
    limits = MailLimits(breaker=Breaker(bounces=2))
    boats = Outbox("boats", "boats@us.example", "smtp://127.0.0.1:1", owners=(OLGA,))
    house.config = dataclasses.replace(house.config, limits=limits, outboxes=(boats,))
    hers = await opened_deal(house)
    others = await opened_deal(house, title="No owner", owner=None)
    on_day(2)
    for its_id in [wrote_to(house, number) for number in range(2)]:
        stop_facts.bounce(house, its_id, actor="test", hard=True)
    on_day(4)
    mailboxes.release(house, "main", actor="olga")
    on_day(5)
    told = "its mailbox main is halted since"
    assert told not in why(house, others, day(1))
    assert told in why(house, others, day(3))
    assert "2 bounces among its last 2 mails" in why(house, others, day(3))
    assert told not in why(house, hers, day(3))
    assert told not in why(house, others, day(4.5))
    reason, planned = mail_to_come(house, others, AsOf(day(3)))
    assert planned.halted == "breaker"
    assert reason.would_need is not None
    assert reason.would_need.startswith("a person letting its mailbox go on")


async def test_a_halt_of_marketing_keeps_no_follow_up_back(
    house: House, on_day: Callable[[float], None]
) -> None:
    deal_id = await opened_deal(house)
    limits = MailLimits(breaker=Breaker(bounces=9, complaints=1))
    house.config = dataclasses.replace(house.config, limits=limits)
    stop_facts.complaint(house, wrote_to(house, 1), actor="test")
    (one,) = mailboxes.halted(house)
    assert one.scope == "marketing"
    on_day(0.5)
    assert "halted" not in why(house, deal_id, None)
    assert "halted" not in why(house, deal_id, day(0.4))
