"""What no database holds is told in plain words by the pages too, and changes nothing."""

import pytest

from tests.console.conftest import Browser, Village

PLACES = (
    "/?playbook=%00",
    "/?owner=%00",
    "/deals/D-%00",
    "/deals/D-%ED%A0%80",
    "/mails/%00",
    "/mails/%00/body",
    "/drafts/%00/body",
    "/inbox?cursor=%00",
    "/inbox/IN-%00",
    "/mailbox/%00",
    "/templates/%00",
    "/u/%00",
    "/u/confirm/%00",
    "/l/%00",
)


@pytest.mark.parametrize("place", PLACES)
async def test_an_address_with_a_zero_byte_is_no_fault_of_ours(
    browser: Browser, place: str
) -> None:
    page = await browser.open(place)
    assert page.status < 500, page.text


async def test_a_form_with_a_zero_byte_says_which_field(village: Village, browser: Browser) -> None:
    deal = village.open("sill")
    await browser.open(f"/deals/{deal}")
    wanted = {"kind": "log_activity"}
    page = await browser.send(f"/deals/{deal}/commands", wanted, activity="call", note="a\x00b")
    assert page.answer == "Not understood: note: there is a zero byte in it."
