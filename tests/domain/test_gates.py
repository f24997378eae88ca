"""Gates: what a deal still lacks, in words."""

import pytest

from domain.commands import Party
from domain.deal import Deal, Promise
from domain.deal_events import FieldFact
from domain.enrollment import Task
from domain.gates import unmet, unmet_on_the_way
from domain.playbooks.playbook import Gate
from tests.support.deals import rules
from tests.support.moments import at

BARE = Deal(deal_id="D-1", contacts=(Party(contact_id="C-1"),), stage="hello")


def deal(**told: object) -> Deal:
    """A deal of which this is known."""
    return BARE.model_copy(update=told)


def money(value: str | None, count: int = 1) -> dict[str, FieldFact]:
    """A deal's offers."""
    return {"offers": FieldFact(filled=count > 0, count=count, value=value)}


def test_no_gate_is_an_open_gate() -> None:
    assert unmet(None, BARE, at()) == []
    assert unmet(Gate(), BARE, at()) == []


def test_a_field_must_be_filled() -> None:
    gate = Gate(filled=("harbour",))
    assert unmet(gate, BARE, at()) == ['wants "harbour" filled in']
    emptied = {"harbour": FieldFact(filled=False)}
    assert unmet(gate, deal(fields=emptied), at()) == ['wants "harbour" filled in']
    assert unmet(gate, deal(fields={"harbour": FieldFact(filled=True)}), at()) == []


def test_activities_must_all_be_done_or_one_of_them() -> None:
    both, one = Gate(done=("meeting", "demo")), Gate(any_of=("meeting", "demo"))
    met = deal(done={"meeting": at()})
    assert unmet(both, met, at()) == ['wants "demo" logged']
    assert unmet(one, met, at()) == []
    assert unmet(one, BARE, at()) == ['wants "meeting" or "demo" logged']
    assert unmet(Gate(done=("contract_signed",)), BARE, at()) == ['wants "contract signed" logged']


@pytest.mark.parametrize(
    ("fields", "open_"),
    [
        ({}, False),
        (money(None, 0), False),
        (money("9000.00"), True),
        (money("2.00"), False),
        (money("1, 2", 2), False),
        (money("1, 2, 3", 3), True),
        ({"offers": FieldFact(filled=True, count=4, value=None)}, True),
        ({"offers": FieldFact(filled=True, count=1, value="2026-03-02")}, False),
    ],
)
def test_a_list_has_entries_and_a_number_a_value(fields: dict[str, FieldFact], open_: bool) -> None:
    assert (unmet(Gate(at_least={"offers": 3}), deal(fields=fields), at()) == []) is open_


def test_a_next_step_is_a_promise_a_task_or_a_wait_that_lies_ahead() -> None:
    gate = Gate(next_step="required")
    promise = Promise(promise_id="PR-1", owner_id=None, made_at=at(), due_at=at(1), note_id=None)
    task = Task(
        task_id="T-1",
        verb="task",
        name="x",
        for_id=None,
        role="owner",
        created_at=at(),
        due_at=at(1),
    )
    (lack,) = unmet(gate, BARE, at())
    assert "agreed next step" in lack
    for ahead in ({"promises": (promise,)}, {"tasks": (task,)}, {"wait_until": at(1)}):
        assert unmet(gate, deal(**ahead), at()) == []
        assert unmet(gate, deal(**ahead), at(2)) == [lack]


def test_every_gate_on_the_way_is_looked_at_and_none_behind() -> None:
    pipeline = rules().pinned.pipeline
    assert [stage for stage, _ in unmet_on_the_way(pipeline, BARE, "deck", at())] == [
        "visit",
        "offer",
        "deck",
    ]
    in_offer = deal(stage="offer")
    assert [stage for stage, _ in unmet_on_the_way(pipeline, in_offer, "deck", at())] == ["deck"]
    assert unmet_on_the_way(pipeline, BARE, "hello", at()) == []


def test_a_gate_never_raises_on_an_odd_value() -> None:
    odd = {"offers": FieldFact(filled=True, count=1, value="C-1")}
    assert unmet(Gate(at_least={"offers": 1}), deal(fields=odd), at()) == []
