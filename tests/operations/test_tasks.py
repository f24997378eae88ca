"""Tasks: listed by urgency, done once, and a draft that is done may go."""

from datetime import timedelta

import pytest

from activities.planning import plan_due
from domain import commands as c
from domain.refusal import NotFound, Refused
from operations import deals, tasks
from operations.house import House
from tests.support.shortcut import OLGA, house, no_engine, opened_deal

__all__ = ["house", "no_engine"]


def later(house: House, days: float, deal_id: str) -> None:
    """Let time pass, and do what is due for the deal by itself."""
    time = house.time
    house.time = type(time)(time.clock, lambda: time.wall() + timedelta(days=days))
    plan_due(house.store, house.time, f"deal/{deal_id}", "w", "us.example", set())


async def won(house: House) -> str:
    deal_id = await opened_deal(house)
    await deals.tell(house, deal_id, c.WinDeal(), actor="test")
    return deal_id


async def test_open_tasks_are_listed_with_their_deal_and_person(house: House) -> None:
    deal_id = await won(house)
    [one] = tasks.list_open(house, person=OLGA)
    assert (one.name, one.deal_id, one.title) == ("hand-over", deal_id, "A boat")
    assert (one.person, one.overdue) == ("Olga Owner", False)
    later(house, 30, deal_id)
    assert tasks.list_open(house)[0].overdue
    with pytest.raises(NotFound):
        tasks.list_open(house, person="max@us.example")


async def test_a_task_is_done_once(house: House) -> None:
    await won(house)
    [one] = tasks.list_open(house)
    told = await tasks.done(house, one.task_id, actor="test", command_id="t-1")
    assert told.status == "done"
    assert await tasks.done(house, one.task_id, actor="test", command_id="t-1") == told
    with pytest.raises(Refused, match="the task is done"):
        await tasks.done(house, one.task_id, actor="test")
    with pytest.raises(NotFound, match="no task"):
        await tasks.drop(house, "T-nothing", actor="test")
    assert tasks.list_open(house) == []


async def test_a_dropped_task_says_so(house: House) -> None:
    await won(house)
    [one] = tasks.list_open(house)
    await tasks.drop(house, one.task_id, actor="test")
    with pytest.raises(Refused, match="dropped: discarded"):
        await tasks.done(house, one.task_id, actor="test")


async def test_an_approved_draft_goes_out(house: House) -> None:
    deal_id = await opened_deal(house)
    asked = c.AdvanceDeal(stage="proposal", override="they know us")
    await deals.tell(house, deal_id, asked, actor="test")
    drafts: list[tasks.TaskLine] = []
    for _ in range(20):
        drafts = drafts or [one for one in tasks.list_open(house) if one.verb == "draft"]
        if not drafts:
            later(house, 1, deal_id)
    [draft] = drafts
    await tasks.done(house, draft.task_id, actor="test")
    comes = deals.show(house, deal_id).next
    assert any(each.what == "mail proposal-question" for each in comes)
