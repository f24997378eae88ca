"""The inbox: what a person makes of mail that nothing was matched to."""

import pytest

from domain.refusal import Malformed, NotFound, Refused
from operations import contacts, deals
from operations.house import House
from operations.inbound import inbox
from tests.support.post import came, written
from tests.support.shortcut import ANN, events_of, house, no_engine, opened_deal

__all__ = ["house", "no_engine"]

ZOE = "zoe@else.example"


@pytest.fixture
async def deal(house: House) -> str:
    return await opened_deal(house)


def waiting(house: House) -> list[str]:
    return [one.inbound_id for one in inbox.list_page(house).mails]


def replies(house: House, deal: str) -> int:
    return sum(one.kind == "reply_recorded" for one in events_of(house, f"deal/{deal}"))


async def test_attached_to_a_deal_it_is_an_answer_and_its_writer_is_remembered(
    house: House, deal: str
) -> None:
    taken = came(house, written(sender=ZOE))
    assert waiting(house) == [taken.inbound_id]
    told = inbox.attach(house, taken.inbound_id, deal, actor="P-9", contact=ANN, remember=True)
    assert (told.status, told.meaning, replies(house, deal)) == ("attached", "reply", 1)
    assert deals.show(house, deal).our_turn_since is not None
    assert waiting(house) == []
    line = inbox.show(house, taken.inbound_id).mail
    assert (line.settled_by, line.contact_id) == ("P-9", contacts.id_of(house, ANN))
    assert came(house, written(sender=ZOE, message_id="<2@else.example>")).deal_id == deal


async def test_asked_twice_it_is_attached_once(house: House, deal: str) -> None:
    taken = came(house, written(sender=ZOE))
    for _ in range(2):
        inbox.attach(house, taken.inbound_id, deal, actor="P-9", command_id="c" * 20)
    assert replies(house, deal) == 1
    with pytest.raises(Refused, match="attached"):
        inbox.attach(house, taken.inbound_id, deal, actor="P-9")


async def test_a_note_ends_nothing(house: House, deal: str) -> None:
    taken = came(house, written(sender=ZOE))
    told = inbox.attach(house, taken.inbound_id, deal, actor="P-9", meaning="note")
    assert (told.meaning, replies(house, deal)) == ("note", 0)
    active = [one.sequence for one in deals.show(house, deal).sequences if one.status == "active"]
    assert active == ["follow-up"]


async def test_a_dry_run_changes_nothing(house: House, deal: str) -> None:
    taken = came(house, written(sender=ZOE))
    inbox.attach(house, taken.inbound_id, deal, actor="P-9", dry_run=True)
    inbox.ignore(house, taken.inbound_id, actor="P-9", dry_run=True)
    assert waiting(house) == [taken.inbound_id]
    assert replies(house, deal) == 0


async def test_what_was_ignored_can_still_be_attached(house: House, deal: str) -> None:
    taken = came(house, written(sender=ZOE))
    inbox.ignore(house, taken.inbound_id, actor="P-9")
    assert waiting(house) == []
    inbox.attach(house, taken.inbound_id, deal, actor="P-9")
    assert replies(house, deal) == 1


async def test_what_cannot_be_is_refused(house: House, deal: str) -> None:
    taken = came(house, written(sender=ZOE))
    with pytest.raises(NotFound, match="no deal"):
        inbox.attach(house, taken.inbound_id, "D-none", actor="P-9")
    with pytest.raises(NotFound, match="no mail"):
        inbox.ignore(house, "IN-none", actor="P-9")
    with pytest.raises(Malformed, match="none of"):
        inbox.attach(house, taken.inbound_id, deal, actor="P-9", meaning="joy")
    with pytest.raises(Malformed, match="cursor"):
        inbox.list_page(house, cursor="x")


async def test_the_list_has_pages_the_newest_first(house: House) -> None:
    ids = [
        came(house, written(sender=ZOE, message_id=f"<{n}@else.example>")).inbound_id
        for n in range(3)
    ]
    first = inbox.list_page(house, limit=2)
    rest = inbox.list_page(house, limit=2, cursor=first.cursor)
    assert [one.inbound_id for one in (*first.mails, *rest.mails)] == ids[::-1]
    assert rest.cursor is None
