"""Conditions that a rule may set (``only_if``): a closed list of comparisons, no expressions."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, WithJsonSchema

from domain.playbooks.words import suggestion

CONTACT_WORDS = ("persona", "country", "zone", "locale", "source", "company", "segment")
SCORES = ("engagement", "fit", "total")
_SCORE_KEYS = tuple(f"{score}_{side}" for score in SCORES for side in ("at_least", "below"))
CONDITION_KEYS = (*(f"contact.{word}" for word in CONTACT_WORDS), *_SCORE_KEYS)


def holds(condition: Mapping[str, Any] | None, facts: Mapping[str, Any]) -> bool:
    """Whether every line of the condition is true of the facts; no condition is always true.

    Facts are keyed like the condition: ``contact.persona`` (a word or several) and the bare
    score names ``engagement``, ``fit``, ``total``. An unknown fact is never in a list, and an
    unknown score counts as 0.
    """
    return all(_line_holds(key, wanted, facts) for key, wanted in (condition or {}).items())


def _line_holds(key: str, wanted: Any, facts: Mapping[str, Any]) -> bool:
    if key.endswith("_at_least"):
        return bool((facts.get(key.removesuffix("_at_least")) or 0) >= wanted)
    if key.endswith("_below"):
        return bool((facts.get(key.removesuffix("_below")) or 0) < wanted)
    have = facts.get(key)
    words = have if isinstance(have, list | tuple | set | frozenset) else [have]
    return any(word in _listed(wanted) for word in words)


def _checked(condition: dict[str, Any]) -> dict[str, Any]:
    for key, value in condition.items():
        if key not in CONDITION_KEYS:
            raise ValueError(f'"{key}" cannot be asked for{suggestion(key, CONDITION_KEYS)}')
        if key in _SCORE_KEYS:
            if not isinstance(value, int) or isinstance(value, bool):
                raise ValueError(f'"{key}" wants a whole number, e.g. {key}: 40')
        elif not all(isinstance(word, str) for word in _listed(value)):
            raise ValueError(f'"{key}" wants a word or a list of words; put it in quotes')
    return condition


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


_SCORE_SCHEMA = {"type": "integer"}
_WORD_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}

Condition = Annotated[
    dict[str, Any],
    AfterValidator(_checked),
    WithJsonSchema(
        {
            "type": "object",
            "properties": {
                key: _SCORE_SCHEMA if key in _SCORE_KEYS else _WORD_SCHEMA for key in CONDITION_KEYS
            },
            "additionalProperties": False,
        }
    ),
]
"""For example ``{contact.persona: [ops, founder]}`` or ``{engagement_at_least: 40}``."""
