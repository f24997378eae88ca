"""The mail room: lists, words, doubts, and the switch for all mail."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from activities.planning import plan_due
from domain.refusal import Malformed, NotFound, Refused
from operations import deals
from operations.house import House
from operations.post import mail_room
from store import nudges, sends
from store.sends import Send
from store.verify import verify
from tests.support.shortcut import ANN, events_of, house, no_engine, opened_deal

__all__ = ["house", "no_engine"]

MAIL = b"Subject: Hello\r\nFrom: us@us.example\r\nContent-Type: text/plain\r\n\r\nWords.\r\n"


def planned(house: House, deal_id: str, days: float = 1) -> str:
    """A mail of the deal as its workflow would plan it; gives its touch id."""
    time = house.time
    house.time = type(time)(time.clock, lambda: time.wall() + timedelta(days=days))
    due = plan_due(house.store, house.time, f"deal/{deal_id}", "w", "us.example", set())
    return due.sends[0].touch_id


def in_data(house: House, touch_id: str) -> None:
    with house.store.write() as tx:
        sends.claim(tx, touch_id, "w", house.time.wall())
        sends.enter_data(tx, touch_id, "w", house.time.wall(), house.time.now())


async def doubtful(house: House) -> tuple[str, str]:
    """A deal whose first mail is in doubt: its worker died while handing it over."""
    deal_id = await opened_deal(house)
    touch_id = planned(house, deal_id)
    in_data(house, touch_id)
    plan_due(house.store, house.time, f"deal/{deal_id}", "other", "us.example", set())
    return deal_id, touch_id


async def test_a_planned_mail_is_listed_with_its_slot(house: House) -> None:
    deal_id = await opened_deal(house)
    touch_id = planned(house, deal_id)
    [one] = mail_room.list_page(house, deal=deal_id).mails
    assert (one.template, one.status, one.sent_at) == ("first-contact", "planned", None)
    assert one.message_id == f"<{touch_id}@us.example>"
    assert mail_room.list_page(house, contact=ANN, status="planned").mails == (one,)
    assert mail_room.list_page(house, status="sent").mails == ()
    keys = {"message_id", "deal_id", "contact_id", "template", "subject", "status", "reason"}
    assert keys | {"at", "sent_at"} <= one.model_dump().keys()
    with pytest.raises(Malformed, match="known: planned"):
        mail_room.list_page(house, status="gone")


async def test_a_mail_is_shown_with_its_words_once_it_has_them(house: House) -> None:
    deal_id = await opened_deal(house)
    touch_id = planned(house, deal_id)
    assert mail_room.show(house, touch_id).text is None
    told = mail_room.show(house, f"{touch_id}@us.example")
    assert told.mail.touch_id == touch_id
    with pytest.raises(NotFound):
        mail_room.show(house, "<nothing@us.example>")


async def test_stopping_all_mail_is_an_event_and_starting_wakes_what_waits(house: House) -> None:
    deal_id = await opened_deal(house)
    touch_id = planned(house, deal_id)
    told = mail_room.stop(house, actor="olga", reason="wrong words")
    assert (told.stopped, told.by, told.reason) == (True, "olga", "wrong words")
    assert mail_room.stop(house, actor="max").by == "olga"
    later = house.time.now() + timedelta(hours=6)
    with house.store.write() as tx:
        sends.claim(tx, touch_id, "w", house.time.wall())
        sends.defer(tx, touch_id, "w", later, "mail_stopped")
    assert mail_room.start(house, actor="olga").woken == 1
    assert not mail_room.switch(house).stopped
    with house.store.read() as tx:
        assert [one.stream for one in nudges.waiting(tx)] == [f"deal/{deal_id}"]
        send = sends.load(tx, touch_id)
    assert send is not None
    assert send.not_before is not None
    assert send.not_before <= house.time.now()
    kinds = [one.kind for one in events_of(house, "house/mail")]
    assert kinds == ["mail_stopped", "mail_started"]


async def test_a_doubt_that_arrived_counts_as_sent_and_its_sequence_goes_on(house: House) -> None:
    deal_id, touch_id = await doubtful(house)
    assert [one.touch_id for one in mail_room.in_doubt(house)] == [touch_id]
    before = deals.show(house, deal_id).sequences[0]
    told = mail_room.resolve(house, touch_id, "arrived", actor="olga", reason="seen in the log")
    assert told.status == "sent"
    after = deals.show(house, deal_id).sequences[0]
    assert (after.touched, after.step) == (before.touched + 1, before.step)
    assert mail_room.in_doubt(house) == []
    assert verify(house.store) == []
    with pytest.raises(Refused, match="not in doubt"):
        mail_room.resolve(house, touch_id, "lost", actor="olga")


@pytest.mark.parametrize(
    ("word", "kind"),
    [("arrived", "touch_sent"), ("lost", "touch_cancelled"), ("again", "doubt_released")],
)
async def test_who_settled_a_doubt_is_the_actor_of_its_event(
    house: House, word: str, kind: str
) -> None:
    deal_id, touch_id = await doubtful(house)
    mail_room.resolve(house, touch_id, word, actor="olga")
    last = events_of(house, f"deal/{deal_id}")[-1]
    assert (last.kind, last.origin.actor) == (kind, "olga")


@pytest.mark.parametrize("word", ["arrived", "lost", "again"])
async def test_what_a_person_types_about_a_doubt_stands_with_the_mail_alone(
    house: House, word: str
) -> None:
    deal_id, touch_id = await doubtful(house)
    mail_room.resolve(house, touch_id, word, actor="olga", reason="Ann Other rang me up")
    with house.store.read() as tx:
        row = sends.load(tx, touch_id)
    assert row is not None
    assert row.reason == "Ann Other rang me up"
    told = [one.event.model_dump_json() for one in events_of(house, f"deal/{deal_id}")]
    assert [one for one in told if "Ann" in one or "rang" in one] == []
    assert f'"{word}, says olga"' in told[-1] or word == "arrived"


@pytest.mark.parametrize("stream", ["person/P-1", "contact/C-1"])
@pytest.mark.parametrize(
    ("word", "kind"), [("lost", "notice_settled"), ("again", "doubt_released")]
)
def test_a_doubt_about_a_mail_of_no_deal_is_told_too(
    house: House, stream: str, word: str, kind: str
) -> None:
    now = house.time.now()
    row = Send(
        touch_id="m1",
        stream=stream,
        template="morning",
        purpose="internal",
        message_id="<m1@us.example>",
        planned_at=now,
        status="in_doubt",
    )
    with house.store.write() as tx:
        sends.plan(tx, row, b"x")
    mail_room.resolve(house, "m1", word, actor="olga")
    last = events_of(house, stream)[-1]
    assert (last.kind, last.origin.actor) == (kind, "olga")
    assert verify(house.store) == []


async def test_a_mail_that_arrived_did_so_when_it_left_or_as_a_person_says(house: House) -> None:
    deal_id, touch_id = await doubtful(house)
    with house.store.read() as tx:
        row = sends.load(tx, touch_id)
    assert row is not None
    left = row.left_at
    assert left is not None
    for wrong in ("2126-01-01T10:00", "soon"):
        with pytest.raises(Malformed):
            mail_room.resolve(house, touch_id, "arrived", actor="olga", at=wrong)
    with pytest.raises(Malformed, match="leave it out"):
        mail_room.resolve(house, touch_id, "lost", actor="olga", at=left.isoformat())
    said, time = left - timedelta(minutes=7), house.time
    house.time = replace(time, wall=lambda: time.wall() + timedelta(days=2))
    anchor = deals.show(house, deal_id).next[0].at
    mail_room.resolve(house, touch_id, "arrived", actor="olga", at=said.isoformat())
    assert mail_room.show(house, touch_id).mail.sent_at == said
    assert events_of(house, f"deal/{deal_id}")[-1].event.at == said
    assert anchor == deals.show(house, deal_id).next[0].at, "two days of doubt move nothing"


async def test_a_doubt_that_was_lost_is_cancelled_and_ends_nothing(house: House) -> None:
    deal_id, touch_id = await doubtful(house)
    assert mail_room.resolve(house, touch_id, "lost", actor="olga").status == "cancelled"
    assert deals.show(house, deal_id).sequences[0].status == "active"
    assert events_of(house, f"deal/{deal_id}")[-1].kind == "touch_cancelled"
    assert verify(house.store) == []


async def test_a_doubt_that_goes_again_is_the_same_mail(house: House) -> None:
    deal_id, touch_id = await doubtful(house)
    told = mail_room.resolve(house, touch_id, "again", actor="olga", command_id="d-1")
    assert told.status == "planned"
    assert mail_room.resolve(house, touch_id, "again", actor="olga", command_id="d-1") == told
    due = plan_due(house.store, house.time, f"deal/{deal_id}", "x", "us.example", set())
    assert [one.touch_id for one in due.sends] == [touch_id]
    with pytest.raises(Malformed, match="none of arrived, lost, again"):
        mail_room.resolve(house, touch_id, "perhaps", actor="olga")


async def test_an_older_doubt_can_be_settled_after_a_later_mail(house: House) -> None:
    deal_id, touch_id = await doubtful(house)
    later = planned(house, deal_id, days=5)
    assert later != touch_id
    in_data(house, later)
    plan_due(house.store, house.time, f"deal/{deal_id}", "third", "us.example", set())
    step = deals.show(house, deal_id).sequences[0].step
    mail_room.resolve(house, touch_id, "arrived", actor="olga")
    assert deals.show(house, deal_id).sequences[0].step == step
    assert verify(house.store) == []


async def test_pages_follow_each_other(house: House) -> None:
    for n in range(3):
        planned(house, await opened_deal(house, title=f"Boat {n}"), days=0.1)
    one = mail_room.list_page(house, limit=2)
    two = mail_room.list_page(house, limit=2, cursor=one.cursor)
    assert len({each.touch_id for each in (*one.mails, *two.mails)}) == 3
    assert two.cursor is None
    assert isinstance(one.mails[0].at, datetime)
