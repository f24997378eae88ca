"""Conditions that a rule may set (``only_if``): a closed list of comparisons, no expressions."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator

from domain.words import suggestion

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
    allowed = wanted if isinstance(wanted, list) else [wanted]
    return any(word in allowed for word in words)


def _checked(condition: dict[str, int | str | list[str]]) -> dict[str, int | str | list[str]]:
    for key, value in condition.items():
        if key not in CONDITION_KEYS:
            raise ValueError(f'"{key}" cannot be asked for{suggestion(key, CONDITION_KEYS)}')
        if (key in _SCORE_KEYS) != isinstance(value, int):
            wanted = "a whole number" if key in _SCORE_KEYS else "a word or a list of words"
            raise ValueError(f'"{key}" wants {wanted}')
    return condition


Condition = Annotated[dict[str, int | str | list[str]], AfterValidator(_checked)]
"""For example ``{contact.persona: [ops, founder]}`` or ``{engagement_at_least: 40}``."""
