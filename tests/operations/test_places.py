"""Where a page of a list ended is read in one way; what somebody made up is refused in words."""

from collections.abc import Callable

import pytest

from domain.refusal import Malformed
from operations import board, contact_sheet, deals
from operations.house import House
from operations.inbound import inbox
from operations.post import mail_room
from tests.support.shortcut import house, no_engine

__all__ = ["house", "no_engine"]

LISTS: dict[str, Callable[[House, str], object]] = {
    "deals": lambda house, place: deals.list_page(house, cursor=place),
    "mails": lambda house, place: mail_room.list_page(house, cursor=place),
    "the inbox": lambda house, place: inbox.list_page(house, cursor=place),
    "contacts": lambda house, place: contact_sheet.search(house, cursor=place),
    "a column": lambda house, place: board.show(house, stage="new", after=place),
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("made_up", ["x", "2026-03-02~D-1", "2026-03-02T09:00Z~", "x~D-1"])
def test_a_place_that_no_page_gave_is_refused(house: House, name: str, made_up: str) -> None:
    with pytest.raises(Malformed, match="is none that a page gave"):
        LISTS[name](house, made_up)
