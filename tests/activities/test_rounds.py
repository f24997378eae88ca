"""The audit: what should have moved by itself is nudged, and never twice."""

from datetime import timedelta

from activities.morning import Mornings
from activities.rounds import RoundsMaker
from domain import commands as c
from store import nudges
from tests.support.household import Household


def _rounds(house: Household) -> RoundsMaker:
    mornings = Mornings(house.store, house.time, house.kitchen, house.sender)
    return RoundsMaker(house.performer, mornings, "canal")


def _waiting(house: Household) -> list[str]:
    with house.store.read() as tx:
        return [one.stream for one in nudges.waiting(tx)]


def test_a_deal_that_nobody_woke_is_nudged_once_until_it_is_relayed(house: Household) -> None:
    """With the relay down the audit comes by every five minutes."""
    deal, rounds = house.open(), _rounds(house)
    assert rounds.audit() == 0
    house.watch.pass_(minutes=3)
    assert [rounds.audit() for _ in range(5)] == [1, 0, 0, 0, 0]
    assert _waiting(house) == [f"deal/{deal}"]
    with house.store.write() as tx:
        nudges.done(tx, [one.nudge_id for one in nudges.waiting(tx)])
    assert rounds.audit() == 1


def test_a_fact_adds_its_own_nudge_though_one_waits(house: Household) -> None:
    """The one that waits may be on its way already, and would not see the fact."""
    deal, rounds = house.open(), _rounds(house)
    house.watch.pass_(minutes=3)
    rounds.audit()
    with house.store.write() as tx:
        nudges.add(tx, [f"deal/{deal}"], "reply", house.watch.now)
    assert _waiting(house) == [f"deal/{deal}"] * 2


def test_a_command_that_was_left_is_nudged(house: Household) -> None:
    deal, rounds = house.open(enroll=False), _rounds(house)
    house.keep(c.LogActivity(activity="call"), deal, "call-1")
    assert rounds.audit() == 0
    house.watch.now += timedelta(seconds=61)
    assert rounds.audit() == 1
    assert _waiting(house) == [f"deal/{deal}"]
