"""What lists say of the next thing is kept beside its moment, and is what the rules say."""

import sqlite3
from datetime import timedelta

import pytest

from domain import commands as c
from domain.ahead import NOTHING, Due, due_of
from operations import board, deals, upkeep
from operations.house import House
from operations.rescheduling import reschedule
from store import deals as kept
from store import situation
from tests.operations.test_tasks import later
from tests.support.shortcut import BOB, house, no_engine, opened_deal

__all__ = ["house", "no_engine"]


def told(house: House, deal_id: str) -> tuple[Due, Due]:
    """What is kept, and what the rules say now."""
    with house.store.read() as tx:
        deal = kept.load(tx, deal_id)
        assert deal is not None
        facts = situation.facts_for(tx, deal, house.time.now(), house.time.grace())
        return kept.dues(tx, [deal_id])[deal_id][0], due_of(deal, facts)


def card(house: House, deal_id: str) -> board.Card:
    """The deal on the board."""
    found = board.show(house)
    assert found is not None
    return next(one for row in found.columns for one in row.cards if one.deal_id == deal_id)


@pytest.mark.parametrize("asked", [c.RecordReply(), c.WinDeal(), c.PauseDeal()])
async def test_what_is_kept_is_what_the_rules_say_after_a_command_and_on_later_days(
    house: House, asked: c.AnyCommand
) -> None:
    deal_id = await opened_deal(house)
    await deals.tell(house, deal_id, c.AdvanceDeal(stage="contacted"), actor="test")
    await deals.tell(house, deal_id, asked, actor="test")
    for _ in range(20):
        then, now = told(house, deal_id)
        if then == NOTHING:
            break  # a mail is in somebody's hands now, who will say what comes next
        assert then.ahead == now.ahead
        later(house, 1, deal_id)


async def test_a_card_says_it_in_words(house: House) -> None:
    deal_id = await opened_deal(house)
    promise = c.MakePromise(due_at=house.time.now() + timedelta(hours=30), what="x")
    await deals.tell(house, deal_id, promise, actor="test")
    assert card(house, deal_id).next_what == "mail first-contact"
    await deals.tell(house, deal_id, c.RecordReply(), actor="test")
    due = house.time.now() + timedelta(hours=30)
    shown = card(house, deal_id)
    assert shown.next_what == f"reminder of what is promised for {due.day} {due:%b}"
    assert shown.next_why == "it is not kept yet, a day before"


async def test_nothing_that_a_person_is_called_is_kept(house: House) -> None:
    deal_id = await opened_deal(house, title="Boat for Bob", contacts=(BOB,))
    promise = c.MakePromise(due_at=house.time.now() + timedelta(hours=2), what="call Bob")
    await deals.tell(house, deal_id, promise, actor="test")
    with sqlite3.connect(str(house.store.url.database)) as raw:
        rows = [str(row) for row in raw.execute("SELECT ahead FROM deals")]
    assert "name" in rows[0]
    assert "bob" not in "".join(rows).lower()


async def test_a_changed_thing_at_the_same_moment_is_kept_anew(house: House) -> None:
    deal_id = await opened_deal(house)
    before, _ = told(house, deal_id)
    assert before.at is not None
    with house.store.write() as tx:
        kept.set_due(tx, [(deal_id, Due(before.at))])
    assert reschedule(house, "simple") == (0, 0), "no moment moved, so nobody is woken"
    assert told(house, deal_id)[0] == before


async def test_verify_finds_what_is_kept_wrong_and_rebuild_mends_it(house: House) -> None:
    deal_id = await opened_deal(house)
    assert upkeep.check(house).whole
    for wrong in ("NULL", "json_set(ahead, '$.name', 'second-call')"):
        with sqlite3.connect(str(house.store.url.database)) as raw:
            raw.execute(f"UPDATE deals SET ahead = {wrong}")
        (found,) = upkeep.check(house).findings
        assert (found.check, found.where) == ("ahead", f"deal/{deal_id}")
        await upkeep.make_anew(house, workflows=False)
        assert upkeep.check(house).whole
