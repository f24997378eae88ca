"""A mail from an address that the house sends from is one of ours, whichever mailbox it is."""

from dataclasses import replace

import pytest

from mail.outbox import Outbox
from operations.house import House
from operations.inbound.ownmail import OWN
from operations.inbound.taking import Arrival, take
from tests.support.post import US, written
from tests.support.shortcut import ANN, house, no_engine, opened_deal

__all__ = ["house", "no_engine"]


@pytest.mark.parametrize(
    ("sender", "ours"), [("North@us.example", True), ("else@us.example", False)]
)
async def test_what_a_person_sends_from_a_mailbox_of_ours_is_our_own(
    house: House, sender: str, ours: bool
) -> None:
    north = Outbox("north", "north@us.example", "smtp://127.0.0.1:9")
    company = replace(house.config.company, sender=US)
    house.config = replace(house.config, company=company, outboxes=(north,))
    await opened_deal(house)
    mail = written(sender=sender, to=ANN)
    taken = take(house, Arrival(mail, "imap", sent=True))
    assert (taken.kind == OWN) is ours
