"""Mail that comes in: taken once, matched by its surest key, and told to whom it concerns."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from activities.timekeeping import wall_time
from domain import commands as c
from domain.limits import MailLimits, SoftBounces
from domain.playbooks.parts import parts
from operations import contacts, deals, stop_facts
from operations.authoring.files import load
from operations.deal_view import DealView
from operations.house import House
from operations.inbound import taking
from operations.inbound.forgetting import forget_ignored
from operations.post import mail_room
from store import aliases, departures, inbound, people, playbooks, sends, suppression
from store import contacts as contact_rows
from store import deals as deal_rows
from tests.support.post import US, came, kept, returned, sent, written
from tests.support.shortcut import ANN, BOB, OLGA, events_of, house, no_engine, opened_deal
from worker import hands

__all__ = ["house", "no_engine"]

TOKEN = "abcdefghijklmnopqrstuvwx"


def her(house: House, email: str = ANN) -> str:
    return contacts.id_of(house, email)


def running(house: House, deal_id: str) -> list[str]:
    return [one.sequence for one in show(house, deal_id).sequences if one.status == "active"]


def show(house: House, deal_id: str) -> DealView:
    return deals.show(house, deal_id)


def kinds(house: House, stream: str) -> list[str]:
    return [one.kind for one in events_of(house, stream)]


def barred(house: House, email: str = ANN) -> str | None:
    with house.store.read() as tx:
        its = contacts.find(tx, house, email).contact_id
        return contact_rows.facts(tx, [its], house.time.now())[its].suppressed


@pytest.fixture
async def deal(house: House) -> str:
    return await opened_deal(house)


async def test_an_answer_stops_the_cadence_and_tells_the_owner_what_was_written(
    house: House, deal: str
) -> None:
    ours = sent(house, her(house), deal)
    taken = came(house, written("Yes, please.\n\n> our mail\n", answers=ours.message_id))
    assert (taken.status, taken.deal_id) == ("matched", deal)
    assert running(house, deal) == []
    assert show(house, deal).our_turn_since is not None
    row = kept(house, taken)
    assert (row.how, row.contact_id, row.touch_id) == ("thread", her(house), "t1")
    assert row.text == "Yes, please."
    [told] = [one.event for one in events_of(house, f"deal/{deal}") if one.kind == "notified"]
    assert told.template == "reply-arrived"
    assert "please" not in str(events_of(house, f"deal/{deal}"))


async def test_the_same_mail_counts_once_whichever_way_it_came(house: House, deal: str) -> None:
    raw = written()
    first = came(house, raw)
    before = events_of(house, f"deal/{deal}")
    again = came(house, b"Received: from elsewhere\n" + raw)
    other = taking.take(house, taking.Arrival(raw, "webhook"))
    assert (first.fresh, again.fresh, other.fresh) == (True, False, False)
    assert again.inbound_id == first.inbound_id == other.inbound_id
    assert events_of(house, f"deal/{deal}") == before


async def test_a_stranger_who_takes_the_id_of_a_mail_does_not_hide_it(
    house: House, deal: str
) -> None:
    came(house, written(sender="Eve <eve@else.example>"))
    taken = came(house, written())
    assert (taken.fresh, taken.status) == (True, "matched")


async def test_an_address_alone_stops_all_open_deals_of_its_contact(house: House) -> None:
    hers = [await opened_deal(house), await opened_deal(house, title="Second")]
    his = await opened_deal(house, title="His", contacts=(BOB,))
    came(house, written(sender=ANN.upper().replace("ANN", "ann+news")))
    assert [running(house, one) for one in hers] == [[], []]
    assert running(house, his) == ["follow-up"]


async def test_what_nobody_knows_waits_for_a_person(house: House, deal: str) -> None:
    taken = came(house, written(sender="zoe@else.example"))
    assert taken.status == "unmatched"
    assert running(house, deal) == ["follow-up"]
    with house.store.read() as tx:
        assert [one.inbound_id for one in inbound.page(tx, waiting=True)] == [taken.inbound_id]
        assert inbound.raw(tx, taken.inbound_id) is not None


async def test_a_colleague_answers_within_a_thread(house: House, deal: str) -> None:
    ours = sent(house, her(house), deal)
    taken = came(house, written(sender="zoe@else.example", answers=ours.message_id))
    assert (taken.status, taken.contact_id) == ("matched", her(house))
    assert running(house, deal) == []


async def test_a_colleague_answers_for_the_company_where_the_playbook_says_so(
    house: House,
) -> None:
    ruled = house.config.data_dir / "kin.yaml"
    told = (house.config.playbooks / "simple.yaml").read_text(encoding="utf-8")
    ruled.write_text(
        f"{told.replace('playbook: simple', 'playbook: kin')}\nanswers_from: company\n"
    )
    with house.store.write() as tx:
        playbooks.publish(tx, "kin", parts(load(ruled).playbook), "test", house.time.now())
    strict = await opened_deal(house)
    assert came(house, written(sender="zoe@them.example")).status == "unmatched"
    await deals.tell(house, strict, c.LoseDeal(reason="price"), actor="test")
    deal = await opened_deal(house, playbook="kin")
    taken = came(house, written(sender="zoe@them.example", message_id="<2@them.example>"))
    assert (taken.status, taken.deal_id, kept(house, taken).how) == ("matched", deal, "domain")
    assert running(house, deal) == []
    await opened_deal(house, title="Second", playbook="kin")
    more = came(house, written(sender="zoe@them.example", message_id="<3@them.example>"))
    assert more.status == "unmatched"


async def test_a_further_address_is_the_contacts_own(house: House, deal: str) -> None:
    with house.store.write() as tx:
        key = taking.sender_key(house, "ann@home.example")
        assert key is not None
        aliases.add(tx, key, her(house), house.time.wall(), "P-1")
    assert came(house, written(sender="ann@home.example")).deal_id == deal


async def test_a_late_answer_begins_no_turn_that_is_over(house: House, deal: str) -> None:
    before = house.time.wall()
    await deals.tell(house, deal, c.LogActivity(activity="email"), actor="test")
    came(house, written(), came_at=before)
    assert running(house, deal) == []
    assert show(house, deal).our_turn_since is None


async def test_an_old_mail_says_nothing_about_a_younger_deal(house: House, deal: str) -> None:
    taken = came(house, written(), came_at=house.time.wall() - timedelta(days=3))
    assert (taken.status, taken.contact_id) == ("unmatched", her(house))
    assert "reply_recorded" not in kinds(house, f"deal/{deal}")


async def test_an_out_of_office_is_no_answer_and_its_date_moves_the_next_step(
    house: House, deal: str
) -> None:
    ours = sent(house, her(house), deal)
    back = house.time.now() + timedelta(days=9)
    before = show(house, deal).next[0]
    raw = written(
        f"I am out of the office and will be back on {back:%d %B %Y}.",
        answers=ours.message_id,
        date=house.time.now(),
        subject="Automatic reply: A boat",
        Auto_Submitted="auto-replied",
    )
    taken = came(house, raw)
    assert (taken.kind, taken.status) == ("out_of_office", "matched")
    assert running(house, deal) == ["follow-up"]
    assert "reply_recorded" not in kinds(house, f"deal/{deal}")
    with house.store.read() as tx:
        found = deal_rows.load(tx, deal)
    assert found is not None
    [one] = found.active_enrollments
    assert one.parked_until is not None
    assert one.parked_until.date() == back.date()
    after = show(house, deal).next[0]
    assert (after.what, before.at < one.parked_until <= after.at) == (before.what, True)


async def test_a_hard_bounce_of_our_mail_bars_the_address(house: House, deal: str) -> None:
    ours = sent(house, her(house), deal)
    taken = came(house, returned(ANN, ours.message_id))
    assert (taken.kind, taken.status) == ("hard_bounce", "matched")
    assert barred(house) == "hard_bounce"
    assert running(house, deal) == []


async def test_a_forged_bounce_for_an_address_that_got_no_mail_bars_nobody(
    house: House, deal: str
) -> None:
    assert came(house, returned(ANN, None)).status == "unmatched"
    assert barred(house) is None
    sent(house, her(house), deal)
    assert came(house, returned(ANN, None, message_id="<b2@mx.example>")).status == "matched"
    assert barred(house) == "hard_bounce"


async def test_many_soft_bounces_count_as_a_hard_one(house: House, deal: str) -> None:
    twice = MailLimits(soft_bounces=SoftBounces(2, timedelta(days=1)))
    house.config = replace(house.config, limits=twice)
    for number in (1, 2, 3):
        ours = sent(house, her(house), deal, f"t{number}")
        for nth in range(2):  # a server tells of one mail that waits more than once
            came(house, returned(ANN, ours.message_id, "4.4.1", f"<b{number}{nth}@mx.example>"))
        assert barred(house) == (None if number == 1 else "soft_bounces")
    assert running(house, deal) == []
    assert kinds(house, f"contact/{her(house)}").count("suppressed") == 1


async def test_a_complaint_bars_the_address(house: House, deal: str) -> None:
    ours = sent(house, her(house), deal)
    raw = (
        "From: fbl@provider.example\nTo: sales@us.example\nSubject: complaint\n"
        "Message-ID: <f1@provider.example>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nA complaint.\n\n"
        "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n\n"
        f"--b\nContent-Type: message/rfc822\n\nMessage-ID: {ours.message_id}\nTo: x\n\n\n--b--\n"
    )
    assert came(house, raw.encode()).kind == "complaint"
    assert barred(house) == "complaint"
    assert running(house, deal) == []


async def test_who_writes_only_stop_gets_no_more_mail(house: House, deal: str) -> None:
    ours = sent(house, her(house), deal)
    taken = came(house, written("Unsubscribe", answers=ours.message_id))
    assert (taken.kind, taken.status) == ("opt_out", "matched")
    assert running(house, deal) == []
    told = next(x for x in events_of(house, f"contact/{her(house)}") if x.kind == "unsubscribed")
    assert (told.event.purpose, told.event.how) == ("*", "mail")


async def test_a_stranger_who_opts_out_is_barred_and_shown(house: House) -> None:
    taken = came(house, written("stop", sender="zoe@else.example"))
    assert taken.status == "unmatched"
    key = taking.sender_key(house, "zoe@else.example")
    assert key is not None
    with house.store.read() as tx:
        bar = suppression.find(tx, key, "sales")
    assert bar is not None
    assert bar.opted_out


def doubted(house: House, deal: str) -> Any:
    now = house.time.now()
    return sent(house, her(house), deal, status="in_doubt", sent_at=None, data_at=now)


async def test_an_answer_proves_that_a_mail_in_doubt_arrived(house: House, deal: str) -> None:
    ours = doubted(house, deal)
    came(house, written(answers=ours.message_id))
    assert mail_room.show(house, ours.touch_id).mail.status == "sent"


async def test_a_bounce_proves_that_a_mail_in_doubt_did_not(house: House, deal: str) -> None:
    ours = doubted(house, deal)
    came(house, returned(ANN, ours.message_id))
    assert mail_room.show(house, ours.touch_id).mail.status == "cancelled"


async def test_what_a_rep_sent_himself_is_an_answer_of_ours(house: House, deal: str) -> None:
    came(house, written())
    assert show(house, deal).our_turn_since is not None
    own = written("Here it is.", sender=f"Olga <{OLGA}>", to=ANN, message_id="<o1@us.example>")
    taken = came(house, own, sent=True)
    assert (taken.kind, taken.status, taken.deal_id) == ("own_mail", "matched", deal)
    assert show(house, deal).our_turn_since is None
    [logged] = [x for x in events_of(house, f"deal/{deal}") if x.kind == "activity_logged"]
    with house.store.read() as tx:
        olga = people.by_email(tx, OLGA)
    assert olga is not None
    assert (logged.event.activity, logged.origin.actor) == ("email", olga.person_id)
    answer = written(sender="zoe@else.example", answers="<o1@us.example>", message_id="<9@e.x>")
    assert came(house, answer).deal_id == deal


async def test_what_a_rep_sent_himself_moves_the_next_follow_up(house: House) -> None:
    """As a touch of ours does: its window is counted from there."""
    deal = await opened_deal(house, wrote_on=house.time.now().isoformat())
    before = show(house, deal).next[0]
    house.time = replace(house.time, wall=lambda: wall_time() + timedelta(days=2))
    came(house, written("Here.", sender=OLGA, to=ANN, message_id="<o1@us.example>"), sent=True)
    after = show(house, deal).next[0]
    assert after.what == before.what
    assert timedelta(days=1) < after.at - before.at


async def test_a_from_line_proves_nothing(house: House, deal: str) -> None:
    forged = written("I am Olga.", sender=OLGA, to=f"{ANN}, {US}")
    assert came(house, forged).status == "ignored"
    assert "activity_logged" not in kinds(house, f"deal/{deal}")


async def test_a_blind_copy_to_the_deals_address_is_recorded_on_that_deal(
    house: House, deal: str
) -> None:
    other = await opened_deal(house, title="Second")
    with house.store.write() as tx:
        aliases.issue(tx, TOKEN, "deal", other, house.time.wall())
    own = written(
        "For the second.", sender=OLGA, to=ANN, Delivered_To=f"deal+{TOKEN}@in.us.example"
    )
    assert came(house, own).deal_id == other
    assert "activity_logged" not in kinds(house, f"deal/{deal}")


async def test_a_mail_of_ours_among_the_sent_is_no_activity(house: House, deal: str) -> None:
    ours = doubted(house, deal)
    raw = written(sender=US, to=ANN, message_id=ours.message_id)
    assert came(house, raw, sent=True).status == "ignored"
    assert "activity_logged" not in kinds(house, f"deal/{deal}")
    with house.store.read() as tx:
        found = sends.load(tx, ours.touch_id)
    assert found is not None
    assert found.status == "sent"


async def test_of_mail_that_concerns_nobody_nothing_is_kept(house: House) -> None:
    raw = written(sender=OLGA, to="mum@home.example", subject="Sunday")
    row = kept(house, came(house, raw, sent=True))
    assert (row.status, row.sender, row.subject, row.text) == ("ignored", None, None, None)
    with house.store.read() as tx:
        assert inbound.raw(tx, row.inbound_id) is None


async def test_what_was_ignored_is_forgotten_when_its_time_is_over_by_the_rounds(
    house: House,
) -> None:
    raw = written(sender=OLGA, to="mum@home.example", subject="Sunday")
    taken = came(house, raw, sent=True)
    assert forget_ignored(house) == 0
    assert not came(house, raw, sent=True).fresh
    later = house.time.wall() + house.config.arriving.keep_ignored + timedelta(minutes=1)
    house.time = replace(house.time, wall=lambda: later)
    async with hands(house) as (_, rounds, _):
        await rounds.__self__.go_round("run/1/1")
    with house.store.read() as tx:
        assert inbound.load(tx, taken.inbound_id) is None


async def test_a_mail_on_which_a_rule_fails_is_shown_and_stops_nobody(
    house: House, deal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise KeyError("a fault")

    monkeypatch.setattr(stop_facts, "answered_in", fails)
    taken = came(house, written())
    assert taken.status == "unmatched"
    assert kept(house, taken).why == "could not be taken: KeyError"
    assert running(house, deal) == ["follow-up"]


async def test_a_mail_that_cannot_be_judged_is_shown_and_stops_nobody(
    house: House, deal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "classify", None)
    taken = came(house, written())
    assert (taken.status, taken.kind) == ("unmatched", "unreadable")
    row = kept(house, taken)
    assert (row.why, row.sender) == ("could not be taken: TypeError", ANN)


async def test_in_a_private_mailbox_only_what_concerns_a_deal_is_seen(
    house: House, deal: str
) -> None:
    ours = sent(house, her(house), deal)
    mum = came(house, written("Dinner?", sender="mum@home.example"), private=True)
    row = kept(house, mum)
    assert (row.status, row.sender, row.subject, row.message_id) == ("ignored", None, None, None)
    with house.store.read() as tx:
        assert inbound.raw(tx, row.inbound_id) is None
    answer = written(answers=ours.message_id, message_id="<2@them.example>")
    assert came(house, answer, private=True).status == "matched"


async def test_what_fails_in_a_private_mailbox_is_told_without_its_words(
    house: House, deal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stop_facts, "answered_in", None)
    row = kept(house, came(house, written(), private=True))
    assert (row.status, row.sender, row.text) == ("unmatched", None, None)
    assert row.why == "could not be taken: TypeError"


async def test_a_notice_to_the_return_path_of_a_mail_names_that_mail(
    house: House, deal: str
) -> None:
    ours = sent(house, her(house), deal)
    with house.store.write() as tx:
        aliases.issue(tx, TOKEN, "bounces", ours.touch_id, house.time.wall())
    raw = returned(ANN, None).replace(b"sales@us.example", f"bounces+{TOKEN}@us.example".encode())
    row = kept(house, came(house, raw))
    assert (row.how, row.touch_id, barred(house)) == ("bounce_token", "t1", "hard_bounce")


async def test_what_comes_back_speaks_against_the_mailbox_of_the_very_mail(
    house: House, deal: str
) -> None:
    """Three mails out of three mailboxes; the first two come back, the last did nothing."""
    now = house.time.now()
    for number, token in enumerate((TOKEN, TOKEN[::-1], None), 1):
        left = now - timedelta(hours=9 - number)
        ours = sent(house, her(house), deal, f"t{number}", mailbox=f"box{number}", left_at=left)
        if token is not None:
            with house.store.write() as tx:
                aliases.issue(tx, token, "bounces", ours.touch_id, house.time.wall())
    for number, token in enumerate((TOKEN, TOKEN[::-1]), 1):
        raw = returned(ANN, None, message_id=f"<b{number}@mx.example>")
        came(house, raw.replace(b"sales@us.example", f"bounces+{token}@us.example".encode()))
    with house.store.read() as tx:
        counted = [departures.tally(tx, f"box{number}", None, 500) for number in (1, 2, 3)]
    assert counted == [(1, 1, 0), (1, 1, 0), (1, 0, 0)]


async def test_a_mail_to_the_unsubscribe_address_ends_that_purpose(house: House) -> None:
    ours = sent(house, her(house), purpose="marketing")
    with house.store.write() as tx:
        aliases.issue(tx, TOKEN, "unsubscribe", ours.touch_id, house.time.wall())
    came(house, written("", to=f"unsubscribe+{TOKEN}@us.example", subject="unsubscribe"))
    with house.store.read() as tx:
        its = contacts.find(tx, house, ANN).contact_id
        found = contact_rows.facts(tx, [its], house.time.now())[its]
    assert found.opted_out == {"marketing"}
