"""What a decision may look at: pinned rules as pinned, the newest limits, and no name."""

from datetime import timedelta
from typing import Any

import pytest

from domain.ahead import Due
from domain.deal import Deal
from domain.facts import Facts
from domain.playbooks.parts import parts
from domain.playbooks.playbook import Playbook
from domain.refusal import NotFound
from domain.times.duration import Duration
from store import deals, people, playbooks, sends, situation
from store.database import Store, Tx
from store.people import Person
from store.sends import Send
from tests.support.moments import at
from tests.support.stories import enrolled, opening, record

STEPS = [{"mail": "first"}, {"after": "3-5 days", "mail": "second"}]


def _publish(tx: Tx, limit: str, steps: list[dict[str, str]] = STEPS) -> None:
    raw: dict[str, Any] = {
        "playbook": "simple",
        "calendar": {"zone": "Europe/Warsaw", "country": "PL"},
        "pipeline": {
            "stages": [{"stage": "new", "chance": "10%", "cadence": "new-lead"}],
            "stagnant_after": {"in_stage": limit},
        },
        "cadences": {"new-lead": {"steps": steps}},
    }
    playbooks.publish(tx, "simple", parts(Playbook.model_validate(raw)), "P-ops", at())


def _facts(tx: Tx, deal: Deal, **more: Any) -> Facts:
    return situation.facts_for(tx, deal, at(1), timedelta(seconds=3), **more)


def _loaded(tx: Tx, deal_id: str) -> Deal:
    deal = deals.load(tx, deal_id)
    assert deal is not None
    return deal


def test_a_deal_keeps_its_cadence_and_lives_under_the_newest_limits(store: Store) -> None:
    with store.write() as tx:
        _publish(tx, "14 days")
        record(tx, "D-1", [*opening(), enrolled()])
        _publish(tx, "30 days", [*STEPS, {"after": "3-5 days", "mail": "third"}])
        facts = _facts(tx, _loaded(tx, "D-1"))
    rules = facts.rules
    assert rules.limits is not None
    assert rules.limits.stagnant_in("new").in_stage == Duration.parse("30 days")
    assert (rules.limits_version, rules.newest["cadence:new-lead"]) == (2, 2)
    assert len(rules.sequence("cadence:new-lead", 1).steps) == 2
    assert len(rules.sequence("cadence:new-lead", 2).steps) == 3


def test_a_deal_about_to_open_is_pinned_to_what_is_newest(store: Store) -> None:
    with store.write() as tx:
        _publish(tx, "14 days")
        facts = _facts(tx, Deal(deal_id="D-1"), playbook="simple")
        assert facts.rules.pins == {"pipeline": 1, "calendar": 1}
        with pytest.raises(NotFound, match="no playbook other"):
            _facts(tx, Deal(deal_id="D-1"), playbook="other")


def test_an_owner_comes_with_the_manager_and_groups_with_their_members(store: Store) -> None:
    with store.write() as tx:
        _publish(tx, "14 days")
        boss = Person(person_id="P-boss", name="Bo", created_at=at(), groups=("sales-lead",))
        people.add(tx, boss)
        people.add(tx, Person(person_id="P-rep", name="Al", created_at=at(), manager_id="P-boss"))
        record(tx, "D-1", opening())
        facts = _facts(tx, _loaded(tx, "D-1"))
    assert set(facts.people) == {"P-rep", "P-boss"}
    assert facts.holder("manager", "P-rep", "D-1") == "P-boss"
    assert facts.holder("sales-lead", "P-rep", "D-1") == "P-boss"


def test_mails_that_wait_are_known_with_the_moment_of_their_next_try(store: Store) -> None:
    def send(touch_id: str) -> Send:
        return Send(
            touch_id=touch_id,
            stream="deal/D-1",
            template="first",
            purpose="sales",
            message_id=f"<{touch_id}@example.org>",
            planned_at=at(),
            not_before=at(5) if touch_id == "t2" else None,
        )

    with store.write() as tx:
        _publish(tx, "14 days")
        record(tx, "D-1", opening())
        for touch_id in ("t1", "t2", "t3"):
            sends.plan(tx, send(touch_id))
        sends.withdraw(tx, "t3", "cancelled", "reply", at())
        assert _facts(tx, _loaded(tx, "D-1")).open_sends == {"t1": at(), "t2": at(5)}
        # Whatever held them back is over: both may be tried now.
        assert sends.release(tx, "deal/D-1", at(2)) == ["deal/D-1"]
        assert _facts(tx, _loaded(tx, "D-1")).open_sends == {"t1": at(), "t2": at(2)}
        assert sends.release(tx, "deal/D-9", at(2)) == []


def test_what_a_workflow_sleeps_for_is_kept(store: Store) -> None:
    with store.write() as tx:
        record(tx, "D-1", opening(), at(1))
        deals.sleep_until(tx, "D-1", Due(at(4)))
        row = tx.execute(deals.deals.select()).one()
    assert (row.next_due, row.armed_until) == (at(4), at(4))
