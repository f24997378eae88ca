"""What is asked on a page goes through the real engine: the server, a worker, the database."""

from collections.abc import AsyncIterator

import pytest
from temporalio.client import Client

from console.app import create_app
from store import deals
from tests.console.conftest import TOKEN, Browser, Village, browsing
from tests.support.servers import temporal, temporal_server, working

__all__ = ["temporal", "temporal_server"]


@pytest.fixture
async def living(village: Village, temporal: Client) -> AsyncIterator[Browser]:
    """A browser at a console whose house has a worker."""
    village.house.use(temporal)
    made = create_app(village.house, link_token=TOKEN)
    async with working(village.house, temporal), browsing(made) as http:
        await http.get("/", params={"key": TOKEN})
        yield Browser(http)


async def test_a_deal_is_moved_held_and_won_by_its_forms(village: Village, living: Browser) -> None:
    deal_id = village.open("boat", contacts=[])
    await living.open("/")
    page = await living.send(f"/deals/{deal_id}/move", stage="contacted")
    assert page.answer == "Moved to contacted."
    assert "boat" in next(
        text for text in page.words("section", class_="column") if text.startswith("contacted")
    )
    path = f"/deals/{deal_id}/commands"
    for kind, said, told in (
        ("log_activity", {"activity": "call", "note": "They decide on Friday"}, "Logged."),
        ("agree_wait", {"until": "2027-03-01"}, "The wait is agreed"),
        ("pause_deal", {"until": "2026-12-24", "note": "holidays"}, "Paused; no mail goes."),
        ("resume_deal", {}, "Mail may go again."),
        ("make_promise", {"what": "Send the plan", "due_at": "2026-12-01"}, "Promised."),
        ("keep_promise", {}, "The promise is kept."),
        ("change_details", {"amount": "1500.50", "currency": "usd"}, "Changed."),
        ("advance_deal", {"stage": "proposal", "override": "they know the price"}, "Moved on."),
        ("move_back_deal", {"stage": "contacted"}, "Moved back."),
        ("win_deal", {"reason": "best delivery date"}, "Won."),
        ("finish_task", {}, "Done."),
        ("reopen_deal", {}, "Open again."),
        ("lose_deal", {"reason": "price"}, "Lost; what follows"),
    ):
        await living.open(f"/deals/{deal_id}")
        page = await living.send(path, {"kind": kind}, **said)
        assert page.answer.startswith(told), f"{kind}: {page.answer}"
    with village.house.store.read() as tx:
        deal = deals.load(tx, deal_id)
    assert deal is not None
    assert (deal.status, deal.lost_reason, deal.currency) == ("lost", "price", "USD")
    assert f"{deal.amount}" == "1500.50"
    page = await living.open(f"/deals/{deal_id}")
    assert "Workers 1" in page.text
    assert "they know the price" in page.text
    assert (await living.http.get("/readyz")).json() == {"status": "ready"}
