"""Events of contacts: what they start, what they let go on, and what they stop."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from activities.applying import apply_command
from domain import commands as c
from domain import touch_events as e
from domain.evolution import moved_on
from domain.ids import deal_id_for
from domain.refusal import Malformed, NotFound
from operations.contact_events import Happening, NotStarted, report
from operations.desk import kept_command
from operations.house import House
from store import commands, ledger, nudges
from tests.operations.test_nurtures import add, enroll, later, run_of
from tests.support.houses import opened_house

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened_house(tmp_path, NOW, ("trial-care", "simple")) as opened:
        yield opened


def say(house: House, name: str, who: str = "ann@them.example", **more: Any) -> Happening:
    return report(house, name, who, actor="test", **more)


def kinds(house: House, stream: str) -> list[str]:
    with house.store.read() as tx:
        return [one.kind for one in ledger.read(tx, stream)]


def test_an_event_starts_the_nurture_that_names_it(house: House) -> None:
    add(house, "ann")
    done = say(house, "trial_started", key="T-1")
    run = run_of(house, "C-ann")
    assert done.started == (run.enrollment_id,)
    assert run.enrollment is not None
    assert run.enrollment.because == "event:trial_started"
    assert kinds(house, "contact/C-ann") == ["contact_event"]
    with house.store.read() as tx:
        assert run.stream in [one.stream for one in nudges.waiting(tx)]


def test_the_same_event_with_the_same_key_is_one_event(house: House) -> None:
    add(house, "ann")
    say(house, "trial_started", key="T-1")
    assert say(house, "trial_started", key="T-1").already
    assert kinds(house, "contact/C-ann") == ["contact_event"]


def test_a_start_that_wants_a_key_is_refused_without_one(house: House) -> None:
    add(house, "ann")
    with pytest.raises(Malformed, match=r"trial_id.*--key"):
        say(house, "trial_started")
    assert kinds(house, "contact/C-ann") == []


def test_who_may_not_enter_is_told_and_the_event_is_kept(house: House) -> None:
    add(house, "ann", consent=False)
    done = say(house, "trial_started", key="T-1")
    assert (done.started, done.left_out) == ((), (NotStarted("trial-care", "trial", "no_consent"),))
    assert kinds(house, "contact/C-ann") == ["contact_event"]


def test_another_trial_within_180_days_does_not_start_it_again(house: House) -> None:
    add(house, "ann")
    say(house, "trial_started", key="T-1")
    say(house, "demo_requested")
    later(house, days=30)
    assert say(house, "trial_started", key="T-2").left_out == (
        NotStarted("trial-care", "trial", "too_soon"),
    )
    later(house, days=151)
    assert len(say(house, "trial_started", key="T-3").started) == 1


def test_an_event_that_the_nurture_stops_on_stops_it(house: House) -> None:
    enroll(house, add(house, "ann"))
    done = say(house, "demo_requested")
    run = run_of(house, "C-ann")
    assert done.told == (run.stream,)
    assert run.enrollment is not None
    assert run.enrollment.ended_because == "demo_requested"


def test_an_event_that_a_step_waits_for_is_remembered(house: House) -> None:
    enroll(house, add(house, "ann"))
    say(house, "trial_finished")
    run = run_of(house, "C-ann")
    assert run.enrollment is not None
    assert run.enrollment.active
    assert "trial_finished" in run.enrollment.events_seen
    assert moved_on(run, []) == run


def test_an_event_that_concerns_nothing_is_only_kept(house: House) -> None:
    enroll(house, add(house, "ann"))
    done = say(house, "page_seen")
    assert (done.started, done.told, done.left_out) == ((), (), ())
    assert kinds(house, "contact/C-ann") == ["contact_event"]
    assert kinds(house, run_of(house, "C-ann").stream) == ["enrolled"]


def test_an_event_of_one_leaves_others_alone(house: House) -> None:
    enroll(house, add(house, "ann"), add(house, "bo"))
    say(house, "demo_requested")
    assert run_of(house, "C-bo").active_enrollments != ()


def test_a_dry_run_says_it_and_keeps_nothing(house: House) -> None:
    add(house, "ann")
    plan = say(house, "trial_started", key="T-1", dry_run=True)
    assert len(plan.started) == 1
    assert kinds(house, "contact/C-ann") == []


def test_a_deal_that_is_opened_stops_what_names_it(house: House) -> None:
    enroll(house, add(house, "ann"), add(house, "bo"))
    deal_id = opened(house, "C-ann")
    run = run_of(house, "C-ann")
    assert run.enrollment is not None
    assert run.enrollment.ended_because == "deal_opened"
    assert run_of(house, "C-bo").active_enrollments != ()
    assert "deal_opened" in kinds(house, f"deal/{deal_id}")
    with house.store.read() as tx:
        last = ledger.read(tx, run.stream)[-1].event
        assert run.stream in [one.stream for one in nudges.waiting(tx)]
    assert isinstance(last, e.EnrollmentEnded)


def test_a_new_deal_stops_the_check_in_of_an_old_one(house: House) -> None:
    add(house, "ann")
    old = opened(house, "C-ann")
    ask(house, c.LoseDeal(reason="timing"), old, "lose-1")
    assert "enrolled" in kinds(house, f"deal/{old}")
    opened(house, "C-ann", "open-2")
    assert kinds(house, f"deal/{old}")[-2:] == ["event_seen", "enrollment_ended"]


def test_words_that_are_none_and_contacts_that_nobody_knows_are_refused(house: House) -> None:
    add(house, "ann")
    with pytest.raises(Malformed, match="event"):
        say(house, "two words")
    with pytest.raises(Malformed, match="key"):
        say(house, "trial_started", key="a b")
    with pytest.raises(NotFound):
        say(house, "trial_started", "nobody@them.example", key="T-1")


def opened(house: House, contact_id: str, command_id: str = "open-1") -> str:
    """A deal with this contact."""
    command = c.OpenDeal(
        title="A boat",
        playbook="simple",
        contacts=[c.Party(contact_id=contact_id)],
        enroll=False,
    )
    ask(house, command, deal_id_for(command_id), command_id)
    return deal_id_for(command_id)


def ask(house: House, command: c.AnyCommand, deal_id: str, command_id: str) -> None:
    """Take a command in and apply it."""
    with house.store.write() as tx:
        commands.keep(tx, kept_command(house, command, "test", deal_id, command_id))
    assert apply_command(house.store, house.time, command_id).status == "done"
