"""A playbook written anew from its parts says the same, whatever its words are."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from domain.playbooks.parts import joined, parts
from domain.playbooks.playbook import Playbook
from domain.playbooks.words import Text
from operations.authoring.files import load_text
from operations.authoring.rewriting import written
from tests.support.houses import ROOT, shipped

SHIPPED = sorted((ROOT / "playbooks").glob("*.yaml"))
AWKWARD = (
    *("yes", "No", "=", "17:00", "0o7", "1_000", "12", "1.5", "true", "null", "~", "# no"),
    *("a: b", "- c", "[d", "e, f", "%g", "&h", "*i", "!j", "'k", '"l'),
    *("??", "?#", "? a", ": -", "?|a", ":", "-", "?"),
    *("m\x85n", "o\u2028p", "q\u2029r", "s\u00a0t", "\ufeffu"),
)


def rewritten(playbook: Playbook) -> Playbook:
    """What is read again from a text that was made from the parts."""
    return load_text(written(joined(playbook.playbook, parts(playbook)))).playbook


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_what_ships_is_the_same_after_it(path: Path) -> None:
    playbook = shipped(path)
    assert joined(playbook.playbook, parts(playbook)) == playbook
    assert rewritten(playbook) == playbook


def asking(playbook: Playbook, prompts: Sequence[str]) -> Playbook:
    """The playbook with other prompts at its first stage."""
    assert playbook.pipeline is not None
    first, *rest = playbook.pipeline.stages
    stages = (first.model_copy(update={"prompts": tuple(prompts)}), *rest)
    pipeline = playbook.pipeline.model_copy(update={"stages": stages})
    return playbook.model_copy(update={"pipeline": pipeline})


def test_words_that_a_reader_would_take_for_something_else_stay_words() -> None:
    playbook = asking(shipped(SHIPPED[-2]), AWKWARD)
    assert rewritten(playbook) == playbook


def a_text(said: str) -> bool:
    try:
        return TypeAdapter(Text).validate_python(said) == said
    except ValidationError:
        return False


@given(st.lists(st.text(min_size=1, max_size=80).filter(a_text), max_size=4))
def test_any_words_stay_as_they_are(prompts: list[str]) -> None:
    playbook = asking(shipped(SHIPPED[-2]), prompts)
    assert rewritten(playbook) == playbook
