"""What comes next is told in sentences, not in the words that programs use."""

from datetime import timedelta

from domain import commands as c
from operations import deals, history
from operations.house import House
from tests.operations.test_tasks import later
from tests.support.shortcut import house, no_engine, opened_deal

__all__ = ["house", "no_engine"]


async def foretold(house: House, deal_id: str) -> dict[str, tuple[str, str]]:
    """What and why of everything to come, by its kind."""
    coming = history.coming(house, deal_id).next
    return {one.kind: (one.what, one.why) for one in coming}


async def test_a_promise_is_told_by_its_date(house: House) -> None:
    deal_id = await opened_deal(house)
    due = house.time.now() + timedelta(days=4)
    await deals.tell(house, deal_id, c.MakePromise(what="the plan", due_at=due), actor="test")
    what, why = (await foretold(house, deal_id))["promise_soon"]
    assert what == f"reminder of what is promised for {due.day} {due:%b}"
    assert why == "it is not kept yet, a day before"
    later(house, 3.9, deal_id)
    what, why = (await foretold(house, deal_id))["promise_overdue"]
    assert what == f"the promise for {due.day} {due:%b} is overdue"
    assert why == "unless it is kept before"


async def test_the_ladder_names_who_is_told(house: House) -> None:
    deal_id = await opened_deal(house, enroll=False)
    found = await foretold(house, deal_id)
    assert found["flag"][0].startswith("counts as stagnant: ")
    for _ in range(40):
        later(house, 1, deal_id)
        if deals.show(house, deal_id).stagnant:
            break
    later(house, 1, deal_id)
    found = await foretold(house, deal_id)
    assert found["rung"][0] == "tell the manager that the deal is stagnant"
    assert found["rung"][1] == "still stagnant 3 business days later"


async def test_a_draft_that_waits_says_what_it_needs(house: House) -> None:
    deal_id = await opened_deal(house)
    asked = c.AdvanceDeal(stage="proposal", override="they know us")
    await deals.tell(house, deal_id, asked, actor="test")
    for _ in range(20):
        later(house, 1, deal_id)
        if any(one.verb == "draft" for one in deals.show(house, deal_id).tasks):
            break
    told = (await foretold(house, deal_id))["task_due"]
    assert told == ("draft proposal-question falls away", "unless it is approved before")


async def test_no_sentence_shows_what_programs_say(house: House) -> None:
    deal_id = await opened_deal(house)
    coming = history.coming(house, deal_id).next
    [end] = [one.why for one in coming if one.what == "follow-up ends"]
    assert end == "no answer within 5 days of its last step"
    for one in coming:
        assert "_" not in one.what + one.why, one
