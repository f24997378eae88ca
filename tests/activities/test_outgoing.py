"""What a mail carries on its way out: its mailbox, its return address, its lists and ways out."""

from dataclasses import replace
from pathlib import Path

import pytest

from activities.writing import MailWriter
from domain import commands as c
from domain.limits import Rate
from mail.address import normalise
from mail.compose import Letter
from mail.flaws import RenderFailed
from mail.handover import Pool
from mail.inbound.keys import Role, token_in
from mail.obliged import assert_shown
from mail.outbox import Outbox, Outgoing
from store import aliases, people
from tests.support.household import CANAL, Household, add_contact, furnish
from tests.support.moments import at
from tests.support.sink import Sink, reply


def going(house: Household, outgoing: Outgoing) -> None:
    """The house sends in this way from now on."""
    writer = house.performer.writer
    assert isinstance(writer, MailWriter)
    writer.outgoing = outgoing
    house.performer.pools = {one.name: Pool(one.relay) for one in outgoing.outboxes}


async def test_what_comes_back_names_the_mail_it_answers(house: Household, sink: Sink) -> None:
    going(house, Outgoing(return_domain="in.us.example"))
    deal = house.open()
    await house.perform(deal)
    (caught,) = sink.messages
    token = token_in(caught.sender, Role.BOUNCES)
    assert token is not None
    assert caught.sender == f"bounces+{token}@in.us.example"
    assert caught.parsed["From"].addresses[0].addr_spec == "sales@us.example"
    with house.store.read() as tx:
        assert aliases.stands_for(tx, token, Role.BOUNCES) == house.mail(deal).touch_id
    assert normalise(caught.sender) == caught.sender


async def test_every_mail_has_a_return_address_of_its_own_and_every_try_the_same(
    small_house: Household, sink: Sink
) -> None:
    house = small_house
    going(house, Outgoing(return_domain="in.us.example"))
    sink.script("rcpt", reply("450 4.2.0 greylisted"))
    deal = house.open()
    await house.until(deal, 2)
    tried = [line for line in sink.commands if line.upper().startswith("MAIL")]
    assert len(tried) == 3
    assert tried[0] == tried[1] != tried[2]


async def test_without_a_domain_for_it_mail_comes_back_to_the_sender(
    small_house: Household, sink: Sink
) -> None:
    await small_house.perform(small_house.open())
    assert sink.messages[0].sender == "sales@us.example"
    assert "mailto:" not in sink.messages[0].parsed["List-Unsubscribe"]


async def test_the_way_out_is_there_by_page_and_by_mail(small_house: Household, sink: Sink) -> None:
    house = small_house
    going(house, Outgoing(return_domain="in.us.example"))
    deal = house.open()
    await house.perform(deal)
    mail = sink.messages[0].parsed
    page, by_mail = (one.strip(" <>") for one in mail["List-Unsubscribe"].split(","))
    assert page.startswith("http")
    token = token_in(by_mail.removeprefix("mailto:").partition("?")[0], Role.UNSUBSCRIBE)
    with house.store.read() as tx:
        assert aliases.stands_for(tx, token or "", Role.UNSUBSCRIBE) == house.mail(deal).touch_id
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


async def test_a_series_says_which_list_it_is_and_a_follow_up_is_none(
    small_house: Household, sink: Sink
) -> None:
    house = small_house
    going(house, Outgoing(auto_submitted=False))
    deal = house.open()
    await house.perform(deal)
    house.ask(c.WinDeal(), deal)
    await house.until(deal, 2)
    follow_up, welcome = (one.parsed for one in sink.messages[:2])
    assert follow_up["List-Id"] is None
    assert follow_up["Auto-Submitted"] is None
    assert welcome["List-Id"] == "<welcome.canal.us.example>"
    assert welcome["Auto-Submitted"] == "auto-generated"


def _north(sink: Sink, **more: object) -> Outbox:
    told = {"name": "north", "sender": "north@us.example", "relay": sink.url, **more}
    return Outbox(**told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "served", [{"owners": ("P-1",)}, {"owners": ("olga@us.example",)}, {"groups": ("staff",)}]
)
async def test_the_owner_chooses_the_mailbox_and_the_row_keeps_it(
    small_house: Household, served: dict[str, object]
) -> None:
    house = small_house
    _staff(house)
    async with Sink() as other:
        going(house, Outgoing((_north(other, **served),)))
        deal = house.open()
        await house.perform(deal)
        (caught,) = other.messages
        assert caught.parsed["From"].addresses[0].addr_spec == "north@us.example"
        assert caught.sender == "north@us.example"
        row = house.mail(deal)
        assert (row.mailbox, row.sender) == ("north", "north@us.example")
        await _let_go(house)


async def test_a_sequence_may_name_its_mailbox_whoever_owns_the_deal(
    small_house: Household, sink: Sink, tmp_path: Path
) -> None:
    house = small_house
    ruled = tmp_path / "canal.yaml"
    ruled.write_text(
        CANAL.read_text().replace("    minimum_gap: 48", "    mailbox: north\n    minimum_gap: 48")
    )
    furnish(house.store, house.watch.now, ruled)
    async with Sink() as other:
        going(house, Outgoing((_north(other), _own(sink))))
        await house.perform(house.open())
        assert (len(other.messages), sink.messages) == (1, [])
        await _let_go(house)


async def test_a_mailbox_that_is_not_there_is_a_fault_that_a_person_sees(
    small_house: Household, sink: Sink, tmp_path: Path
) -> None:
    house = small_house
    ruled = tmp_path / "canal.yaml"
    ruled.write_text(
        CANAL.read_text().replace("    minimum_gap: 48", "    mailbox: north\n    minimum_gap: 48")
    )
    furnish(house.store, house.watch.now, ruled)
    deal = house.open()
    await house.perform(deal)
    row = house.mail(deal)
    assert (row.status, row.reason) == ("refused", "mailbox: there is no north")
    assert house.deal(deal).attention
    assert sink.messages == []


async def test_a_mailbox_has_a_rate_of_its_own(small_house: Household) -> None:
    house = small_house
    async with Sink() as other:
        north = _north(other, owners=("P-1",), rate=Rate(per_day=1))
        going(house, Outgoing((north,)))
        house.performer.limiter = type(house.performer.limiter)(rates={"north": north.rate})
        with house.store.write() as tx:
            add_contact(tx, "C-2", "bob@else.example", "Bob Else", house.watch.now)
        first, second = house.open("o-1"), house.open("o-2", contacts=[c.Party(contact_id="C-2")])
        await house.perform(first)
        await house.perform(second, "run/2/1")
        assert house.mail(first).status == "sent"
        row = house.mail(second)
        assert (row.status, row.reason) == ("planned", "mailbox_day")
        await _let_go(house)


def _own(sink: Sink) -> Outbox:
    return Outbox("own", "own@us.example", sink.url, owners=("P-1",))


def _staff(house: Household) -> None:
    with house.store.write() as tx:
        one = people.load(tx, "P-1")
        assert one is not None
        people.save(tx, replace(one, groups=("staff",)))


async def _let_go(house: Household) -> None:
    for pool in house.performer.pools.values():
        await pool.close()


def _marketing(text: str, html: str) -> Letter:
    return Letter(
        message_id="<t1@us.example>",
        purpose="marketing",
        sender_name="Us",
        sender="sales@us.example",
        to="ann@them.example",
        subject="News",
        html=html,
        text=text,
        date=at(),
        unsubscribe_url="https://us.example/u/x",
    )


WHOLE_TEXT = "News\n\n1 Lock Lane,\nCanalside\nhttps://us.example/u/x\n"
WHOLE_HTML = (
    '<p>News</p><p>1 Lock&nbsp;Lane,<br>Canalside</p><a href="https://us.example/u/x">out</a>'
)


@pytest.mark.parametrize("purpose", ["marketing", "sales", "service"])
@pytest.mark.parametrize(
    ("text", "html", "where"),
    [
        (WHOLE_TEXT, WHOLE_HTML, None),
        (WHOLE_TEXT.replace("Canalside", ""), WHOLE_HTML, "postal_address/text"),
        (WHOLE_TEXT, WHOLE_HTML.replace("Canalside", ""), "postal_address/html"),
        (WHOLE_TEXT.replace("https", ""), WHOLE_HTML, "unsubscribe/text"),
        (WHOLE_TEXT, WHOLE_HTML.replace("href", "title"), "unsubscribe/html"),
    ],
)
def test_mail_to_people_outside_shows_who_writes_and_the_way_out(
    purpose: str, text: str, html: str, where: str | None
) -> None:
    letter = _marketing(text, html).model_copy(update={"purpose": purpose})
    if where is None:
        assert_shown(letter, "1 Lock Lane, Canalside")
        return
    with pytest.raises(RenderFailed) as raised:
        assert_shown(letter, "1 Lock Lane, Canalside")
    assert raised.value.where == where
