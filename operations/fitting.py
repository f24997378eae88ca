"""Input made to fit a model, or refused in plain words with the place that is wrong."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from domain import commands as c
from domain.refusal import Malformed

Model = TypeVar("Model", bound=BaseModel)


def fit(model: type[Model], given: dict[str, Any]) -> Model:
    """The model filled with what was given; None counts as not given. Raises Malformed."""
    try:
        return model.model_validate({k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        raise plainly(error) from None


def command(data: dict[str, Any]) -> c.AnyCommand:
    """The command in `data` (with its `kind`). Raises Malformed."""
    try:
        return c.parse(data)
    except ValidationError as error:
        raise plainly(error, str(data.get("kind"))) from None


def plainly(error: ValidationError, inside: str | None = None) -> Malformed:
    """The first thing that is wrong, in words, and where; `inside` is left out of the place."""
    first = error.errors(include_url=False)[0]
    loc = [str(part) for part in first["loc"]]
    place = ".".join(loc[1:] if loc[:1] == [inside] else loc) or "it"
    context, given = first.get("ctx") or {}, first.get("input")
    match first["type"]:
        case "string_too_long":
            told = f"{place} is {len(str(given))} characters long; at most "
            told += f"{context['max_length']} fit"
        case "string_too_short":
            told = f"{place} is empty"
        case "missing":
            told = f"{place} is missing"
        case "extra_forbidden":
            told = f"{place} is not known here"
        case "string_pattern_mismatch" if place == "currency":
            told = f"'{str(given)[:20]}' is no currency: write three capitals such as EUR"
        case "string_pattern_mismatch":
            told = f"'{str(given)[:60]}' is not one word of letters, digits and . _ @ : + -"
        case "decimal_parsing" | "decimal_type":
            told = f"'{str(given)[:40]}' is no amount: write 48000 or 48000.50"
        case "greater_than_equal":
            told = f"{place} cannot be less than {context['ge']}"
        case "date_from_datetime_parsing" | "date_parsing":
            told = f"'{str(given)[:40]}' is no date: write 2026-03-02"
        case "timezone_aware":
            told = f"{place} needs an offset: write 2026-03-02T14:30:00+01:00"
        case "union_tag_invalid" | "union_tag_not_found":
            told = "kind names no command; the API's reference lists them"
        case _:
            told = f"{place}: {str(first['msg']).removeprefix('Value error, ')[:200]}"
    return Malformed(told, place)
