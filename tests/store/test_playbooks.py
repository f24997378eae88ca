"""Published playbooks: parts get a new version only when they differ, and never change."""

from typing import Any

import pytest

from domain.playbooks.parts import LimitsPart, parts
from domain.playbooks.playbook import Playbook
from domain.refusal import NotFound
from domain.times.duration import Duration
from store import playbooks
from store.database import Store
from tests.support.moments import at

STAGES = [
    {"stage": "new", "chance": "10%", "cadence": "chase"},
    {"stage": "offer", "chance": "50%"},
]
STEPS = [{"mail": "first"}, {"after": "3-5 days", "mail": "second"}]


def _playbook(**more: Any) -> Playbook:
    raw: dict[str, Any] = {
        "playbook": "simple",
        "calendar": {"zone": "Europe/Warsaw", "country": "PL"},
        "pipeline": {"stages": STAGES},
        "cadences": {"chase": {"steps": STEPS}},
    }
    return Playbook.model_validate(raw | more)


def test_a_part_comes_back_as_its_model(store: Store) -> None:
    new = parts(_playbook())
    with store.write() as tx:
        edition = playbooks.publish(tx, "simple", new, "P-ops", at(), "playbook: simple")
        assert edition.parts == dict.fromkeys(new, 1)
        assert set(edition.changed) == set(new)
        for name, part in new.items():
            assert playbooks.part(tx, "simple", name, 1) == part
        kept = playbooks.newest(tx, "simple")
    assert kept is not None
    assert (kept.edition, kept.parts, kept.source) == (1, edition.parts, "playbook: simple")
    assert (kept.published_by, kept.published_at) == ("P-ops", at())


def test_publishing_the_same_again_changes_nothing(store: Store) -> None:
    with store.write() as tx:
        playbooks.publish(tx, "simple", parts(_playbook()), "P-ops", at())
        again = playbooks.publish(tx, "simple", parts(_playbook()), "P-ops", at(1))
    assert (again.edition, again.published_at) == (1, at())


def test_only_the_part_that_differs_gets_a_new_version(store: Store) -> None:
    longer = {"chase": {"steps": [*STEPS, {"after": "3-5 days", "mail": "third"}]}}
    with store.write() as tx:
        playbooks.publish(tx, "simple", parts(_playbook()), "P-ops", at())
        second = playbooks.publish(tx, "simple", parts(_playbook(cadences=longer)), "P-ops", at(1))
        assert second.changed == ("cadence:chase",)
        assert (second.edition, second.parts["cadence:chase"], second.parts["pipeline"]) == (
            2,
            2,
            1,
        )
        # Back to the first text: a version is never used twice.
        third = playbooks.publish(tx, "simple", parts(_playbook()), "P-ops", at(2))
        assert (third.edition, third.parts["cadence:chase"]) == (3, 3)
        assert playbooks.part(tx, "simple", "cadence:chase", 1) == playbooks.part(
            tx, "simple", "cadence:chase", 3
        )
        first = playbooks.edition(tx, "simple", 1)
        assert first is not None
        assert first.parts["cadence:chase"] == 1


def test_limits_are_found_in_the_version_that_was_asked_for(store: Store) -> None:
    slow = _playbook(pipeline={"stages": STAGES, "stagnant_after": {"in_stage": "30 days"}})
    with store.write() as tx:
        playbooks.publish(tx, "simple", parts(_playbook()), "P-ops", at())
        playbooks.publish(tx, "simple", parts(slow), "P-ops", at(1))
        both = playbooks.load_parts(tx, "simple", {("limits", 1), ("limits", 2), ("pipeline", 1)})
    assert set(both) == {("limits", 1), ("limits", 2), ("pipeline", 1)}
    newest = both["limits", 2]
    assert isinstance(newest, LimitsPart)
    assert newest.stagnant_in("new").in_stage == Duration.parse("30 days")


def test_what_was_never_published_is_not_found(store: Store) -> None:
    with store.write() as tx:
        assert playbooks.newest(tx, "simple") is None
        assert playbooks.edition(tx, "simple", 1) is None
        playbooks.publish(tx, "simple", parts(_playbook()), "P-ops", at())
        playbooks.publish(tx, "other", parts(_playbook()), "P-ops", at())
        with pytest.raises(NotFound, match="no limits version 7 of the playbook simple"):
            playbooks.part(tx, "simple", "limits", 7)
        with pytest.raises(NotFound):
            playbooks.load_parts(tx, "simple", {("limits", 1), ("cadence:none", 1)})
        assert [one.playbook for one in playbooks.all_of(tx)] == ["other", "simple"]
