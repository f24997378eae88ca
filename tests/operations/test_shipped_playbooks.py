"""The playbooks that ship: right, without a warning, and true to the stages of their names."""

import time
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from domain.playbooks.parts import part_model, part_text, parts
from domain.playbooks.playbook import LOST_REASONS, Playbook
from operations.authoring.files import load, load_folder

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "playbooks").glob("*.yaml"))

MAILS = {
    *("first-contact", "proposal-question", "break-up", "hand-over"),
    *(f"follow-up-{number}" for number in range(1, 7)),
    *("welcome-1", "welcome-2", "welcome-3", "check-in-3", "check-in-6"),
    *("trial-hello", "trial-first-result", "trial-incentive"),
}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_playbook_loads_without_a_warning_and_reads_back(path: Path) -> None:
    loaded = load(path, MAILS)
    assert loaded.warnings == ()
    assert loaded.playbook.playbook == path.stem
    whole = loaded.playbook.model_dump_json(by_alias=True, exclude_none=True)
    assert Playbook.model_validate_json(whole) == loaded.playbook
    for name, part in parts(loaded.playbook).items():
        assert part_model(name).model_validate_json(part_text(part)) == part


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_pipeline_follows_up_often_enough_and_knows_the_reasons(path: Path) -> None:
    playbook = load(path).playbook
    if playbook.pipeline is None:
        return
    assert set(LOST_REASONS) <= set(playbook.lost)
    cadence = playbook.cadences[playbook.pipeline.first.cadence or ""]
    assert len(cadence.touches) >= 6
    assert {step.verb for step in cadence.touches} == {"mail", "call"}
    assert {str(step.after) for step in cadence.steps[1:]} == {"3-5 days"}
    check_in = playbook.nurtures["check-in"]
    assert [str(step.after) for step in check_in.steps] == [
        "3 months since start",
        "6 months since start",
    ]


def test_the_shipped_pipelines_have_the_stages_that_they_are_named_for() -> None:
    names = {}
    for path in SHIPPED:
        pipeline = load(path).playbook.pipeline
        names[path.stem] = pipeline and " ".join(pipeline.names)
    assert names == {
        "simple": "new contacted proposal negotiation onboarding customer",
        "prospecting-to-fulfilment": "prospecting qualification meeting proposal negotiation "
        "closing fulfilment",
        "prospecting-to-delivery": "prospecting qualification consideration decision delivery",
        "contact-to-retention": "contact qualification meeting proposal closing retention",
        "lead-generation-to-retention": "lead-generation lead-qualification contact proposal "
        "closing retention",
        "crm-sales": "prospecting engaging",
        "trial-care": None,
    }


def test_the_default_has_no_gate_on_winning() -> None:
    pipeline = load(ROOT / "playbooks" / "simple.yaml").playbook.pipeline
    assert pipeline is not None
    assert pipeline.to_win is None


def test_all_shipped_playbooks_are_read_in_well_under_a_second_and_a_half() -> None:
    started = time.process_time()
    assert len(load_folder(ROOT / "playbooks")) == 7
    assert time.process_time() - started < 1.5


def test_a_file_reads_the_same_under_both_versions_of_yaml() -> None:
    for path in SHIPPED:
        text = path.read_text(encoding="utf-8")
        newer, older = YAML(typ="safe", pure=True), YAML(typ="safe", pure=True)
        older.version = (1, 1)
        assert newer.load(text) == older.load(text)
