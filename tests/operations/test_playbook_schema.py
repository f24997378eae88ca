"""The JSON Schema that editors use: equal to the models, and of use."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from operations.authoring.schema import known_keys, schema, schema_text

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "playbooks").glob("*.yaml"))


def test_the_schema_file_equals_the_models() -> None:
    path = ROOT / "docs" / "reference" / "playbook.schema.json"
    assert path.read_text(encoding="utf-8") == schema_text(), (
        "run: python -m operations.authoring.schema"
    )
    Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_an_editor_with_the_schema_accepts_what_ships(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=../docs/reference/playbook.schema.json")
    raw = json.loads(json.dumps(YAML(typ="safe", pure=True).load(text)))
    assert not list(Draft202012Validator(schema()).iter_errors(raw))


def test_an_editor_with_the_schema_refuses_a_wrong_key_and_two_verbs() -> None:
    validator = Draft202012Validator(schema())
    steps = [{"mail": "a", "call": "b"}, {"aftr": "3 days", "mail": "a"}]
    raw = {"playbook": "p", "nurtures": {"n": {"purpose": "service", "steps": steps}}}
    assert len(list(validator.iter_errors(raw))) == 2


def test_every_default_is_something_that_one_may_write() -> None:
    found = [*_with_default(schema())]
    assert {"Mon-Fri", "09:00-17:00"} <= {str(node["default"]) for node in found}
    for node in found:
        Draft202012Validator({**node, "$defs": schema()["$defs"]}).validate(node["default"])


def _with_default(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, list):
        for each in node:
            yield from _with_default(each)
    elif isinstance(node, dict):
        if "default" in node:
            yield node
        for each in node.values():
            yield from _with_default(each)


def test_the_schema_knows_the_keys_of_every_place() -> None:
    assert "chance" in known_keys(("pipeline", "stages", 0))
    assert "due_in" in known_keys(("cadences", "any", "if_no_answer", 0))
    assert "due_in" in known_keys(("won", 3))
    assert known_keys(("fields",)) == ()
