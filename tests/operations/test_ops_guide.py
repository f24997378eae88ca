"""The guide for ops is true: its change works, its error lines are the ones that come."""

import re
from pathlib import Path

import pytest

from domain.activity import ACTIVITY_KINDS, CADENCE_STOPS
from domain.playbooks.condition import CONDITION_KEYS
from domain.playbooks.playbook import Playbook, Stage
from domain.playbooks.sequence import Cadence, Nurture, Step
from operations.authoring.errors import PlaybookErrors
from operations.authoring.files import load_folder, load_text

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "ops.md").read_text(encoding="utf-8")
SIMPLE = (ROOT / "playbooks" / "simple.yaml").read_text(encoding="utf-8")
LAST = "    - {after: 3-5 days, mail: break-up}\n"
FIFTH = "    - {after: 7-9 days, mail: follow-up-5}\n"


def mails_of(text: str) -> set[str]:
    return set(re.findall(r"mail: ([\w-]+)", text))


def test_the_change_that_the_guide_makes_is_a_right_one() -> None:
    assert FIFTH + LAST in GUIDE
    assert LAST in SIMPLE
    loaded = load_text(SIMPLE.replace(LAST, FIFTH + LAST), "playbooks/simple.yaml")
    assert loaded.warnings == ()
    names = [step.name for step in loaded.playbook.cadences["follow-up"].steps]
    assert names[-2:] == ["follow-up-5", "break-up"]


def test_the_errors_that_the_guide_shows_are_the_ones_that_come() -> None:
    wrong = FIFTH.replace("days", "dayz") + LAST.replace("break-up", "brake-up")
    with pytest.raises(PlaybookErrors) as caught:
        load_text(
            SIMPLE.replace(LAST, wrong),
            "playbooks/simple.yaml",
            mails_of(SIMPLE) | {"follow-up-5"},
        )
    assert str(caught.value) in GUIDE


def test_the_lines_that_the_guide_quotes_stand_in_the_default_playbook() -> None:
    quoted = GUIDE.split("```yaml\n")[1].split("```")[0].splitlines()
    lines = [line.split("  #")[0].rstrip() for line in SIMPLE.splitlines()]
    assert set(quoted) <= set(lines)


def test_the_guide_names_every_word_and_every_shipped_playbook() -> None:
    words = {*ACTIVITY_KINDS, *CADENCE_STOPS, *CONDITION_KEYS}
    for model in (Playbook, Stage, Step, Cadence, Nurture):
        words |= {field.alias or name for name, field in model.model_fields.items()}
    words -= {key for key in CONDITION_KEYS if key.startswith(("fit", "total"))}  # "the same for"
    words |= {loaded.playbook.playbook for loaded in load_folder(ROOT / "playbooks")}
    known = set(re.findall(r"[\w.-]+", GUIDE))
    assert words <= known | {word.rstrip(".") for word in known}
