"""A mail in doubt is looked for by its Message-ID in a real folder of sent mail."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.doubt import Evidence
from operations.house import Arriving, House
from operations.inbound import polling
from operations.post import mail_room
from operations.post.doubts import GRACE, Doubts, look_in
from store.sends import Send
from tests.operations.test_taking import her
from tests.support.imap import Letterbox, imap_server, letterbox
from tests.support.post import US, sent, written
from tests.support.shortcut import ANN, house, no_engine, opened_deal

__all__ = ["house", "imap_server", "letterbox", "no_engine"]


@pytest.fixture
def office(house: House, letterbox: Letterbox) -> House:
    """A house whose relay files what it took in the letterbox."""
    house.config = replace(house.config, arriving=Arriving(mailboxes=(letterbox.url,)))
    return house


async def doubted(office: House, policy: str) -> Send:
    """A mail that nobody knows of whether it went, half an hour and more ago."""
    deal, now = await opened_deal(office), office.time.wall()
    told = {"status": "in_doubt", "sent_at": None, "data_at": now, "in_doubt": policy}
    return sent(office, her(office), deal, finished_at=now - GRACE - timedelta(minutes=1), **told)


def filed(mail: Send) -> bytes:
    return written(sender=US, to=ANN, message_id=mail.message_id)


def settled(office: House) -> int:
    return Doubts(office.store, office.time, look_in(office)).settle()


def status(office: House, mail: Send) -> str:
    return mail_room.show(office, mail.touch_id).mail.status


async def test_one_that_lies_there_went(office: House, letterbox: Letterbox) -> None:
    mail = await doubted(office, "resend")
    letterbox.put(filed(mail), sent=True)
    assert settled(office) == 1
    assert status(office, mail) == "sent"


async def test_one_that_is_missing_where_another_lies_goes_again(
    office: House, letterbox: Letterbox
) -> None:
    other = sent(office, her(office), name="t-other", mailbox="main", left_at=office.time.now())
    mail = await doubted(office, "resend")
    assert settled(office) == 0, "a folder that holds nothing of ours proves nothing"
    letterbox.put(filed(other), sent=True)
    assert settled(office) == 1
    assert status(office, mail) == "planned"


async def test_a_folder_that_cannot_be_read_proves_nothing(
    office: House, letterbox: Letterbox
) -> None:
    mail = await doubted(office, "resend")
    wrong = letterbox.at("sent=none")
    office.config = replace(office.config, arriving=Arriving(mailboxes=(wrong,)))
    look = look_in(office)
    assert look is not None
    assert look(mail.message_id) is Evidence.UNKNOWN
    assert settled(office) == 0


async def test_one_that_is_held_is_settled_when_the_folder_is_read(
    office: House, letterbox: Letterbox
) -> None:
    """Nothing is looked for then: what a reading finds among the sent is evidence by itself."""
    mail = await doubted(office, "hold")
    assert settled(office) == 0
    letterbox.put(filed(mail), sent=True)
    polling.read_now(office)
    assert status(office, mail) == "sent"
