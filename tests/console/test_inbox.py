"""The inbox page: what waits, and what a person makes of it without scripts."""

from dataclasses import replace

import pytest

from operations import deals
from operations.house import Arriving
from operations.inbound import inbox
from store import people
from tests.console.conftest import Browser, Village
from tests.support.post import came, written

ZOE = "Zoe <zoe@else.example>"


@pytest.fixture
def waiting(village: Village) -> str:
    return came(village.house, written(sender=ZOE, subject="A question")).inbound_id


async def test_a_mail_that_waits_is_read_and_attached(
    village: Village, browser: Browser, waiting: str
) -> None:
    deal_id = village.open("boat")
    page = await browser.open("/inbox")
    assert "A question" in page.text
    page = await browser.open(f"/inbox/{waiting}")
    assert "let us talk on Thursday" in page.text
    page = await browser.send(f"/inbox/{waiting}/attach", deal=deal_id, meaning="reply")
    assert f"Attached to {deal_id} as an answer" in page.text
    assert deals.show(village.house, deal_id).our_turn_since is not None
    assert "Nothing waits" in page.text
    assert "A question" in (await browser.open("/inbox?all=1")).text


async def test_a_deal_that_is_none_is_refused_in_words(
    village: Village, browser: Browser, waiting: str
) -> None:
    await browser.open(f"/inbox/{waiting}")
    page = await browser.send(f"/inbox/{waiting}/attach", deal="D-none", meaning="reply")
    assert "there is no deal D-none" in page.answer
    (field,) = [one for one in page.all("input") if "autofocus" in one.attributes]
    assert (field.attributes["name"], field.attributes["value"]) == ("deal", "D-none")
    assert [one.inbound_id for one in inbox.list_page(village.house).mails] == [waiting]


async def test_a_mail_that_concerns_nobody_is_ignored(
    village: Village, browser: Browser, waiting: str
) -> None:
    await browser.open(f"/inbox/{waiting}")
    page = await browser.send(f"/inbox/{waiting}/ignore")
    assert "Ignored." in page.text
    assert inbox.list_page(village.house).mails == ()


async def test_what_a_stranger_writes_is_shown_and_never_done(
    village: Village, browser: Browser
) -> None:
    evil = "<script>alert(1)</script>"
    raw = written(f"{evil} {{{{ 7 * 7 }}}}", sender=f'"{evil}" <zoe@else.example>', subject=evil)
    its_id = came(village.house, raw).inbound_id
    answer = await browser.http.get(f"/inbox/{its_id}")
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "49" not in answer.text.partition("words")[2]


async def test_a_deal_tells_its_address_for_blind_copies(
    village: Village, browser: Browser
) -> None:
    deal_id = village.open("boat")
    assert "Blind copy" not in (await browser.open(f"/deals/{deal_id}")).text
    arriving = Arriving(domain="in.us.example")
    village.house.config = replace(village.house.config, arriving=arriving)
    page = await browser.open(f"/deals/{deal_id}")
    [address] = page.words("code", class_="copy")
    assert address.startswith("deal+")
    assert address.endswith("@in.us.example")
    olga = "olga@us.example"
    with village.house.store.write() as tx:
        [person] = [one for one in people.all_of(tx) if one.person_id == "P-1"]
        people.save(tx, replace(person, email=olga))
    raw = written("Here.", sender=olga, to="ann@them.example", Delivered_To=address)
    assert came(village.house, raw).deal_id == deal_id
