"""The JSON Schema of playbooks: editors complete and check with it, errors know its words.

``python -m operations.authoring.schema`` writes it anew; a test compares file and models.
"""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from domain.playbooks.playbook import Playbook
from domain.written import Written

FILE = Path("docs/reference/playbook.schema.json")


@cache
def schema() -> dict[str, Any]:
    """The schema of a whole playbook file."""
    found = Playbook.model_json_schema(True, schema_generator=_AsWritten, mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_bare(found)}


class _AsWritten(GenerateJsonSchema):
    """Tells a default as one would write it, not as it is kept."""

    def encode_default(self, dft: Any) -> Any:
        """Called by pydantic for each field that has a default."""
        return str(dft) if isinstance(dft, Written) else super().encode_default(dft)


def schema_text() -> str:
    """The schema as the committed file has it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def known_keys(path: Iterable[str | int]) -> tuple[str, ...]:
    """The keys that a playbook may have at this place; empty where it may name its own."""
    here = [schema()]
    for key in path:
        here = [below for each in here for below in _below(each, key)]
    return tuple(key for each in here for key in each.get("properties", {}))


def _bare(node: Any) -> Any:
    """Without null, which a file never says, and without titles that repeat the key."""
    if isinstance(node, list):
        return [_bare(each) for each in node if each != {"type": "null"}]
    if not isinstance(node, dict):
        return node
    kept = {key: _bare(value) for key, value in node.items() if not _is_noise(key, value)}
    options = kept.get("anyOf", ())
    if len(options) == 1 and isinstance(options[0], dict):
        return {**options[0], **{key: value for key, value in kept.items() if key != "anyOf"}}
    return kept


def _is_noise(key: str, value: Any) -> bool:
    title = key == "title" and isinstance(value, str) and value != "Sluice playbook"
    return title or (key == "default" and value is None)


def _below(node: Mapping[str, Any], key: str | int) -> list[dict[str, Any]]:
    if isinstance(key, int):
        # One outcome may stand without its list; its path still counts it as entry 0.
        return _resolved(node["items"]) if "items" in node else [dict(node)]
    named = node.get("properties", {}).get(key)
    free = [node.get("additionalProperties"), *node.get("patternProperties", {}).values()]
    found = [named] if named else [each for each in free if isinstance(each, dict)]
    return [below for each in found for below in _resolved(each)]


def _resolved(node: dict[str, Any]) -> list[dict[str, Any]]:
    if "$ref" in node:
        return _resolved(schema()["$defs"][node["$ref"].rpartition("/")[2]])
    if "anyOf" in node:
        return [each for option in node["anyOf"] for each in _resolved(option)]
    return [node]


if __name__ == "__main__":
    FILE.write_text(schema_text(), encoding="utf-8")
