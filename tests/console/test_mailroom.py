"""The mail room: mails by what became of them, the switch, the limits, and one mail's page."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.limits import Rate
from operations.access.masking import HIDDEN, masked
from operations.post import mail_room, mail_sheet, room
from store import sends, switches
from store.sends import Send
from store.switches import HALTED, Switch
from tests.console.conftest import Browser, Post, Village
from tests.support.page import Page
from tests.support.plans import asked_of, plan, unbounded
from tests.support.post import came, written


def mail(village: Village, touch_id: str, ago: int = 1, **more: Any) -> Send:
    """A planned mail to Ann, so many hours old."""
    at = village.house.time.now() - timedelta(hours=ago)
    told: dict[str, Any] = {"template": "first-contact", "subject": f"About {touch_id}", **more}
    row = Send(
        touch_id=touch_id,
        stream=f"deal/{village.deals['boat']}",
        deal_id=village.deals["boat"],
        contact_id="C-1",
        purpose="sales",
        message_id=f"<{touch_id}@us.example>",
        planned_at=at,
        mailbox="main",
        **told,
    )
    with village.house.store.write() as tx:
        assert sends.plan(tx, row, b"Subject: x\r\n\r\nHello")
    return row


def of_every_kind(village: Village) -> None:
    """A mail in each state."""
    village.open("boat", "A boat")
    for number, name in enumerate(
        ("planned", "deferred", "leaving", "in_doubt", "sent", "refused", "missed", "cancelled")
    ):
        mail(village, name, number + 1)
    now = village.house.time.now()
    with village.house.store.write() as tx:
        for name in ("deferred", "leaving", "in_doubt", "sent", "refused"):
            assert sends.claim(tx, name, "w", now)
        sends.defer(tx, "deferred", "w", now + timedelta(hours=3), "mailbox_day")
        for name in ("leaving", "in_doubt", "sent"):
            assert sends.enter_data(tx, name, "w", now)
        sends.doubt(tx, "in_doubt", "the line broke", now)
        sends.finish(tx, "sent", "w", "sent", now, sent_at=now, reply="250 kept")
        sends.finish(tx, "refused", "w", "refused", now, reason="no such user", reply="550")
        sends.withdraw(tx, "missed", "missed", "downtime", now)
        sends.withdraw(tx, "cancelled", "cancelled", "reply", now)


def subjects(page: Page) -> list[str]:
    """The mails of the list, in their order."""
    links = (one for one in page.all("a") if one.attributes["href"].startswith("/mails/"))
    return [one.text.split()[-1] for one in links]


async def test_an_empty_room_teaches_under_every_heading(browser: Browser) -> None:
    page = await browser.open("/mail")
    assert "No mail was planned yet" in page.text
    assert "Mail goes." in page.text
    for shown in room.SHOWN:
        assert (await browser.open(f"/mail?show={shown}")).all("p", class_="empty"), shown


async def test_mails_stand_under_what_became_of_them_with_why_and_until_when(
    village: Village, browser: Browser
) -> None:
    of_every_kind(village)
    page = await browser.open("/mail")
    assert subjects(page) == [
        *("planned", "deferred", "leaving", "in_doubt"),
        *("sent", "refused", "missed", "cancelled"),
    ]
    for shown in room.SHOWN[1:]:
        page = await browser.open(f"/mail?show={shown}")
        found = ["planned", "deferred"] if shown == "planned" else [shown]
        assert subjects(page) == found, shown
    page = await browser.open("/mail?show=deferred")
    (row,) = [text for text in page.words("tr") if "About" in text]
    assert "Ann Other deferred its mailbox has sent what it may in a day until" in row
    assert "in 3 hours" in row or "in 2 hours" in row
    ways = [text for text in page.words("a") if text.split()[0] in ("Planned", "Deferred", "In")]
    assert ways[:3] == ["Planned 2", "Deferred 1", "In doubt 1"]
    assert "A boat" in page.text


async def test_filters_stand_in_the_address_and_pages_go_on(
    village: Village, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "PAGE", 3)
    of_every_kind(village)
    boat = village.deals["boat"]
    page = await browser.open(f"/mail?deal={boat}&contact=C-1")
    seen = subjects(page)
    while older := [one for one in page.all("a") if one.text.strip() == "Older"]:
        assert f"deal={boat}" in older[0].attributes["href"]
        page = await browser.open(older[0].attributes["href"])
        seen += subjects(page)
    assert len(seen) == len(set(seen)) == 8
    assert subjects(await browser.open("/mail?deal=D-none")) == []
    for wrong in ("show=x", "cursor=x", "contact=ann@them.example"):
        assert (await browser.open(f"/mail?{wrong}")).status == 422, wrong


async def test_the_switch_stops_all_mail_and_says_who_and_why(
    village: Village, browser: Browser
) -> None:
    await browser.open("/mail")
    await browser.send("/me", person="P-2")
    await browser.open("/mail")
    page = await browser.send("/mail/switch", {"act": "stop"}, reason="A wrong price")
    assert page.answer == "All mail is stopped; what is planned waits."
    assert "by Li Wei 李伟 : A wrong price" in page.text.replace("李伟:", "李伟 :")
    assert mail_room.switch(village.house).stopped
    page = await browser.send("/mail/switch", {"act": "start"})
    assert page.answer == "Mail goes again."
    assert not mail_room.switch(village.house).stopped


async def test_limits_and_breakers_stand_there_and_a_halted_mailbox_is_let_go_on(
    village: Village, browser: Browser
) -> None:
    config = village.house.config
    limits = replace(config.limits, mailbox=Rate(per_minute=10, per_day=200))
    village.house.config = replace(config, limits=limits)
    of_every_kind(village)
    now = village.house.time.now()
    with village.house.store.write() as tx:
        why = "6 bounces among its last 40 mails"
        switches.flip(tx, Switch(f"{HALTED}:main", True, now, "sluice", why))
    page = await browser.open("/mail")
    for words in ("3 of 200", "of 10", "Halted for all mail", why, "0 bounced, 0 called spam"):
        assert words in page.text, words
    page = await browser.send("/mail/mailboxes/main")
    assert "It sends again" in page.answer
    assert "Halted" not in page.text
    page = await browser.open("/mail")
    with pytest.raises(AssertionError, match="there is no form"):
        await browser.send("/mail/mailboxes/main")


async def test_mail_that_waits_in_the_inbox_is_counted(village: Village, browser: Browser) -> None:
    came(village.house, written(sender="zoe@else.example"))
    page = await browser.open("/mail")
    assert "1 mail waits" in page.text
    assert "/inbox" in [one.attributes.get("href") for one in page.all("a")]


async def test_a_mail_says_why_it_was_sent_and_what_became_of_it(post: Post) -> None:
    with post.town.house.store.read() as tx:
        (first, *_) = sends.page(tx, deal_id=post.town.id_of("sill"), status="sent")
    page = await post.browser.open(f"/mails/{first.touch_id}")
    assert page.status == 200
    for words in (
        "Why it was sent",
        "the deal entered new",
        "Taken by a worker",
        "Its words began to leave",
        "Sent",
        "Dana Mill",
        "All headers",
        "List-Unsubscribe",
        "Message-ID",
    ):
        assert words in page.text, words
    (frame,) = page.all("iframe")
    assert frame.attributes["sandbox"] == ""
    body = await post.browser.http.get(f"/mails/{first.touch_id}/body")
    assert "sandbox" in body.headers["content-security-policy"]
    assert "Dana" in body.text
    dark = masked(mail_sheet.show(post.town.house, first.touch_id))
    assert (dark.to, dark.title, dark.text.headers) == ("D. M.", HIDDEN, ())


async def test_a_notice_to_one_of_ours_says_what_it_was_about(post: Post) -> None:
    with post.town.house.store.read() as tx:
        found = sends.page(tx, deal_id=post.town.id_of("won"), status="sent")
    notice = next(one for one in found if one.person_id is not None)
    page = await post.browser.open(f"/mails/{notice.touch_id}")
    (why,) = [one for one in page.words("section") if one.startswith("Why it was sent")]
    assert "Told " in why
    assert "says nothing of it" not in page.text


async def test_a_mail_of_no_deal_says_what_it_is(village: Village, browser: Browser) -> None:
    village.open("boat")
    own: dict[str, Any] = {"stream": "person/P-1", "deal_id": None, "contact_id": None}
    own |= {"person_id": "P-1", "touch_id": "m1", "template": "morning", "message_id": "<m1>"}
    row = replace(mail(village, "x"), **own)
    with village.house.store.write() as tx:
        sends.plan(tx, row)
    page = await browser.open("/mails/m1")
    assert "The morning mail of one of ours" in page.text
    assert "Olga Owner" in page.text
    assert (await browser.open("/mails/none")).status == 404


def test_a_full_room_asks_little_and_an_index_answers(village: Village) -> None:
    of_every_kind(village)
    for shown in room.SHOWN:
        with asked_of() as asked:
            found = room.show(village.house, shown)
        assert found.lines
        assert len(asked) <= 15, [statement for statement, _ in asked]
        with village.house.store.read() as tx:
            for statement, parameters in asked:
                if "FROM sends" in statement:
                    told = plan(tx, statement, parameters)
                    assert not unbounded(told, sorts=False), f"{statement}\n{told}"
                    rare = (
                        shown in ("refused", "missed", "cancelled")
                        and "planned_at DESC" in statement
                    )
                    assert not rare or "ix_sends_nothing" in told, told
    dark = masked(found)
    assert (dark.lines[0].title, dark.lines[0].mail.subject) == (HIDDEN, HIDDEN)
